// Package check plays the scripts of lessons, and says what became of each. It has no
// terminal: who calls it shows what it says.
package check

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"socklab/tools/course/path"
	"socklab/tools/course/task"
	"socklab/tools/harness/recording"
	"socklab/tools/harness/script"
)

// An Outcome is what became of a lesson's script.
type Outcome struct {
	Lesson  path.Lesson
	Own     string // the reader's program, if that was judged
	Task    string // the program that the reader has still to write
	Script  string // the hash (path.Lesson.Hash) of what was played
	Verdict script.Verdict
	Passed  int             // the steps that passed
	Steps   int             // of how many
	Reason  string          // why it did not pass, in a line
	Failure *script.Failure // nil if it passed, or was not played
	Report  string          // the whole report of a failure, safe to print anywhere
	Took    time.Duration
	Updated bool // its transcripts were rewritten
}

// A Checker plays scripts with the programs of Options, several at once.
type Checker struct {
	Root    fs.FS // the repository
	Options script.Options
	AtOnce  int // how many scripts play at once; 1 if it is 0
	// Broken are the programs of Options that do not compile, by name, with the
	// compiler's words. A lesson that starts one fails.
	Broken map[string]string
	// Begins, if set, is called when a script begins, with what will happen in it.
	// Scripts that play at once call it at once.
	Begins func(path.Lesson, *recording.Recording)
	// Own are the programs that the reader has written, by the lesson's number.
	Own map[string]task.Own
	// Update, if set, gets a script that passed otherwise, with the transcripts that
	// there were. Then that text is the lesson's.
	Update func(l path.Lesson, script []byte) error
}

// Run plays the scripts of lessons, and calls each with their outcomes, in order, one
// at a time. It ends early when ctx does: then each is called only for those before
// the first that was not played to its end.
func (c *Checker) Run(ctx context.Context, lessons []path.Lesson, each func(Outcome)) {
	InOrder(ctx, len(lessons), c.AtOnce, func(i int) Outcome { return c.play(ctx, lessons[i]) }, each)
}

// InOrder does n things, several at once, and calls each with what came of them, in
// order, one at a time. It ends early when ctx does: then each is called only for those
// before the first that did not come to its end.
func InOrder[T any](ctx context.Context, n, atOnce int, do func(i int) T, each func(T)) {
	slots := make(chan struct{}, max(atOnce, 1))
	done := make([]chan T, n)
	for i := range done {
		done[i] = make(chan T, 1)
	}
	go func() {
		for i := range n {
			select {
			case slots <- struct{}{}:
			case <-ctx.Done():
				return
			}
			go func() {
				came := do(i)
				<-slots
				if ctx.Err() == nil {
					done[i] <- came
				}
			}()
		}
	}()
	for _, came := range done {
		select {
		case o := <-came:
			each(o)
		case <-ctx.Done():
			return
		}
	}
}

// play plays the script of a lesson, then that of its task with the reader's program.
// If a guest is that program, only that is played.
func (c *Checker) play(ctx context.Context, l path.Lesson) (out Outcome) {
	t, has := task.Of(c.Root, l)
	own, written := c.Own[l.Number]
	if command, is := c.Options.Guests[t.Name]; has && is {
		return c.playOwn(ctx, t, task.Own{File: t.Name, Command: command})
	}
	if out = c.playScript(ctx, l, l.Script(), c.Options); !has || out.Verdict != script.Passed {
		return out
	}
	if !written || len(c.Options.Guests) > 0 {
		out.Task = t.Name
		return out
	}
	lesson := out
	out = c.playOwn(ctx, t, own)
	out.Script, out.Updated = lesson.Script, lesson.Updated
	out.Took += lesson.Took
	return out
}

