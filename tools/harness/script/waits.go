//go:build unix

package script

import (
	"time"

	"socklab/tools/harness/actor"
)

// waits are how long a script's commands may wait.
type waits struct {
	deadline time.Time           // the last moment for any wait; zero is none
	wait     time.Duration       // how long a command waits by default
	idle     time.Duration       // ends a wait of default length once nobody has done anything for this long; 0: never
	hangs    func(line int) bool // at these lines alone; nil: at all
}

// A waitDesc is a wait that goes on.
type waitDesc struct {
	Waited
	untilIdle bool           // it ends, too, once nobody has done anything for a while
	speaker   *actor.Program // it ends, too, once this program has said something else and is back at its prompt; nil: it doesn't
}

// cut reports whether the wait ended early since nobody did anything any more.
func (w waitDesc) cut() bool { return w.Idle > 0 || w.Worked > 0 || w.AtPrompt }

// deadlineFor is the absolute deadline of a wait of d.
func (w *waits) deadlineFor(d time.Duration, byDefault bool) (time.Time, waitDesc) {
	deadline := time.Now().Add(d)
	desc := waitDesc{Waited: Waited{For: d, ByDefault: byDefault}, untilIdle: byDefault}
	if !w.deadline.IsZero() && w.deadline.Before(deadline) {
		deadline, desc.OutOfTime = w.deadline, true
	}
	return deadline, desc
}
