//go:build unix

package script

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"socklab/tools/harness/actor"
)

// fail ends the script with a failure, and everything that helps to see why: now is
// how all were, or nil for a snapshot of this moment, which tells less.
func (s *session) fail(f *Failure, now *snapshot) {
	if now == nil {
		now = s.snapshot(false)
	}
	f = s.explain(f, now)
	words := f.Command // testT.Log writes the report in its place
	if s.t.options.Continue {
		// Unless another has failed before.
		words, _, _ = strings.Cut(strings.TrimPrefix(f.Headline(View{}), ": "), "\n")
	}
	if s.t.result.Failure == nil {
		f.Line = s.at
		s.t.result.Failure = f
	}
	s.ts.Fatalf("%s", words)
}

// failf ends the script with a failure of a command that no snapshot explains.
func (c *command) failf(subject string, format string, args ...any) {
	c.fail(&Failure{Command: c.called(), Subject: subject, Why: say(format, args...)}, nil)
}

// cannotTell ends the script without judging anybody.
func (c *command) cannotTell(subject string, format string, args ...any) {
	c.fail(&Failure{Command: c.called(), Subject: subject, Kind: CouldNotTell, Why: say(format, args...)}, nil)
}

// called is the command as the script has it.
func (c *command) called() string {
	if c.neg {
		return "! " + c.name
	}
	return c.name
}

// judged puts a verdict into a failure, with what its error means.
func (f *Failure) judged(v verdict) {
	f.Kind, f.Why = v.Kind, v.why
	if v.blamed != nil {
		f.Blamed = v.blamed.name
	}
	f.Errno = errnoIn(f.Why.String())
}

// missed reports an expectation that was not met. So many bytes were forgotten when
// it began.
func (c *command) missed(p *participant, miss *actor.Miss, forgotten int, w waitDesc) {
	if miss.Ended {
		p.Ended(time.Now().Add(c.wait)) // its terminal is silent already
	}
	late := watch(p, miss.Pattern)
	if !w.cut() {
		c.settle()
	}
	now := c.snapshot(true)
	e := &evidence{snapshot: now, p: now.of(p), m: p.missing(miss, now.of(p).unmatched), forgotten: forgotten, w: w.Waited, first: now.firstToFail()}
	f := &Failure{Command: c.name, Subject: p.Name()}
	came, isThere := p.Absent(miss.Pattern, 0)
	if isThere && e.first == nil && !w.OutOfTime {
		e.late = max(<-late, time.Millisecond).Round(time.Millisecond)
	}
	cause := e.explain()
	f.Cause = cause.name
	f.judged(cause.says(e))
	if cause.waited {
		f.Waited = &w.Waited
	}
	if e.late > 0 {
		f.Notes = append(f.Notes, say("A busy machine is late, too: go test -wait=30s waits longer."))
		f.Differs = &Difference{Expected: miss.Pattern.String(), Got: escape([]byte(came.Text))}
		c.fail(f, now)
	}
	f.Differs = e.m.difference()
	if meaning := errnoIn(f.Differs.Got); f.Errno == "" && meaning != errnoIn(f.Differs.Expected) {
		f.Errno = meaning
	}
	if excused := e.excused(); excused != nil {
		f.Besides = excused.lastWords()
		if meaning := errnoIn(f.Besides.String()); meaning != "" {
			f.Besides = say("%v\n%s", f.Besides, meaning)
		}
	}
	f.Notes = append(f.Notes, silence(p)...)
	c.fail(f, now)
}

// watch tells how long it takes from now until what was missed comes.
func watch(p *participant, pattern *actor.Pattern) <-chan time.Duration {
	began, late := time.Now(), make(chan time.Duration, 1)
	const settled = 3 * time.Second // by then all has settled
	go func() {
		p.Absent(pattern, settled)
		late <- time.Since(began)
	}()
	return late
}

// unsent reports that what p sends is not taken.
func (c *command) unsent(p *participant, w waitDesc) {
	now := c.snapshot(true) // everybody who is there stays
	f := &Failure{Command: c.name, Subject: p.Name(), Waited: &w.Waited}
	if w.OutOfTime {
		f.judged(verdict{CouldNotTell, say("it was not all taken yet"), nil})
	} else {
		why, blamed := now.whoHangs(now.of(p))
		f.judged(verdict{Hung, why, blamed})
	}
	c.fail(f, now)
}

// undone reports what could not be done with an actor, if err says so.
func (c *command) undone(p *participant, err error, deadline time.Time, w waitDesc) {
	if err == nil {
		return
	}
	f := &Failure{Command: c.name, Subject: p.Name(), Why: say("%v", err)}
	if w.OutOfTime && !time.Now().Before(deadline) {
		f.Kind, f.Waited = CouldNotTell, &w.Waited
		c.fail(f, c.snapshot(true)) // everybody who is there stays
	}
	if !errors.Is(err, actor.ErrEnded) {
		c.fail(f, nil)
	}
	now := c.settled()
	if cause := now.firstCause(f.Why); cause != nil {
		f.judged(*cause)
	}
	c.fail(f, now)
}

