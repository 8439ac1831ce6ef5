//go:build unix

package script

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"socklab/tools/harness/actor"
	"socklab/tools/harness/netns"
)

// A testT is the testscript.T of one script: it keeps what the script logs, and
// how it fares.
type testT struct {
	ctx     context.Context
	name    string // of the script: its file, without the extension
	options Options
	text    *text
	session *session // nil before it is set up
	group   *netns.Group
	end     time.Time // of all waits: some time before the deadline; zero is none
	failed  bool
	result  Result
	log     strings.Builder
}

// Run runs the script that testscript has found.
func (t *testT) Run(_ string, f func(testscript.T)) { f(t) }

func (t *testT) Parallel() {}

func (t *testT) Verbose() bool { return t.options.Verbose }

func (t *testT) FailNow() {
	t.failed = true
	runtime.Goexit()
}

func (t *testT) Fatal(args ...any) {
	t.fail(fmt.Sprint(args...))
	t.FailNow()
}

// fail notes a failure of which nothing is known but some words.
func (t *testT) fail(words string) {
	t.failed = true
	t.result.Failure = &Failure{Script: t.name, File: t.options.File}
	t.result.Failure.said(words)
	t.write(t.result.Failure.Headline(View{}))
}

func (t *testT) Skip(args ...any) {
	t.result.Skipped = true
	t.result.Reason = harmless(args)
	t.result.Unseen = t.options.Guests.wouldStart(t.text)
	runtime.Goexit()
}

// Log drops from a script's log what is not about the script: the environment at
// its beginning, and a PASS that an actor's end has made untrue. testscript logs once,
// when the script is over; the report takes the place of the words that it has for a
// failure.
func (t *testT) Log(args ...any) {
	log := fmt.Sprint(args...)
	if (t.options.Limits.Folder > 0 || t.options.Keep != "") && strings.HasPrefix(log, "WORK=/") { // the folder's place stands before all (testscript.Params)
		if _, log, _ = strings.Cut(log, "\n"); strings.HasPrefix(log, "PATH=") {
			log = "WORK=" + log
		}
	}
	if t.result.Folder != "" {
		log = strings.ReplaceAll(log, "$WORK", t.result.Folder)
	}
	if strings.HasPrefix(log, "WORK=") {
		_, log, _ = strings.Cut(log, "\n\n")
	}
	log = "\n" + t.text.shown(log)
	if t.failed {
		if first := t.firstFailure(log); t.result.Failure == nil || first > 0 && first < t.result.Failure.Line {
			t.result.Failure = &Failure{}
		}
		f := t.result.Failure
		f.Script, f.File = t.name, t.text.source
		t.result.before = harmless([]any{f.parse(log, t.options.Continue)})
		if f.Line > 0 {
			f.findStep(t.text.played)
		}
		f.Unlike = t.text.unlike
		log = t.result.before + f.String()
		if len(t.text.swaps) > 0 {
			log += "\n" + inOtherWords(t.text.swaps, t.options.Words) + "\n"
		}
	}
	t.write(harmless([]any{log}))
}

func (t *testT) write(text string) {
	fmt.Fprintln(&t.log, text)
	if t.options.Out != nil {
		fmt.Fprintln(t.options.Out, text)
	}
}

// An outcome is a line that test2json takes for a result.
var outcome = regexp.MustCompile(`(?m)^(\s*)(--- (?:PASS|FAIL|SKIP|BENCH): |=== [A-Z]+)`)

// harmless writes what a script or its programs say so that no terminal obeys
// it, and so that nobody takes it for a test's result.
func harmless(args []any) string {
	text := strings.TrimSuffix(fmt.Sprintln(args...), "\n")
	return outcome.ReplaceAllString(actor.Visible([]byte(text)), `$1\$2`)
}

// firstFailure is the line of the first failure in a script that went on behind it; 0
// if it did not.
func (t *testT) firstFailure(log string) (line int) {
	if _, at, found := strings.Cut(log, "\nFAIL: "+t.text.source+":"); found && t.options.Continue {
		at, _, _ = strings.Cut(at, ":")
		line, _ = strconv.Atoi(at)
	}
	return line
}

// parse reads of testscript's log what it tells in no other way: which line of the
// script failed and, where the command is its own, why. It returns what was logged
// before that.
func (f *Failure) parse(log string, first bool) (before string) {
	head := "\nFAIL: " + f.File + ":"
	at := strings.LastIndex(log, head)
	if first {
		at = strings.Index(log, head)
	}
	if at < 0 {
		return strings.TrimSuffix(log, "PASS\n") // found out at the end
	}
	before, log = log[:at+1], log[at+len(head):]
	line, log, _ := strings.Cut(log, ": ")
	f.Line, _ = strconv.Atoi(line)
	words, after, _ := strings.Cut(log, "\n")
	f.after = after
	if f.Why.IsZero() {
		f.said(words)
		if why := ofCommand(words, before); why != "" {
			f.Why = say("%s", why)
		}
		if files := differ.FindStringSubmatch(words); files != nil {
			// testscript's diff is from what was to what should have been.
			f.Why = say("%s is not as %s: - is what was, + what should have been", files[1], files[2])
			if hint := diffHint(before); hint != "" {
				f.Notes = append(f.Notes, say("%s", hint))
			}
		}
	}
	return before
}

// ofCommand is what is known of a command that exec has run and that ended otherwise
// than the script wants, in a line; "" if the words say nothing of that kind.
func ofCommand(words, before string) string {
	const failed, succeeded = "unexpected command failure", "unexpected command success"
	if words != failed && words != succeeded {
		return ""
	}
	at := strings.LastIndex("\n"+before, "\n> ")
	if at < 0 {
		return ""
	}
	command, said, _ := strings.Cut(before[at+2:], "\n")
	if words == succeeded {
		return command + ": it went well, and ! says that it must fail"
	}
	last, status := "", ""
	for line := range strings.Lines(said) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "[exit status"), strings.HasPrefix(line, "[signal"), strings.HasPrefix(line, "[exec"):
			status = strings.Trim(line, "[]")
		case line != "" && line != "[stdout]" && line != "[stderr]":
			last = line
		}
	}
	why := command + " failed"
	if status != "" {
		why += " (" + status + ")"
	}
	if last != "" {
		why += ": " + last
	}
	return why
}

var differ = regexp.MustCompile(`(\S+) and (\S+) differ$`)

// said takes the words of somebody else.
func (f *Failure) said(words string) {
	if cause, is := strings.CutPrefix(words, string(CouldNotTell)+": "); is {
		f.Kind, words = CouldNotTell, cause
	}
	f.Why = say("%s", words)
}

// findStep finds the step of a line: the phase, in the words that head it.
func (f *Failure) findStep(script []byte) {
	script, _, _ = bytes.Cut(script, []byte("\n-- "))
	for i, text := range strings.Split(string(script), "\n") {
		if strings.HasPrefix(text, "# ") {
			if f.Steps++; i < f.Line {
				f.Step, f.Sentence = f.Steps, strings.TrimSpace(text[1:])
			}
		}
	}
}
