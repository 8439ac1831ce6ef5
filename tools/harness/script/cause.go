//go:build unix

package script

import (
	"runtime"
	"strings"
	"time"
)

// evidence is everything by which a missed expectation is judged. Nobody writes
// to it.
type evidence struct {
	*snapshot
	p         *person  // did not say what was expected
	m         *missing // what p said in its place
	forgotten int      // bytes of p that no expectation could match any more
	w         Waited
	late      time.Duration // from the end of the wait until it came; 0 if it has not
	first     *person       // the first program to fail; nil if none has
}

// A verdict is the kind of a failure, what happened, and the actor whose fault it
// seems to be, if that is known.
type verdict struct {
	Kind
	why    Phrase
	blamed *person
}

// A cause is one explanation of a missed expectation.
type cause struct {
	name    string
	applies func(*evidence) bool
	waited  bool // until the wait was over, which the report says
	says    func(*evidence) verdict
}

// causes are those of expect, in the order in which they explain each other: the
// first that applies is the report's, and the others are taken for its consequences.
// Commands that expect no text say their own (judge.go), behind the first program
// that failed, if there is one (firstCause).
//
//  1. What came late was only late: nothing is wrong but the wait.
//  2. Where a program could not be run, or was killed from outside, nobody is judged,
//     whatever followed.
//  3. A program that failed explains all silence and all strange words of the others:
//     a crash before an orderly failure, and before that one the partner that had
//     left, of which it complains.
//  4. Text that the script itself passed over explains why it does not come again.
//  5. An actor that has ended says nothing more: what it said last decides between
//     wrong bytes and an early end.
//  6. Of those that still run: the test's own end comes before any blame; a program
//     that was asked to end and goes on keeps the others waiting; half of the right
//     text is worth more than a theory about the silence.
//  7. Something else was said: it went to another actor, or it is wrong.
//  8. Nothing was said: the sockets show who blocks whom.
var causes = []cause{
	{"late", func(e *evidence) bool { return e.late > 0 }, true,
		func(e *evidence) verdict {
			return verdict{Late, say("it came %s after the wait was over", e.late), nil}
		}},
	{"subject not judged", func(e *evidence) bool { return e.p.unjudged() != nil }, false,
		func(e *evidence) verdict { return *e.p.unjudged() }},
	{"another not judged", func(e *evidence) bool { return e.first != nil && e.first.unjudged() != nil }, false,
		func(e *evidence) verdict { return *e.first.unjudged() }},
	{"crash", func(e *evidence) bool { return e.first != nil && e.first.crashed() }, false,
		func(e *evidence) verdict { return verdict{Crashed, e.first.lastWords(), e.first} }},
	{"partner left", func(e *evidence) bool { return e.first == e.p && e.whoLeft(e.p) != nil }, false,
		func(e *evidence) verdict {
			left := e.whoLeft(e.p)
			return verdict{ClosedEarly, say("%s %v; then %v", left.name, left.state, e.p.lastWords()), left}
		}},
	{"failure", func(e *evidence) bool { return e.first != nil && e.excused() == nil }, false,
		func(e *evidence) verdict { return verdict{Failing, e.first.lastWords(), e.first} }},

	{"forgotten", func(e *evidence) bool { return e.forgotten > 0 }, false,
		func(e *evidence) verdict {
			return verdict{WrongBytes, say("%d bytes had come that nobody expected, and were forgotten: expect what comes as it comes", e.forgotten), nil}
		}},
	{"said before, and ended", func(e *evidence) bool { return e.m.seen != nil && e.m.Ended }, false,
		func(e *evidence) verdict {
			return verdict{WrongBytes, say("%s said it before what %s expects, not after that, and %v", e.p.name, e.m.seen.who(), endOf(e.p.end)), e.p}
		}},
	{"said before", func(e *evidence) bool { return e.m.seen != nil && !e.w.OutOfTime }, true,
		func(e *evidence) verdict {
			return verdict{WrongBytes, say("%s said it before what %s expects, and not after that", e.p.name, e.m.seen.who()), e.p}
		}},

	{"program ended, nearly right", func(e *evidence) bool { return e.m.Ended && e.p.program != nil && e.m.near.Like }, false,
		func(e *evidence) verdict { return verdict{WrongBytes, say("%s %v", e.p.name, endOf(e.p.end)), e.p} }},
	{"server ended", func(e *evidence) bool { return e.m.Ended && e.p.program != nil && e.m.ofServer() }, false,
		func(e *evidence) verdict { return verdict{NeverListened, say("%s %v", e.p.name, endOf(e.p.end)), e.p} }},
	{"program ended, said something else", func(e *evidence) bool { return e.m.Ended && e.p.program != nil && e.m.anything() }, false,
		func(e *evidence) verdict {
			return verdict{WrongBytes, say("%s said something else and %v", e.p.name, endOf(e.p.end)), e.p}
		}},
	{"program ended", func(e *evidence) bool { return e.m.Ended && e.p.program != nil }, false,
		func(e *evidence) verdict {
			return verdict{ClosedEarly, say("%s %v and did not say it", e.p.name, endOf(e.p.end)), e.p}
		}},
	{"connection ended, nearly right", func(e *evidence) bool { return e.m.Ended && e.m.near.Like }, false,
		func(e *evidence) verdict { return verdict{WrongBytes, say("then %s %v", e.p.name, e.p.state), nil} }},
	{"connection ended", func(e *evidence) bool { return e.m.Ended }, false,
		func(e *evidence) verdict { return verdict{ClosedEarly, say("%s %v", e.p.name, e.p.state), nil} }},

	{"out of time", func(e *evidence) bool { return e.w.OutOfTime }, true,
		func(e *evidence) verdict { return verdict{CouldNotTell, say("%s had not said it yet", e.p.name), nil} }},
	{"asked to end", func(e *evidence) bool { return e.whoGoesOn() != nil }, true,
		func(e *evidence) verdict {
			q := e.whoGoesOn()
			return verdict{Hung, say("%s was asked by %s to end, and goes on", q.name, q.who.asked), q}
		}},
	{"half of it", func(e *evidence) bool { return e.m.partly() }, false,
		func(e *evidence) verdict {
			return verdict{WrongBytes, say("the rest did not come; waited %v", e.w), e.p}
		}},
	{"server silent", func(e *evidence) bool { return e.p.program != nil && e.m.ofServer() && !e.m.near.Like }, true,
		(*evidence).noListener},
	{"another got it", func(e *evidence) bool { return e.whoGot(e.p, e.m.Pattern) != nil }, true,
		func(e *evidence) verdict {
			q := e.whoGot(e.p, e.m.Pattern)
			return verdict{WrongBytes, say("%s got it, and %s did not", q.name, e.p.name), nil}
		}},
	{"something else said", func(e *evidence) bool { return e.m.anything() && e.p.program != nil }, true,
		func(e *evidence) verdict { return verdict{WrongBytes, say("%s said something else", e.p.name), e.p} }},
	{"something else received", func(e *evidence) bool { return e.m.anything() }, true,
		func(e *evidence) verdict {
			return verdict{WrongBytes, say("%s received something else", e.p.name), nil}
		}},
	{"silence", func(*evidence) bool { return true }, true,
		func(e *evidence) verdict {
			why, blamed := e.whoHangs(e.p)
			return verdict{Hung, why, blamed}
		}},
}

