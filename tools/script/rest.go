package script

import (
	"time"

	"socklab/tools/actor"
)

// lookEvery is how often a wait looks whether anybody still does something.
const lookEvery = 100 * time.Millisecond

// restless is how much of a processor's time a program may take to answer: who
// takes more comes no further (a loop that receives nothing, again and again).
const restless = 2 * time.Second

// talkative is how many bytes a program prints whose work is to print.
const talkative = 64 << 10

// waitFor tries something until it is done, or the deadline has passed, or, in a
// play that ends when all are at rest, nobody in the script has done anything
// for that long, or somebody is restless. A wait whose time the script gives is
// one for the end of a silence, and goes on through it.
func (c *cast) waitFor(deadline time.Time, w *patience, try func(until time.Time) (done bool)) {
	if c.rest == 0 {
		try(deadline)
		return
	}
	heard, spent := c.heard(), c.spent()
	// Looks are counted, not time: when the machine has stood still, the first
	// look says nothing, for nobody had time to do anything.
	for looks := time.Duration(0); ; looks++ {
		until := time.Now().Add(lookEvery)
		if deadline.Before(until) {
			until = deadline
		}
		if try(until) || !time.Now().Before(deadline) {
			return
		}
		if now := c.heard(); c.busy() || now != heard {
			looks, heard = 0, now
		}
		if w.byDefault && looks*lookEvery > c.rest {
			w.words = "until nobody had done anything for " + c.rest.String()
			c.settled = true
			return
		}
		if c.spent()-spent > restless {
			w.words = "until a processor had worked for " + restless.String()
			c.settled = true
			return
		}
	}
}

// spent is how long the processors have worked for all programs that run.
func (c *cast) spent() (all time.Duration) {
	for _, p := range c.players {
		if program, ok := p.Actor.(*actor.Program); ok && program.End().How == "" {
			all += program.Spent()
		}
	}
	return all
}

// busy reports whether a program works, or is about to when the machine lets
// it.
func (c *cast) busy() bool {
	for _, p := range c.players {
		if program, ok := p.Actor.(*actor.Program); ok && program.End().How == "" && !program.Waiting() {
			return true
		}
	}
	return false
}

// heard is how much all programs have printed and all sockets received, in
// bytes.
func (c *cast) heard() (bytes int) {
	for _, p := range c.players {
		bytes += p.Heard()
	}
	return bytes
}
