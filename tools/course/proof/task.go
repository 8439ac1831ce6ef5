package proof

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"socklab/tools/course/builder"
	"socklab/tools/course/change"
	"socklab/tools/course/path"
	"socklab/tools/course/programs"
	"socklab/tools/course/task"
	"socklab/tools/harness/need"
	"socklab/tools/harness/script"
	"socklab/tools/harness/scripttest"
	"socklab/tools/harness/supervise"
)

// What a task must have.
const (
	startLines = 30 // at most, in the file to start from
	broken     = 3  // solutions with a mistake, at least
)

// words is a choice of other words in a script, so that no solution has learnt them by
// heart.
const words = 1

// tasks plays the program that a lesson has its reader write: solutions must pass, the
// files to start from must fail at the first step, and each broken solution where its
// head says. Unless all is set, it plays the solution in Go of a chapter's first lesson.
func tasks(t *testing.T, b *builder.Builder, l path.Lesson, all bool) {
	files := os.DirFS(b.Root)
	tk, has := task.Of(files, l)
	if !has {
		return
	}
	if slices.ContainsFunc(programs.List, func(p script.Program) bool { return p.Name == tk.Name }) {
		t.Errorf("%s: expected a name that no program of ours has, got %s", tk.Folder(), tk.Name)
	}
	text, err := fs.ReadFile(files, tk.Script())
	if err != nil {
		t.Fatal(err)
	}
	play := func(name string, command func(t *testing.T) []string, p proof, words uint64) {
		if !all && (name != "solution.go" || !strings.Contains(l.Stem, ".1-")) {
			return
		}
		t.Run("task/"+name, func(t *testing.T) {
			supervise.Begin(t)
			t.Parallel()
			need.Skip(t, p.needs...)
			builder.SkipScript(t, filepath.Join(b.Root, tk.Script()))
			o := scripttest.Options()
			o.Idle, o.Verbose, o.Words = idle, false, words
			o.Hangs = p.mayFail(text)
			o.Programs = append(slices.Clone(o.Programs), tk.Program())
			o.Guests = script.Guests{tk.Name: command(t)}
			r := played(t, l.Stem, text, o)
			p.judge(t, r, text)
			if p.what == begins && r.Failure != nil && r.Failure.Step != 1 {
				t.Errorf("%s: expected it to fail at step 1, got step %d\n%s", p.file, r.Failure.Step, r.Log)
			}
		})
	}
	for ext := range task.Languages {
		start, solution := tk.Start(ext), tk.Solution(ext)
		if text, err := fs.ReadFile(files, start); err != nil || bytes.Count(text, []byte("\n")) > startLines {
			t.Errorf("%s: expected a file to start from, of %d lines at most: %v", start, startLines, err)
		}
		play("start"+ext, func(t *testing.T) []string { return runs(t, b, tk, start, nil) }, proof{file: start, what: begins, fails: firstStep(text)}, 0)
		play("solution"+ext, func(t *testing.T) []string { return runs(t, b, tk, solution, nil) }, proof{file: solution, what: "the solution"}, words)
	}
	found, _ := fs.Glob(files, tk.Folder()+"/broken/*")
	if len(found) < broken {
		t.Errorf("%s/broken: expected %d solutions with a mistake, got %d", tk.Folder(), broken, len(found))
	}
	for _, file := range found {
		p, err := read(files, l, file)
		if err == nil && len(p.fails) == 0 {
			err = fmt.Errorf("%s: expected a head with fails", file)
		}
		changed, last, err2 := change.Apply(files, p.text)
		if err == nil && err2 == nil && last != tk.Solution(filepath.Ext(last)) {
			err = fmt.Errorf("%s: expected a diff against a solution, got %s", file, last)
		}
		if err != nil || err2 != nil {
			t.Error(err, err2)
			continue
		}
		play("broken/"+filepath.Base(file), func(t *testing.T) []string { return runs(t, b, tk, last, changed) }, p, 0)
	}
}

// begins is what is said of a file to start from.
const begins = "where to start"

// firstStep are the commands of a script's first step, any of which may fail.
func firstStep(text []byte) (commands []string) {
	steps := 0
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "# ") {
			steps++
		}
		if steps == 1 {
			commands = append(commands, strings.TrimSpace(line))
		}
	}
	return commands
}

// runs is the command that runs a file, as it is or changed. A program in Go is a
// package by itself, which is built and kept.
func runs(t *testing.T, b *builder.Builder, tk task.Task, file string, changed map[string][]byte) []string {
	if filepath.Ext(file) == ".go" {
		what := strings.TrimPrefix(t.Name(), "TestExercises/")
		return []string{b.Changed(t, "task/"+what, "socklab/"+filepath.Dir(file), changed, t.TempDir())}
	}
	if changed == nil {
		return b.Command(t, file)
	}
	other := filepath.Join(t.TempDir(), filepath.Base(file))
	if err := os.WriteFile(other, changed[file], 0o666); err != nil {
		t.Fatal(err)
	}
	return b.Command(t, other)
}