// playOwn plays the script of a task.
func (c *Checker) playOwn(ctx context.Context, t task.Task, own task.Own) (out Outcome) {
	hash, _ := t.Lesson.Hash(c.Root)
	switch {
	case own.Missing != "":
		out = Outcome{Lesson: t.Lesson, Verdict: script.NotJudged, Reason: own.Missing}
	case own.Broken != "":
		text, _ := fs.ReadFile(c.Root, t.Script())
		out = Outcome{Lesson: t.Lesson, Verdict: script.Failed, Steps: Steps(text)}
		out.notCompiled(t.Name, own.Broken)
	default:
		o := c.Options
		o.Programs = append(slices.Clone(o.Programs), t.Program())
		o.Guests, o.File = script.Guests{t.Name: own.Command}, t.Script()
		// The page shows nothing of this script, but has its contract and its hints.
		o.Lesson = func(string, string) string { return t.Lesson.Page() + `, "Your turn"` }
		out = c.playScript(ctx, t.Lesson, t.Script(), o)
	}
	out.Own, out.Script = own.File, hash
	return out
}

// notCompiled says so of a program, and of others before it.
func (out *Outcome) notCompiled(name, words string) {
	out.Verdict = script.Failed
	report := ""
	for line := range strings.Lines(words) {
		report += safe(strings.TrimSuffix(line, "\n")) + "\n"
	}
	if !strings.Contains(out.Report, report) { // programs may share what is wrong
		out.Report += report
	}
	const one, more = " does not compile", " do not compile"
	if out.Reason == "" {
		out.Reason = name + one
		return
	}
	out.Reason = strings.TrimSuffix(strings.TrimSuffix(out.Reason, one), more) + " and " + name + more
}

// playScript plays one script.
func (c *Checker) playScript(ctx context.Context, l path.Lesson, file string, o script.Options) (out Outcome) {
	began := time.Now()
	out.Lesson, out.Verdict = l, script.NotJudged
	defer func() { out.Took = time.Since(began) }()
	text, err := fs.ReadFile(c.Root, file)
	if err != nil {
		out.Reason = fmt.Sprintf("read the script: %v", err)
		return out
	}
	out.Script, out.Steps = l.HashWith(c.Root, text), Steps(text)
	for _, name := range Starts(text, c.Options.Programs) {
		if words, broken := c.Broken[name]; broken && o.Guests[name] == nil {
			out.notCompiled(name, words)
		}
	}
	if out.Verdict == script.Failed {
		return out
	}
	if o.File == "" {
		o.File = file
	}
	if c.Begins != nil {
		o.Recording = recording.New()
		defer o.Recording.Close()
		c.Begins(l, o.Recording)
	}
	if c.Update != nil && file == l.Script() {
		o.Update = func(script []byte) error {
			out.Script, out.Updated = l.HashWith(c.Root, script), true
			return c.Update(l, script)
		}
	}
	// What was hashed is what is played, whoever saves the file meanwhile.
	r, err := script.Run(ctx, only{text}, l.Stem+".txtar", o)
	if err != nil {
		out.Reason = err.Error()
		return out
	}
	out.Verdict, out.Reason, out.Failure, out.Report = r.Verdict, r.Reason, r.Failure, r.Log
	var missed []string
	for name := range o.Guests {
		if !slices.Contains(r.Started, name) {
			missed = append(missed, name)
		}
	}
	switch {
	case r.Verdict == script.Passed && len(missed) > 0:
		out.Verdict, out.Reason = script.NotJudged, "the script does not start "+strings.Join(missed, ", nor ")
	case r.Verdict == script.Passed:
		out.Passed = out.Steps
	case r.Failure != nil && r.Failure.Step > 0:
		out.Passed = r.Failure.Step - 1
	case r.Failure != nil && r.Failure.Line == 0:
		out.Passed = out.Steps // found out at the end
	}
	return out
}

// only is a file system that has one file, under any name.
type only struct{ text []byte }

func (o only) Open(name string) (fs.File, error) { return nil, fs.ErrNotExist }

// ReadFile returns the file.
func (o only) ReadFile(string) ([]byte, error) { return o.text, nil }

// Steps is how many steps a script has.
func Steps(text []byte) int { return len(script.Sentences(text)) }

func commands(text []byte) []byte {
	text, _, _ = bytes.Cut(text, []byte("\n-- "))
	return text
}

// Starts are the programs that a script may start, in their order in programs: those
// whose names are words of its commands.
func Starts(text []byte, programs []script.Program) (names []string) {
	words := strings.Fields(string(commands(text)))
	for _, p := range programs {
		if slices.Contains(words, p.Name) {
			names = append(names, p.Name)
		}
	}
	return names
}
