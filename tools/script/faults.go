package script

import (
	"strconv"
	"strings"
	"time"

	"socklab/tools/tap"
)

// faults makes a tap do something to what passes.
func (c *command) faults() {
	from := c.flags.String("from", "both", "")
	until := c.waits()
	const many = 8
	c.parse(2, many)
	name := c.args[0]
	t, ok := c.taps[name]
	if !ok {
		c.ts.Fatalf("faults: no tap %q", name)
	}
	if *from != "both" && *from != "callers" && *from != "server" {
		c.ts.Fatalf("faults %s: -from=%s: want callers or server, or leave it out for both", name, *from)
	}
	change := func(f func(*tap.Faults)) { t.Fault(*from != "server", *from != "callers", f) }
	for _, fault := range c.args[1:] {
		kind, value, valued := strings.Cut(fault, "=")
		number, err := strconv.Atoi(value)
		good := valued && err == nil && number > 0
		switch kind {
		case "split":
			change(func(f *tap.Faults) { f.Split = number })
		case "glue":
			change(func(f *tap.Faults) { f.Glue = number })
		case "cut":
			change(func(f *tap.Faults) { f.Cut = number })
		case "reset":
			change(func(f *tap.Faults) { f.Reset = number })
		case "delay":
			d, err := time.ParseDuration(value)
			good = valued && err == nil && d > 0
			change(func(f *tap.Faults) { f.Delay = d })
		case "hold":
			good = !valued
			change(func(f *tap.Faults) { f.Hold = true })
		case "release":
			good = good || !valued
			deadline, waited := until()
			if held := t.Held(number, deadline); held < number {
				c.fail("faults %s: %s: %d bytes are held; waited %s", name, fault, held, waited)
			}
			change(func(f *tap.Faults) { f.Hold = false })
		case "none":
			good = !valued
			change(func(f *tap.Faults) { *f = tap.Faults{} })
		default:
			good = false
		}
		if !good {
			c.ts.Fatalf("faults %s: %q is no fault; there are split=N, glue=N, cut=N and reset=N with N bytes, delay=DURATION, hold, release, release=N and none", name, fault)
		}
	}
}
