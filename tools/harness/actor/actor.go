//go:build unix

// Package actor implements the actors of a script: programs, each on its own
// terminal, and bare sockets. The bytes that an actor receives go to a buffer, where
// expectations search. They also go to the recording; the actor's transcript is a
// view of it. Both are bounded.
//
// Every wait has an absolute deadline, which output does not extend.
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
	// Screen is the actor's transcript so far.
	Screen() string

	Conversation
	Activity
}

// A Conversation is the input and output of an actor.
type Conversation interface {
	// Expect waits until text not yet matched matches p, with a match that no later
	// text can change. It consumes the text up to the end of the match. Otherwise it
	// returns a *Miss. If the Miss is Open, Expect(p.AsItIs()) accepts the match
	// found so far.
	Expect(p *Pattern, deadline time.Time) (Match, error)
	// Absent waits for d and returns the text that matched p meanwhile.
	// It consumes nothing.
	Absent(p *Pattern, d time.Duration) (Match, bool)
	// Unmatched is the text that came and was not yet matched.
	Unmatched() []byte
	// Heard is how many bytes have come so far.
	Heard() int
	// Forgotten is how many bytes since the last match were dropped, because too
	// many came after them. No expectation can match them any more.
	Forgotten() int
	// Send types text, with Enter if enter is set, or writes it to a socket.
	Send(text string, enter bool, deadline time.Time) error
	// CloseWrite ends the input of the actor: ^D, or a half-close.
	CloseWrite(deadline time.Time) error
	// MayBeTyped reports whether the text may be an echo of the actor's own: it was
	// typed while the terminal's echo was off.
	MayBeTyped(text string) bool
	// Silence says why the actor's terminal holds back its output; "" if there is no
	// terminal, or it holds nothing back.
	Silence() string
}

// An Activity tells what an actor does, until it ends. A socket does nothing by
// itself.
type Activity interface {
	// State describes the actor now, in a few words.
	State() string
	// Waiting reports whether all threads of the actor wait for something. It is
	// true of an ended actor.
	Waiting() bool
	// Spent is the actor's CPU time; 0 if it has ended.
	Spent() time.Duration
	// Settle waits for the actor's end. If the deadline passes, it waits up to a
	// second more until the program waits for something.
	Settle(deadline time.Time)
	// Ended waits for the actor's end and returns how it ended.
	Ended(deadline time.Time) (End, error)
	// End is how the actor ended, as far as is known now.
	End() End
	// Stop ends the actor by force, if needed, and reaps it.
	Stop() error
}

// An End is how an actor ended. The zero value means: not ended.
type End struct {
	How   string        // an exit code or a signal, as "SIGTERM"; of a socket: see [HowEnded]
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
	case "timeout":
		return "was given up by its own kernel"
	}
	switch {
	case e.How[0] == 'S':
		return fmt.Sprintf("killed by %s after %s", e.How, Round(e.After))
	case e.How[0] >= '0' && e.How[0] <= '9':
		return fmt.Sprintf("exited %s after %s", e.How, Round(e.After))
	}
	return "was ended by " + e.How
}

// Round rounds a duration to the digits that matter to a reader.
func Round(d time.Duration) time.Duration {
	if d > time.Second {
		return d.Round(100 * time.Millisecond)
	}
	return d.Round(time.Millisecond)
}