// untaken reports a call that nobody took.
func (c *command) untaken(network, addr string, err error) {
	now := c.settled()
	late := outOfPatience(err)
	err = actor.Cause(err)
	f := &Failure{Command: c.name, Subject: network + " " + addr, Why: say("%v", err)}
	if errors.Is(err, syscall.ECONNREFUSED) {
		f.Kind, f.Why = NeverListened, now.andDone(f.Why)
	}
	if late {
		why, full := now.whoIsFull(addr)
		f.judged(verdict{Hung, why, full})
	}
	if cause := now.firstCause(f.Why); cause != nil {
		f.judged(*cause)
	}
	f.Errno = errnoIn(err.Error())
	c.fail(f, now)
}

// outOfPatience reports whether a dial ended at its own deadline. Package net has two
// errors for that; ETIMEDOUT is the kernel's.
func outOfPatience(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded)
}

// uncalled reports that nobody called a listener.
func (c *command) uncalled(listener string, w waitDesc) {
	if !w.cut() {
		c.settle()
	}
	now := c.snapshot(true)
	f := &Failure{Command: c.name, Subject: "at " + listener}
	cause := now.firstCause(say("nobody called"))
	switch {
	case cause != nil:
		f.judged(*cause)
	case w.OutOfTime:
		f.Kind, f.Why, f.Waited = CouldNotTell, say("nobody had called yet"), &w.Waited
	default:
		f.Kind, f.Why, f.Waited = Hung, now.andDone(say("nobody called")), &w.Waited
	}
	c.fail(f, now)
}

// ended reports an actor that ended in another way than expected.
func (c *command) ended(who *participant, end actor.End, want string) {
	now := c.settled()
	p := now.of(who)
	f := &Failure{Command: c.name, Subject: p.name}
	if v := p.unjudged(); v != nil {
		f.judged(*v)
		f.Errno = ""
		c.fail(f, now)
	}
	if want[0] >= '0' && want[0] <= '9' {
		want = "exit code " + want
	}
	f.Why = say("expected %s, but it %v", want, endOf(end))
	words := complaint(p.screen)
	switch {
	case p.program == nil && end.How == "reset":
		f.Kind, f.Errno = ClosedEarly, errnoIn("ECONNRESET")
	case p.program == nil && end.How == "timeout":
		f.Errno = errnoIn("ETIMEDOUT")
	case p.program == nil:
		f.Errno = errnoIn(end.How)
	case p.crashed():
		f.Kind = Crashed
	case p.killed():
		f.Kind, f.Why = Crashed, say("nobody caught it: %v", f.Why)
	case end.How != "0":
		f.Kind = Failing
	default:
		f.Notes = []Phrase{say("Exit code 0 says that all went well: it did not notice what was wrong.")}
	}
	if p.program != nil && end.How != "0" && words != "" {
		f.Blamed = p.name
		said := say("last said  %s", words)
		if meaning := errnoIn(words); meaning != "" {
			said = say("%v\n           %s", said, meaning)
		}
		f.Notes = []Phrase{said}
	}
	c.fail(f, now)
}

// left reports an actor that ended and should not have.
func (c *command) left(who *participant, end actor.End) {
	now := c.settled()
	p := now.of(who)
	v := verdict{ClosedEarly, say("%s %v", p.name, endOf(end)), p}
	switch unjudged := p.unjudged(); {
	case unjudged != nil:
		v = *unjudged
	case p.program != nil && (p.crashed() || end.How != "0"):
		v = verdict{p.failing(), p.lastWords(), p}
	}
	f := &Failure{Command: c.called(), Subject: p.name}
	f.judged(v)
	c.fail(f, now)
}

// stayed reports an actor that did not end, or ended and left somebody behind.
func (c *command) stayed(who *participant, end actor.End, err error, w waitDesc) {
	now := c.snapshot(true) // everybody who is there stays
	p := now.of(who)
	f := &Failure{Command: c.name, Subject: p.name, Kind: NeverClosed, Why: say("%v", err), Waited: &w.Waited}
	switch holder := now.whoHolds(p); {
	case end.How != "":
		f.Waited = nil
		c.fail(f, now)
	case w.OutOfTime:
		f.Kind = CouldNotTell
	case holder != nil:
		f.Blamed = holder.name
		f.Why = say("%s has not closed its end, so %s never meets the end of the stream", holder.name, p.name)
	default:
		f.Blamed = p.name
	}
	if asked := who.asked; asked != "" && !w.OutOfTime {
		f.Why = say("asked by %s to end, %v", asked, f.Why)
		if p.program != nil && asked[0] == '^' && p.program.IsRaw() {
			f.Notes = append(f.Notes, say("Its terminal is raw: there %s is a byte like any other (termios(3), ISIG).", asked))
		}
	}
	f.Notes = append(f.Notes, silence(who)...)
	c.fail(f, now)
}

// silence says in what way the terminal of p keeps it from saying something.
func silence(p *participant) []Phrase {
	if p.Silence() == "" {
		return nil
	}
	return []Phrase{say("%s: %s.", p.Name(), p.Silence())}
}

// maybeTyped says of what matched that the script may have typed it; "" if not.
func maybeTyped(p *participant, text string) string {
	if !p.MayBeTyped(text) {
		return ""
	}
	return fmt.Sprintf("This was typed, and the echo of its terminal is off: %s may only have repeated it, as programs do that let\n"+
		"people edit their lines (readline(3)). Nobody can tell that from what it says.", p.Name())
}
