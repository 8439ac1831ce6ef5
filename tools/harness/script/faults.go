//go:build unix

package script

import (
	"strconv"
	"strings"
	"time"

	"socklab/tools/harness/tap"
)

var faultsUsage = Usage{
	Name:    "faults",
	Args:    "[-from=callers|server] [-t=DURATION] TAP FAULT...",
	Summary: "delay, split, join or cut what passes a tap",
	Detail: `The faults hold from now on, on each connection of the tap. They count bytes and
never depend on chance. They are for streams, not for datagrams. A FAULT is one of

  - split=N: pass N bytes at a time, the next when those were received.
  - glue=N: keep bytes until there are N, or the sender has closed; then pass them at once.
  - delay=DURATION: wait before each piece.
  - hold: pass nothing until release.
  - release, release=N: pass what is held, in one piece; with N, wait first until N bytes are held.
  - cut=N: close the connection, to both sides, after N bytes of one direction.
  - reset=N: reset the connection, to both sides, after N bytes of one direction.
  - none: end all faults.

The flags are

  - -from=callers, -from=server: only what these send. Otherwise both directions.
  - -t=DURATION: how long release=N waits.`,
	Example: "faults wire split=1",
	run:     (*command).faults,
}

func (c *command) faults() {
	from := c.flags.String("from", "both", "")
	until := c.waiting()
	const many = 8
	c.parse(2, many)
	name := c.args[0]
	t := c.theTap(name)
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
				c.fail(&Failure{Command: c.name, Subject: name, Why: say("%s: %d bytes are held", fault, held), Waited: &waited.Waited}, nil)
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
		c.recordFault(name, fault)
	}
}
