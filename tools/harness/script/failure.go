package script

import (
	"fmt"
	"time"
)

// A Kind is the first cause of a failure. A failure without a kind says all in
// its own words.
type Kind string

const (
	CouldNotTell  Kind = "could not tell" // nobody is judged: a program can't be run, or the time of the whole test was over
	Crashed       Kind = "crashed"        // a program died of itself
	Failing       Kind = "failed"         // a program ended with a code of failure
	NeverListened Kind = "never listened" // a server runs, and nobody can call it
	Hung          Kind = "hung"           // somebody waits for what does not come
	Late          Kind = "late"           // it came when the wait was over
	ClosedEarly   Kind = "closed early"   // somebody left before it said that
	NeverClosed   Kind = "never closed"   // somebody stays who should have left
	WrongBytes    Kind = "wrong bytes"    // something else was said
	TooMuch       Kind = "too much"       // programs went beyond Limits
)

// A Failure is why a script failed: made once, of what there was when the wait was
// over. String, Text and JSON are views of it. It holds text of programs as it came;
// the views make it safe for a terminal, and JSON has it escaped.
type Failure struct {
	Script string `json:"script"`         // its name: the file without the extension
	File   string `json:"file"`           // what reports call the script (Options.File)
	Line   int    `json:"line,omitempty"` // of the script, from 1; 0 at its beginning or its end

	Step     int    `json:"step,omitempty"`     // of Steps, from 1; 0 before the first, and at the end
	Steps    int    `json:"steps,omitempty"`    // how many the script has
	Sentence string `json:"sentence,omitempty"` // that heads the step

	Command string  `json:"command,omitempty"` // as "! expect"; "" of testscript's own
	Subject string  `json:"subject,omitempty"` // whom it is about: an actor, "at LISTENER", or NETWORK ADDR
	Kind    Kind    `json:"kind,omitempty"`
	Cause   string  `json:"cause,omitempty"` // of an expectation: the name of the cause that explains it
	Why     Phrase  `json:"why"`             // what happened, behind Kind
	Waited  *Waited `json:"waited,omitempty"`
	Blamed  string  `json:"blamed,omitempty"` // the actor whose fault it seems to be, if that is known

	Errno   string      `json:"errno,omitempty"`   // what the error means, as "ECONNRESET: ..."
	Notes   []Phrase    `json:"notes,omitempty"`   // what else helps to see why, a paragraph each
	Differs *Difference `json:"differs,omitempty"` // what was expected, and what was there
	Unlike  *Difference `json:"unlike,omitempty"`  // of two transcripts: the first line in which they differ; reports show the whole difference
	Besides Phrase      `json:"besides,omitzero"`  // what went wrong as well, with what its error means

	Actors []ActorState `json:"actors,omitempty"`
	Page   string       `json:"page,omitempty"` // what to read: a lesson and its section

	after string // in the log behind the failure: what programs in the background have said
}

// A Difference is what was expected, and what came closest to it.
type Difference struct {
	Expected string   `json:"expected"`         // the pattern
	Got      string   `json:"got"`              // on one line, escaped; or that there was nothing
	At       int      `json:"at"`               // the column of Got, from 0, that is not as expected, if Wanted is there
	Wanted   string   `json:"wanted,omitempty"` // in that place: the rest of the pattern
	Hints    []string `json:"hints,omitempty"`
}

// An ActorState is how an actor was when the wait was over.
type ActorState struct {
	Name      string    `json:"name"`
	Role      string    `json:"role"`               // its command line or its connection
	Guest     string    `json:"guest,omitempty"`    // the command that stood in for our program
	State     Phrase    `json:"state"`              // as "running for 1.2s"
	Listening []string  `json:"listening,omitzero"` // the addresses; nil if that is not known, or it has ended
	Findings  []Finding `json:"findings,omitempty"` // of its sockets and threads; nil while they change by the moment
	Cut       int       `json:"cut,omitempty"`      // lines of the transcript before those of Said
	Said      []string  `json:"said"`               // the last lines of the transcript, or those from a crash on
}

// A Finding is something about a running program's sockets or threads.
type Finding struct {
	Text     Phrase `json:"text"`
	Peer     string `json:"peer,omitempty"`     // the actor at the other end, or an address
	Blocking bool   `json:"blocking,omitempty"` // others wait for the program to do something
}

// A Waited is how long a wait was, and what ended it.
type Waited struct {
	For       time.Duration `json:"for"`                   // as the script says, or the default; in JSON in nanoseconds
	ByDefault bool          `json:"by_default,omitempty"`  // the script did not say how long
	OutOfTime bool          `json:"out_of_time,omitempty"` // it was cut: the time of the whole test was over
	Idle      time.Duration `json:"idle_for,omitempty"`    // or cut since nobody had done anything for this long
	AtPrompt  bool          `json:"at_prompt,omitempty"`   // or cut since the program had said something else and waited for its next line
	Worked    time.Duration `json:"worked_for,omitempty"`  // or cut since programs had used a processor for this long
}

func (w Waited) String() string { return w.in(View{}) }

func (w Waited) in(v View) string {
	switch {
	case w.OutOfTime:
		return "until the test's own deadline (go test -timeout moves it)"
	case v.NoLimits:
		return "TIME"
	case w.Idle > 0:
		return "until nobody had done anything for " + v.time(w.Idle)
	case w.AtPrompt:
		return "until the program was back at its prompt"
	case w.Worked > 0:
		return "until a processor had worked for " + v.time(w.Worked)
	case w.ByDefault:
		return fmt.Sprintf("for %s (the default; -t=%s waits longer)", v.time(w.For), v.time(30*time.Second))
	}
	return "for " + v.time(w.For)
}
