// Package actor is the cast of a script: programs on terminals of their own,
// and bare sockets. Whatever an actor receives is kept twice, once as text
// that an expectation may still match and once in its transcript, both bounded.
//
// Every wait has an absolute deadline, which output does not push back.
package actor

import (
	"fmt"
	"time"
)

// An Actor is a participant of a script.
type Actor interface {
	// Name is what the script calls the actor.
	Name() string
	// Role says what the actor is: its command line or its connection.
	Role() string
	// Expect waits until text not yet matched matches p, and consumes it
	// up to the end of the match. A *Miss is returned otherwise.
	Expect(p *Pattern, deadline time.Time) (Match, error)
	// Absent waits for d and returns the text that matched p meanwhile.
	// It consumes nothing.
	Absent(p *Pattern, d time.Duration) (Match, bool)
	// Unmatched is what came and was not yet matched.
	Unmatched() []byte
	// Heard is how many bytes have come so far.
	Heard() int
	// Forgotten is how many bytes have come since the last match that no
	// expectation can match any more, for too many came after them.
	Forgotten() int
	// Send types text, with Enter if enter is set, or writes it to a socket.
	Send(text string, enter bool, deadline time.Time) error
	// CloseWrite ends what the actor says: ^D, or a half-close.
	CloseWrite(deadline time.Time) error
	// Ended waits for the actor's end and says how it came.
	Ended(deadline time.Time) (End, error)
	// End is how the actor ended, so far as is known now.
	End() End
	// Screen is the actor's transcript so far.
	Screen() string
	// State describes the actor now, in a few words.
	State() string
	// Stop ends the actor by force, if needed, and reaps it.
	Stop() error
}

// An End is how an actor ended. The zero value has not ended.
type End struct {
	How   string        // an exit code, a signal as "SIGTERM", "closed" or "reset"
	After time.Duration // since it started
}

func (e End) String() string {
	switch e.How {
	case "":
		return "running"
	case "closed":
		return "was closed by the other side"
	case "reset":
		return "was reset by the other side"
	}
	if e.How[0] == 'S' {
		return fmt.Sprintf("killed by %s after %s", e.How, round(e.After))
	}
	return fmt.Sprintf("exited %s after %s", e.How, round(e.After))
}

// round drops the digits of a duration that tell a reader nothing.
func round(d time.Duration) time.Duration {
	if d > time.Second {
		return d.Round(100 * time.Millisecond)
	}
	return d.Round(time.Millisecond)
}