// explain finds the cause of a missed expectation.
func (e *evidence) explain() cause {
	for _, c := range causes {
		if c.applies(e) {
			return c
		}
	}
	panic("the last cause always applies")
}

// excused is the first to fail, if that is a program of ours which complains of what
// a guest has done to it. That is not what the script waits for: the guest has said
// something, and it is wrong.
func (e *evidence) excused() *person {
	first := e.first
	if first == nil || first == e.p || !first.who.ours || first.crashed() || first.unjudged() != nil {
		return nil
	}
	if e.p.program == nil || e.p.who.ours || e.p.unjudged() != nil || !e.m.anything() || e.m.partly() {
		return nil
	}
	return first
}

// noListener says why a server that runs has not said that it listens.
func (e *evidence) noListener() verdict {
	name, addrs := e.p.name, strings.Join(e.p.listening(), " and ")
	switch {
	case runtime.GOOS != "linux":
		return verdict{NeverListened, say("%s did not say it", name), e.p}
	case addrs == "":
		return verdict{NeverListened, say("%s runs, and listens nowhere", name), e.p}
	case e.m.anything():
		return verdict{WrongBytes, say("%s listens on %s, and its first line must say so: \"listening on %[2]s\"", name, addrs), e.p}
	}
	return verdict{Hung, say("%s listens on %s, as the kernel's tables show, and does not say so:"+
		" its first line must be \"listening on %[2]s\", as soon as it listens (is stdout flushed?)", name, addrs), e.p}
}
