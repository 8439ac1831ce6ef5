package tap

import "sync"

// A Mistake is one that programs often make. A relay can make it in the place of a
// program that makes none. It depends on what is said and on counts, never on chance.
type Mistake string

const (
	Splits      Mistake = "splits"                   // sends byte by byte, the first splitMost bytes of a connection
	Glues       Mistake = "glues"                    // sends everything at once, at the end
	Late        Mistake = "one byte late"            // sends the last byte with what it says next
	Cuts        Mistake = "cuts in the middle"       // closes after half of what it has to say
	Resets      Mistake = "RST for FIN"              // resets where it should close
	NoNewline   Mistake = "no newline"               // leaves out each \n
	BareNewline Mistake = "LF for CRLF"              // sends \n in place of \r\n
	OneCaller   Mistake = "one caller only"          // hangs up on each caller but the first
	Twice       Mistake = "answers twice"            // says its first line, or first answer, twice
	WrongCaller Mistake = "answers the wrong caller" // says to the caller that came first what is for a later one
	SaysNothing Mistake = "says nothing"             // never sends a byte
)

// Mistakes are all of them.
var Mistakes = []Mistake{Splits, Glues, Late, Cuts, Resets, NoNewline, BareNewline, OneCaller, Twice, WrongCaller, SaysNothing}

// Seen is what the relays of an Exam have seen programs do.
type Seen struct {
	Calls    int  // that they passed on
	Said     int  // bytes that the program said on the first connection where it said any
	First    int  // of these, those before its other side said something more
	Lines    bool // it said a whole line there
	Answered bool // somebody said more when a program had said something
}

// An Exam makes one mistake wherever it can: in the place of each program that is
// called through its relays, or that calls the script itself.
type Exam struct {
	Mistake Mistake // "" is none
	Before  Seen    // in the same script, when no mistake was made

	mu      sync.Mutex
	now     Seen
	speaker any // the first on which a program said something
	made    int
	over    bool                 // what comes now is not counted
	ending  []func() (made bool) // of each connection: the program has closed it, and the relay is about to see that
}

// End says that the script is over: nobody notices what comes now.
func (e *Exam) End() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, ending := range e.ending {
		if ending() {
			e.made++
		}
	}
	e.over = true
}

// Seen is what was seen so far.
func (e *Exam) Seen() Seen {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.now
}

// Made is how often the mistake was made.
func (e *Exam) Made() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.made
}

// Unmakeable says why the mistake can't be made in a script in which that was seen
// before; "" if it may be.
func (m Mistake) Unmakeable(before Seen) string {
	switch {
	case before.Calls == 0:
		return "nobody calls"
	case m != Resets && m != OneCaller && before.Said == 0:
		return "no program says anything"
	case (m == Glues || m == Late) && !before.Answered:
		return "nobody waits for what a program says, to say more"
	case m == Cuts && before.Said < 2:
		return "it says one byte"
	}
	return ""
}

// Unmade says of a mistake that was not made why that is so.
func (m Mistake) Unmade() string {
	switch m {
	case Splits:
		return "no program says more than a byte"
	case Resets:
		return "no program closes before the other side does"
	case NoNewline:
		return "no program sends a newline"
	case BareNewline:
		return "no program sends CRLF"
	case OneCaller:
		return "no program is called twice"
	case WrongCaller:
		return "no program answers a caller while an earlier one is there"
	}
	return "it never came to that"
}
