//go:build unix

package script

import (
	"encoding/json"
	"regexp"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"socklab/tools/harness/recording"
)

// commandsMax is how many beginnings and ends of commands a recording keeps.
const commandsMax = 10000

// begin records that the command of a line begins, and first that the one before has
// ended.
func (s *session) begin(line int) {
	s.end()
	s.at = line
	s.recording.Reach(line)
	if s.between != nil {
		s.between.settle()
		s.between.look()
	}
	s.recordStep()
	s.people.exec(execLine.MatchString(s.t.text.lines[line]))
	s.from = s.recording.At(time.Now())
	s.commands.Add(recording.Event{At: s.from, Layer: "script", Kind: "begin", Text: []byte(s.t.text.lines[line])})
}

// execLine is the command exec, which starts programs that are no actors.
var execLine = regexp.MustCompile(`(^|[\s\]])exec\s`)

// end records that the command that runs, if any, has ended, and how.
func (s *session) end() {
	if s.from == 0 {
		return
	}
	text := ""
	switch f := s.t.result.Failure; {
	case s.t.result.Skipped:
		text = "skipped"
	case s.t.failed && f != nil && !f.Why.IsZero():
		text = f.Why.String()
		if f.Kind != "" {
			text = string(f.Kind) + ": " + text
		}
	case s.t.failed:
		text = "failed"
	}
	now := s.recording.At(time.Now())
	s.commands.Add(recording.Event{At: now, Layer: "script", Kind: "end", Line: s.at, Text: []byte(text), Took: now - s.from})
	s.from = 0
}

// recordStep records that the script has come to another step.
func (s *session) recordStep() {
	where := Failure{Line: s.at}
	where.findStep(s.t.text.played)
	if where.Step != s.step {
		s.step = where.Step
		s.commands.Add(recording.Event{Layer: "script", Kind: "step", Text: []byte(where.Sentence)})
		if s.t.options.Step != nil {
			resume := s.recording.Pause()
			s.t.options.Step()
			resume()
		}
	}
}

// recordFault records what the script does to a tap, or to a host's cable.
func (s *session) recordFault(name, what string) {
	s.commands.Add(recording.Event{Layer: "script", Kind: "fault", Actor: name, Text: []byte(what)})
}

// header is the head of a recording that begins now.
func header(name string, played []byte) recording.Header {
	machine := runtime.GOOS + "/" + runtime.GOARCH
	var u unix.Utsname
	if unix.Uname(&u) == nil {
		machine += ", " + unix.ByteSliceToString(u.Sysname[:]) + " " + unix.ByteSliceToString(u.Release[:])
	}
	return recording.Header{Script: name, Text: string(played), Machine: machine, Date: time.Now().UTC().Truncate(time.Second)}
}

// recordVerdict records how the script has ended.
func recordVerdict(rec *recording.Recording, r Result) {
	e := recording.Event{Layer: "script", Kind: "verdict", Text: []byte(r.Verdict)}
	if r.Failure != nil {
		e.Line = r.Failure.Line
		if failure, err := json.Marshal(r.Failure); err == nil {
			e.Failure = failure
		}
	}
	rec.Track(recording.Limit{Events: 1}).Add(e)
}
