//go:build unix

package script

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"socklab/tools/harness/actor"
	"socklab/tools/harness/netns"
	"socklab/tools/harness/procfs"
)

// finish ends those who are left when the script is over, gives its network back,
// and fails a script that passed but left something behind. Only a script that
// passes gets new transcripts.
func (s *session) finish() {
	if s.between != nil {
		s.between.settle()
		s.between.exam.End()
	}
	if s.t.failed && s.t.result.Failure == nil && s.ts != nil && len(s.participants) > 0 {
		s.settle()
		s.t.result.Failure = s.explain(&Failure{}, s.snapshot(false))
	}
	s.unguard()
	var wrong []Phrase
	if s.over.Load() != nil {
		wrong = []Phrase{say("too much")} // explain says what
	}
	if !s.t.failed && !s.t.result.Skipped && slices.ContainsFunc(s.participants, (*participant).unreaped) {
		s.settle()
		for _, a := range s.snapshot(false).states() {
			if s.participant(a.Name).unreaped() {
				wrong = append(wrong, say("%s was never reaped (%v%s): the script needs an `exited %[1]s`", a.Name, a.State, a.listening()))
			}
		}
	}
	stopped := make([]error, len(s.participants))
	var stops sync.WaitGroup
	for i, p := range s.participants {
		stops.Go(func() { stopped[i] = p.Stop() })
	}
	stops.Wait()
	for _, err := range stopped {
		if err != nil {
			wrong = append(wrong, say("%v", err))
		}
	}
	s.recordTraces()
	for _, l := range s.listeners {
		l.Close()
	}
	for _, t := range s.taps {
		t.Stop()
	}
	if s.between != nil {
		s.between.stop()
	}
	if s.resolves != nil {
		s.resolves.Close()
	}
	if s.view != nil {
		s.view.Stop()
	}
	if s.captured != nil {
		s.captured.End()
	}
	// Look until nobody is left: a process may fork while we look.
	for range 10 {
		left := s.leftBehind()
		if len(left) == 0 {
			break
		}
		known := actor.Processes(left)
		if left = procfs.Outlive(left, time.Second); len(left) > 0 {
			wrong = append(wrong, say("the script left processes behind, now killed: %s", known.Only(left).String()))
		}
	}
	s.network.Leave()
	if len(wrong) > 0 && !s.t.failed && !s.t.result.Skipped {
		why := wrong[0]
		for _, more := range wrong[1:] {
			why = say("%v\n%v", why, more)
		}
		s.t.result.Failure = s.explain(&Failure{Why: why}, s.snapshot(false))
		s.t.FailNow()
	}
	if s.t.failed || s.t.result.Skipped {
		return
	}
	script, err := s.t.text.rewritten()
	if script != nil {
		err = s.t.options.Update(script)
	}
	if err != nil {
		s.t.Fatal(fmt.Sprintf("could not tell: rewrite the script: %v", err))
	}
	if script != nil {
		s.logf("%s updated", s.t.text.source)
	}
}

// leftBehind lists the processes of the script that nobody has reaped. Where
// processes are not kept apart, those are known by the script's directory in
// their environment.
func (s *session) leftBehind() []int {
	if netns.Apart() {
		return s.network.Left()
	}
	return procfs.WithEnv("WORK=" + s.workDir)
}

// logf writes to the script's log, also when no command of ours has run.
func (s *session) logf(format string, args ...any) {
	if s.ts != nil {
		s.ts.Logf(format, args...)
	} else {
		s.t.Log(fmt.Sprintf(format, args...))
	}
}
