package crowd

import (
	"fmt"

	"socklab/tools/cli"
)

// linesMax is how many lines some of the crowd may have heard, and others not
// yet. It bounds our memory.
const linesMax = 10_000

// An account is what all callers together have heard. Everybody in a room hears
// the same in the same order. So the account keeps the order of the caller that
// hears something first, and compares the others with it.
type account struct {
	all      int // callers
	welcomed int // of them
	inside   int // have said their names
	told     int // how often a caller was told that one had come
	ended    int // streams

	next  []int  // who came after whom; 0: not known yet
	lines []line // that some have heard, and not yet all
	done  int    // lines that all have heard
}

// A line is what somebody said.
type line struct {
	text  string
	heard int // by how many
}

// enter takes one report into account.
func (a *account) enter(r report) error {
	who := r.from
	switch {
	case r.err != nil:
		return r.err
	case r.welcomed:
		a.welcomed++
	case r.ended:
		a.ended++
	case r.joined > 0:
		a.told++
		before := who.last
		who.last = r.joined
		if before == 0 {
			if r.joined != who.number {
				return fmt.Errorf("number %d was told that %d had come before it heard of itself", who.number, r.joined)
			}
			return nil
		}
		if a.next[before] == 0 {
			a.next[before] = r.joined
		}
		if a.next[before] != r.joined {
			return fmt.Errorf("number %d was told that %d had come after %d, and others that %d had", who.number, r.joined, before, a.next[before])
		}
	case who.last == a.all: // else it was said before all were here
		return a.hear(who, r.line)
	}
	return nil
}

// hear compares a line with what others have heard in its place, and prints the
// lines that all have now heard.
func (a *account) hear(who *caller, text string) error {
	i := who.lines - a.done
	who.lines++
	if i == linesMax {
		return fmt.Errorf("number %d has heard %d lines more than others", who.number, i)
	}
	if i == len(a.lines) {
		a.lines = append(a.lines, line{text: text})
	}
	if a.lines[i].text != text {
		return fmt.Errorf("number %d heard %q, and others in its place %q", who.number, text, a.lines[i].text)
	}
	a.lines[i].heard++
	for len(a.lines) > 0 && a.lines[0].heard == a.all {
		cli.Must(fmt.Printf("%d of %d heard %q\n", a.all, a.all, a.lines[0].text))
		a.lines = a.lines[1:]
		a.done++
	}
	return nil
}
