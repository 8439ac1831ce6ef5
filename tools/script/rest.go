package script

import (
	"time"

	"socklab/tools/actor"
)

// lookEvery is how often a wait looks whether anybody still does something.
const lookEvery = 100 * time.Millisecond

// wait tries something until it is done, or the deadline has passed, or, in a
// play that ends when all are at rest, nobody in the script has done anything
// for that long.
func (c *cast) waitFor(deadline time.Time, w *patience, try func(until time.Time) (done bool)) {
	if c.rest == 0 || !w.byDefault {
		try(deadline)
		return
	}
	heard := 0
	for since := time.Now(); ; {
		until := time.Now().Add(lookEvery)
		if deadline.Before(until) {
			until = deadline
		}
		if try(until) || !time.Now().Before(deadline) {
			return
		}
		if now := c.heard(); c.busy() || now != heard {
			since, heard = time.Now(), now
		}
		if time.Since(since) > c.rest {
			w.words = "until nobody had done anything for " + c.rest.String()
			c.settled = true
			return
		}
	}
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

// heard is how much all programs have printed, in bytes.
func (c *cast) heard() (bytes int) {
	for _, p := range c.players {
		if program, ok := p.Actor.(*actor.Program); ok {
			bytes += program.Heard()
		}
	}
	return bytes
}
