package script

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Phrase is a sentence in which what differs from run to run is still a value:
// a time.Duration, a Waited, a count, an error of the system.
type Phrase struct {
	format string
	args   []any
}

func say(format string, args ...any) Phrase { return Phrase{format, args} }

func (p Phrase) String() string { return p.in(View{}) }

// in writes the sentence for a view.
func (p Phrase) in(v View) string {
	args := make([]any, len(p.args))
	for i, arg := range p.args {
		switch arg := arg.(type) {
		case interface{ in(View) string }:
			args[i] = arg.in(v)
		case time.Duration:
			args[i] = v.time(arg)
		case error:
			args[i] = v.foreign(arg.Error())
		case string:
			args[i] = v.foreign(arg)
		default:
			args[i] = arg
		}
	}
	return fmt.Sprintf(p.format, args...)
}

// each is the sentence with its texts changed.
func (p Phrase) each(change func(string) string) Phrase {
	args := slices.Clone(p.args) // a finding is in several sentences
	for i, arg := range args {
		switch arg := arg.(type) {
		case string:
			args[i] = change(arg)
		case error:
			args[i] = change(arg.Error())
		case Phrase:
			args[i] = arg.each(change)
		}
	}
	return Phrase{p.format, args}
}

// MarshalText returns the sentence.
func (p Phrase) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText takes a sentence as it is.
func (p *Phrase) UnmarshalText(text []byte) error {
	*p = say("%s", string(text))
	return nil
}

// IsZero reports whether there is nothing to say.
func (p Phrase) IsZero() bool { return p.format == "" }

// A count is a number of things, as they say it who look at sockets.
type count struct {
	n      int
	things string
}

func (c count) in(v View) string {
	switch {
	case c.n >= 2000:
		return "thousands of " + c.things // how many is chance
	case c.n == 1:
		return "1 " + strings.TrimSuffix(c.things, "s")
	case c.things == "callers" && v.NoLimits:
		return "N callers"
	}
	return fmt.Sprintf("%d %s", c.n, c.things)
}

// A place is a file and a line of a program, which change with the program.
type place string

func (p place) in(v View) string {
	if v.NoChance {
		return ""
	}
	return " (" + string(v.foreign(string(p))) + ")"
}
