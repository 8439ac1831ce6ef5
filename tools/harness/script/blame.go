//go:build unix

package script

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"socklab/tools/harness/actor"
)

// firstToFail is the program that ended badly before any other, unasked, or of
// which a part has, as a thread of Python does; nil if none has. One that crashed
// comes before those that ended in good order to report it: a crash takes longer to
// be over.
func (now *snapshot) firstToFail() (first *person) {
	for _, p := range now.people {
		if p.program == nil || p.who.reaped || p.who.asked != "" && !p.struck() {
			continue
		}
		if (p.end.How == "" || p.end.How == "0") && !p.partCrashed() {
			continue
		}
		if first == nil || p.crashed() && !first.crashed() || p.crashed() == first.crashed() && now.ended(p).Before(now.ended(first)) {
			first = p
		}
	}
	return first
}

// firstCause is the first program's failure in words, and what came of it then; nil
// without one.
func (now *snapshot) firstCause(then Phrase) *verdict {
	first := now.firstToFail()
	if first == nil {
		return nil
	}
	if v := first.unjudged(); v != nil {
		return v
	}
	return &verdict{first.failing(), say("%v; then %v", first.lastWords(), then), first}
}

// failing is the kind of failure of a program that has failed.
func (p *person) failing() Kind {
	if p.crashed() {
		return Crashed
	}
	return Failing
}

// whoLeft is a program that ended in good order, unasked and unnoticed, before
// p did: the one that p complains of.
func (now *snapshot) whoLeft(p *person) *person {
	for _, q := range now.people {
		if q != p && q.isDone() && now.ended(q).Before(now.ended(p)) {
			return q
		}
	}
	return nil
}

// isDone reports whether a program has ended in good order, unasked and unnoticed.
func (p *person) isDone() bool {
	return p.program != nil && !p.who.reaped && p.who.asked == "" && p.end.How == "0"
}

// andDone adds to a sentence who has ended in good order, unasked and unnoticed.
func (now *snapshot) andDone(so Phrase) Phrase {
	for _, q := range now.people {
		if q.isDone() {
			so = say("%v, and %s %v", so, q.name, endOf(q.end))
		}
	}
	return so
}

// whoGot is another actor that received what p should have received.
func (now *snapshot) whoGot(p *person, pattern *actor.Pattern) *person {
	for _, q := range now.people {
		if q != p && pattern.In(q.unmatched) {
			return q
		}
	}
	return nil
}

// whoGoesOn is a program that the script asked to end, and that has not.
func (now *snapshot) whoGoesOn() *person {
	for _, q := range now.people {
		if q.who.asked != "" && q.end.How == "" {
			return q
		}
	}
	return nil
}

// whoHangs says who keeps p waiting: the one that has not received what came, or not
// accepted its caller.
func (now *snapshot) whoHangs(p *person) (Phrase, *person) {
	var behindTap Phrase // one that blocks a tap, which calls for p
	var itself *person
	for _, q := range now.people {
		for _, f := range q.findings {
			if !f.Blocking {
				continue
			}
			if q == p || f.Peer == p.name {
				return say("%s %v", q.name, f.Text), q
			}
			if now.named(f.Peer) == nil && len(now.taps) > 0 {
				behindTap, itself = say("%s %v", q.name, f.Text), q
			}
		}
	}
	if itself != nil {
		return behindTap, itself
	}
	silent := say("%s says nothing", p.name)
	if p.heard > 0 {
		silent = say("%s says nothing more", p.name)
	}
	for _, f := range p.findings {
		if f.waits && !f.terminal {
			silent = say("%s %v", p.name, f.Text)
		}
	}
	for _, q := range now.people {
		for _, f := range q.findings {
			if q != p && f.whom == p.name {
				silent = say("%v, and %s %v", silent, q.name, f.Text)
			}
		}
	}
	return now.andDone(silent), nil
}

