// Package proof tests what the lessons' answers say. For each section that has an
// answer, testdata/exercises/STEM has proofs: starting points, which must fail at the
// line that the answer names, and solutions, which must pass.
//
// A proof is a program, or a diff against a program of ours, a guest or the script.
// Its head says:
//
//	section: Break it
//	what: answers hullo
//	program: echo-server
//	fails: expect client '^hello baihuixin$'
//	shows: hullo baihuixin
//
// Program is the one that it replaces; a diff against the script has none. Instead of
// fails it says passes: and the lines, or just yes. Where chance decides which of some
// lines fails, there are several fails. A diff against a program may change the script
// too, before the program. Shows is a part of the report; there may be several. A
// script beside a proof, with the same name and .txtar, shows what else the answer
// says: it must pass with the same program.
package proof

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"socklab/tools/course/builder"
	"socklab/tools/course/change"
	"socklab/tools/course/exercise"
	"socklab/tools/course/path"
	"socklab/tools/course/task"
	"socklab/tools/harness/need"
	"socklab/tools/harness/script"
	"socklab/tools/harness/scripttest"
	"socklab/tools/harness/supervise"
)

// idle ends a wait for what a broken program never says, once nobody has done
// anything for so long.
const (
	idle  = 2 * time.Second
	limit = time.Minute // for one script
)

const folder = "testdata/exercises"

// A proof is a file in folder.
type proof struct {
	file          string // from the root of the repository
	lesson        path.Lesson
	section, what string
	program       string
	fails         []string // the command that must fail, or one of several where chance decides; none if the script must pass
	shows, needs  []string
	text          []byte
}

var head = regexp.MustCompile(`(?m)^(?:# |// )?(section|what|program|fails|passes|shows|needs): (.*)$`)

func read(root fs.FS, l path.Lesson, file string) (p proof, err error) {
	p.file, p.lesson = file, l
	if p.text, err = fs.ReadFile(root, file); err != nil {
		return p, err
	}
	passes := false
	for _, line := range head.FindAllSubmatch(p.text, -1) {
		switch value := string(line[2]); string(line[1]) {
		case "section":
			p.section = value
		case "what":
			p.what = value
		case "program":
			p.program = value
		case "fails":
			p.fails = append(p.fails, value)
		case "passes":
			passes = true
		case "shows":
			p.shows = append(p.shows, value)
		case "needs":
			p.needs = strings.Fields(value)
		}
	}
	if !slices.Contains(exercise.Sections, p.section) && !strings.Contains(file, "/task/") || p.what == "" || passes == (len(p.fails) > 0) {
		return p, fmt.Errorf("%s: expected a head with section (%s), what, and either fails or passes", file, strings.Join(exercise.Sections, " or "))
	}
	return p, nil
}

// Run plays the proofs of all lessons of the repository at root; unless all is set, of
// each chapter's first lesson the solution in Go of the program that its reader writes.
func Run(t *testing.T, root string, all bool) {
	files := os.DirFS(root)
	course, err := path.Read(files)
	if err != nil {
		t.Fatal(err)
	}
	b := builder.New(t, root)
	var known []string
	for _, l := range course.Lessons() {
		known = append(known, l.Stem)
		t.Run(l.Stem, func(t *testing.T) {
			t.Parallel()
			page, err := fs.ReadFile(files, l.Page())
			if err != nil {
				t.Fatal(err)
			}
			exercises, err := exercise.Read(page)
			if err != nil {
				t.Fatalf("%s: %v", l.Page(), err)
			}
			proven := map[string]bool{}
			found, _ := fs.Glob(files, folder+"/"+l.Stem+"/*")
			for _, file := range found {
				if strings.HasSuffix(file, ".txtar") || filepath.Base(file) == "task" {
					continue
				}
				p, err := read(files, l, file)
				if err != nil {
					t.Error(err)
					continue
				}
				proven[p.section] = true
				if !all {
					continue
				}
				t.Run(strings.TrimPrefix(file, folder+"/"+l.Stem+"/"), func(t *testing.T) {
					supervise.Begin(t)
					t.Parallel()
					p.play(t, b)
				})
			}
			tasks(t, b, l, all)
			if _, has := task.Of(files, l); has {
				proven["Your turn"] = true
			}
			for _, e := range exercises {
				if !proven[e.Section] {
					t.Errorf("%s has an answer under %s, and %s/%s has no proof of it", l.Page(), e.Section, folder, l.Stem)
				}
			}
		})
	}
	folders, _ := fs.Glob(files, folder+"/*")
	for _, name := range folders {
		if !slices.Contains(known, filepath.Base(name)) {
			t.Errorf("%s belongs to no lesson", name)
		}
	}
}

