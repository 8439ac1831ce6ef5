// Package mutation tests the scripts with mutants, programs with one mistake each. A
// script must fail with each of its mutants, at the recorded step and with the
// recorded words.
package mutation

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode"

	"socklab/tools/course/builder"
	"socklab/tools/course/page"
	"socklab/tools/course/programs"
	"socklab/tools/harness/need"
	"socklab/tools/harness/script"
	"socklab/tools/harness/scripttest"
	"socklab/tools/harness/supervise"
)

// leastMutants is the least number of mutants of a script.
const leastMutants = 2

// A mutant often never says what is expected. Then the script ends once nobody has
// done anything for idle, or after wait in all. idle is shorter than our clients' 10
// s timeout, or they would exit first and hide the mistake.
const (
	wait  = 20 * time.Second
	idle  = 2 * time.Second
	limit = time.Minute // for one script
)

// Run runs each script with the mutants in tools/broken/STEM and in
// tools/broken/hostile, in the repository at root: with all of them, or the first script
// of each chapter with the first.
func Run(t *testing.T, root string, all bool) {
	b := builder.New(t, root)
	for _, dir := range append(page.Stems(os.DirFS(root)), "hostile") {
		t.Run(dir, func(t *testing.T) {
			t.Parallel()
			var files []string
			for _, ext := range []string{"diff", "py", "sh", "c"} {
				found, _ := filepath.Glob(filepath.Join(root, "tools/broken", dir, "*."+ext))
				files = append(files, found...)
			}
			if len(files) < leastMutants && startsOurs(root, dir) {
				t.Errorf("tools/broken/%s: %d broken programs, want %d or more", dir, len(files), leastMutants)
			}
			switch {
			case all:
			case strings.Contains(dir, ".1-"):
				files = files[:min(1, len(files))]
			default:
				return
			}
			for _, file := range files {
				m, err := readMutant(root, file)
				if err != nil {
					t.Error(err)
					continue
				}
				t.Run(strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)), func(t *testing.T) {
					supervise.Begin(t)
					t.Parallel()
					mustFail(t, b, m)
				})
			}
		})
	}
}

// startsOurs reports whether a script starts one of our programs, which a mutant
// could replace.
func startsOurs(root, stem string) bool {
	text, err := os.ReadFile(filepath.Join(root, "testdata/scripts", stem+".txtar"))
	return err != nil || slices.ContainsFunc(programs.List, func(p script.Program) bool { return bytes.Contains(text, []byte(p.Name)) })
}

// mustFail runs a script with a mutant, and compares the report with the golden file
// beside the mutant.
func mustFail(t *testing.T, b *builder.Builder, m mutant) {
	name := "testdata/scripts/" + m.script + ".txtar"
	if _, err := os.Stat(filepath.Join(b.Root, name)); err != nil {
		name = "testdata/survive/" + m.script + ".txtar"
	}
	need.Skip(t, m.needs...)
	builder.SkipScript(t, filepath.Join(b.Root, name))
	dir := t.TempDir()
	o := scripttest.Options()
	o.Wait, o.Idle, o.Verbose = wait, idle, false
	files, folders := os.DirFS(b.Root), []string{dir, b.Root}
	if changed := m.changed(t, files, name); changed != nil {
		files = fstest.MapFS{name: {Data: changed}}
	} else {
		command := m.command(t, b, dir)
		o.Guests = script.Guests{m.program: command}
		folders = append(folders, filepath.Dir(command[0]))
	}
	golden := filepath.Join(b.Root, strings.TrimSuffix(m.file, filepath.Ext(m.file))+".golden")
	want, err := os.ReadFile(golden)
	if at := failed.FindSubmatch(want); at != nil && !scripttest.Updating() {
		o.Hangs = func(line int) bool { return string(at[1]) == strconv.Itoa(line) }
	}
	recorder := scripttest.Record(t, &o)
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	r, runErr := script.Run(ctx, files, name, o)
	if runErr != nil {
		t.Fatal(runErr)
	}
	recorder.Keep(r)
	if r.Skipped {
		t.Skip(r.Reason)
	}
	if r.Verdict == script.Passed {
		t.Fatalf("%s: the script passed with a %s that %s: mend the script, or the mutant has no mistake\n%s",
			m.file, m.program, m.what, r.Log)
	}
	report := normalize(r.Text(script.View{NoChance: true, NoLimits: true}), folders...)
	caught := r.Failure.Sentence
	if caught == "" {
		caught = "the end" // after the last step, when every process is reaped
	}
	if caught != m.caught {
		t.Errorf("%s: want it caught at the step %q, got %q", m.file, m.caught, caught)
	}
	if strings.ContainsFunc(report, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
		t.Errorf("%s: the failure has control characters: %q", m.file, report)
	}
	if scripttest.Updating() && !t.Failed() {
		want, err = []byte(report), os.WriteFile(golden, []byte(report), 0o666)
	}
	if err != nil || string(want) != report {
		t.Errorf("%s (%v): got\n%s\nwant\n%s", golden, err, report, want)
	}
}

var (
	failed = regexp.MustCompile(`(?m)^FAIL: [^ :]+:(\d+): `)
	quoted = regexp.MustCompile(`'(tools/broken/[^' ]*)'`)
	// How many fit depends on the descriptors that the process has inherited.
	callers = regexp.MustCompile(`\d+( callers are here)`)
)

// normalize removes from a report what differs between machines and checkouts: the
// folders, and the number of callers that fits chat-server.
func normalize(report string, folders ...string) string {
	report = callers.ReplaceAllString(report, "N$1")
	for _, path := range folders {
		if filepath.IsAbs(path) {
			report = strings.ReplaceAll(report, path+"/", "")
		}
	}
	return quoted.ReplaceAllString(report, "$1") // a checkout's path may contain spaces
}