// unjudged says of a program whose end judges nobody why, nil if it does: a guest
// that could not be run (126 and 127 are how sh(1), and env(1), say it), or a program
// of ours that somebody killed, for it kills itself by no signal.
func (p *person) unjudged() *verdict {
	if p.who.ours && p.struck() {
		return &verdict{CouldNotTell, say("%s, which is our own program, was %v, and nobody in this script has sent that", p.name, endOf(p.end)), nil}
	}
	if p.who.guest == "" || p.end.How != "126" && p.end.How != "127" {
		return nil
	}
	return &verdict{CouldNotTell, say("%s is %s, which can't be run: %s", p.name, p.who.guest, complaint(p.screen)), nil}
}

// struck reports whether a signal has ended p that the script has not sent it.
func (p *person) struck() bool {
	return p.killed() && !slices.Contains(p.who.sent, p.end.How)
}

func (p *person) killed() bool { return p.end.How != "" && p.end.How[0] == 'S' }

// crashed reports whether a program died of itself: of a signal that nobody
// sent, or of an error that it did not catch.
func (p *person) crashed() bool {
	if p.killed() {
		return p.struck()
	}
	return slices.ContainsFunc(strings.Split(p.screen, "\n"), isCrash)
}

// lastWords says how a program failed, in its own words if it had any.
func (p *person) lastWords() Phrase {
	said := say("%s %v", p.name, p.state)
	if p.end.How == "" {
		said = say("%s goes on, and a part of it has ended", p.name)
	}
	if p.killed() && p.end.How != "SIGABRT" {
		return said // a program that a signal kills does not say why
	}
	if words := complaint(p.screen); words != "" {
		said = say("%v: %s", said, words)
	}
	if at := crashPlace(p.screen); at != "" {
		said = say("%v%v", said, at)
	}
	return said
}

// complaint finds in a screen the line that says what went wrong: the first of
// a Go program's crash, the last of anything else.
func complaint(screen string) (last string) {
	for line := range strings.Lines(screen) {
		line = strings.TrimSpace(line)
		switch {
		case isCrash(line) && !strings.HasPrefix(line, "Traceback"):
			return line
		case line == "", strings.HasPrefix(line, "$ "), strings.Contains(line, "» "), strings.Contains(line, "hint: "):
		default:
			last = line
		}
	}
	return last
}

// frame is a place in a stack, in Python and in Go.
var frame = regexp.MustCompile(`(?m)^ +File "([^"\n]+)", line (\d+)|^\t(\S+\.go):(\d+) \+0x`)

// libraries are where the frames of others lie.
var libraries = regexp.MustCompile(`^<|/lib/python|/site-packages/|/go/src/|/pkg/mod/`)

// crashPlace is the file and the line of a program's own at which it crashed: the last
// in Python's stack, the first in Go's; "" if that can't be seen.
func crashPlace(screen string) (last place) {
	for _, m := range frame.FindAllStringSubmatch(screen, -1) {
		switch {
		case m[1] != "" && !libraries.MatchString(m[1]):
			last = place(path.Base(m[1]) + ", line " + m[2])
		case m[3] != "" && !libraries.MatchString(m[3]):
			return place(path.Base(m[3]) + ", line " + m[4])
		}
	}
	return last
}

var crashLine = regexp.MustCompile(`^(panic: |fatal error: |Traceback \(most recent call last\):|(Uncaught )?[A-Z][A-Za-z]*Error: |Error: )`)

// isCrash knows how programs begin to die, in Go, Python and JavaScript.
func isCrash(line string) bool { return crashLine.MatchString(line) }

// partCrash begins what a language says of a crash of less than the program.
var partCrash = regexp.MustCompile(`(?m)^(Exception in thread |Traceback \(most recent call last\):|Task exception was never retrieved)`)

// partCrashed reports whether a part of a program has died, and the others go
// on or have ended well.
func (p *person) partCrashed() bool { return !p.who.ours && partCrash.MatchString(p.screen) }