func (p proof) play(t *testing.T, b *builder.Builder) {
	root := os.DirFS(b.Root)
	need.Skip(t, p.needs...)
	builder.SkipScript(t, filepath.Join(b.Root, p.lesson.Script()))
	text, err := fs.ReadFile(root, p.lesson.Script())
	if err != nil {
		t.Fatal(err)
	}
	o := scripttest.Options()
	o.Idle, o.Verbose = idle, false
	guest := func(file string) { o.Guests = script.Guests{p.program: b.Command(t, file)} }
	if filepath.Ext(p.file) != ".diff" {
		guest(p.file)
	} else {
		changed, last, err := change.Apply(root, p.text)
		if t, ok := changed[p.lesson.Script()]; ok && p.program != "" && last != p.lesson.Script() {
			text = t
			delete(changed, p.lesson.Script())
		}
		switch {
		case err != nil:
			t.Fatalf("%s: %v", p.file, err)
		case p.program == "" && (last != p.lesson.Script() || len(changed) > 1):
			t.Fatalf("%s: without a program: it changes %s alone, got %s", p.file, p.lesson.Script(), last)
		case p.program == "":
			text = changed[last]
		case filepath.Ext(last) == ".go":
			// In its own place, as when the reader changes it.
			name := strings.TrimSuffix(strings.TrimPrefix(p.file, "testdata/"), ".diff")
			o.Bin = beside(t, o.Bin, b.Changed(t, name, "socklab/tools/cmd/"+p.program, changed, t.TempDir()), p.program)
		default:
			file := filepath.Join(t.TempDir(), filepath.Base(last))
			if err := os.WriteFile(file, changed[last], 0o666); err != nil {
				t.Fatal(err)
			}
			guest(file)
		}
	}
	o.Hangs = p.mayFail(text)
	p.judge(t, played(t, p.lesson.Stem, text, o), text)
	o.Hangs = nil
	if more, err := fs.ReadFile(root, strings.TrimSuffix(p.file, filepath.Ext(p.file))+".txtar"); err == nil {
		if r := played(t, p.lesson.Stem, more, o); r.Verdict != script.Passed && !r.Skipped {
			t.Errorf("%s: the script beside it did not pass\n%s", p.file, r.Log)
		}
	}
}

// beside is a folder of programs as in bin, but one is another.
func beside(t *testing.T, bin, other, name string) string {
	dir := t.TempDir()
	programs, err := os.ReadDir(bin)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range programs {
		from := filepath.Join(bin, p.Name())
		if p.Name() == name {
			from = other
		}
		if err := os.Symlink(from, filepath.Join(dir, p.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func played(t *testing.T, stem string, text []byte, o script.Options) script.Result {
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	r, err := script.Run(ctx, fstest.MapFS{stem + ".txtar": {Data: text}}, stem+".txtar", o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// mayFail reports whether a broken program may fail at a line of the script.
func (p proof) mayFail(text []byte) func(line int) bool {
	lines := strings.Split(string(text), "\n")
	return func(line int) bool { return line > 0 && slices.Contains(p.fails, strings.TrimSpace(lines[line-1])) }
}

func (p proof) judge(t *testing.T, r script.Result, text []byte) {
	switch {
	case r.Skipped:
		t.Skip(r.Reason)
	case len(p.fails) == 0 && r.Verdict != script.Passed:
		t.Errorf("%s: %s: expected it to pass, got\n%s", p.file, p.what, r.Log)
	case len(p.fails) == 0:
	case r.Verdict != script.Failed:
		t.Errorf("%s: %s: expected it to fail at %q, got %s", p.file, p.what, strings.Join(p.fails, " or "), r.Verdict)
	default:
		if at := r.Failure.Line; !p.mayFail(text)(at) {
			got := "the end"
			if at > 0 {
				got = fmt.Sprintf("line %d: %s", at, strings.Split(string(text), "\n")[at-1])
			}
			t.Errorf("%s: %s: expected it to fail at %q, got %s\n%s", p.file, p.what, strings.Join(p.fails, " or "), got, r.Log)
		}
		for _, part := range p.shows {
			if !strings.Contains(r.Log, part) {
				t.Errorf("%s: %s: no %q in the report\n%s", p.file, p.what, part, r.Log)
			}
		}
	}
}
