package script

import (
	"errors"
	"fmt"
	"strings"

	"socklab/tools/actor"
	"socklab/tools/packets"
	"socklab/tools/privnet"
)

// packets captures what passes on the script's network.
func (c *command) packets() {
	if len(c.args) == 0 || c.args[0] != "start" && c.args[0] != "stop" {
		c.misused()
	}
	what := c.args[0]
	c.args = c.args[1:]
	c.name += " " + what
	if what == "start" {
		c.startPackets()
	} else {
		c.stopPackets()
	}
}

func (c *command) startPackets() {
	on := c.onHost()
	c.parse(0, 0)
	if !privnet.Available() {
		c.ts.Fatalf("packets: this script shares its network with others; guard it with: [!privnet] skip 'needs a private network'")
	}
	if c.recording != nil {
		c.ts.Fatalf("packets start: it has started already")
	}
	card := "lo"
	if c.flags.Lookup("on").Value.String() != "" {
		card = "eth0"
	}
	var r *packets.Recording
	err := on(func() (err error) {
		r, err = packets.Record(card)
		return err
	})
	if err != nil {
		c.fail("packets start: %v", actor.Cause(err))
	}
	c.recording = r
}

func (c *command) stopPackets() {
	var o packets.Options
	c.flags.BoolVar(&o.Acks, "acks", false, "")
	c.flags.BoolVar(&o.Verbose, "v", false, "")
	c.flags.BoolVar(&o.AsIs, "asis", false, "")
	open := c.flags.Bool("open", false, "")
	until := c.waits()
	c.parse(0, 0)
	r := c.recording
	if r == nil {
		c.ts.Fatalf("packets stop: nothing has been started")
	}
	deadline, waited := until()
	if err := r.Finish(deadline, *open); err != nil {
		// What came last says most.
		lines := strings.SplitAfter(r.Text(o), "\n")
		lines = lines[max(len(lines)-1-tailLines, 0):]
		hint := ""
		if errors.Is(err, packets.ErrOpen) && !*open {
			hint = "; end them first, or say -open"
		}
		c.fail("packets stop: %v\nwaited %s%s\n\npackets\n  %s",
			err, waited, hint, strings.TrimRight(strings.Join(lines, "  "), " \n"))
	}
	fmt.Fprint(c.ts.Stdout(), c.portable(r.Text(o)))
	r.Stop()
	c.recording = nil
}
