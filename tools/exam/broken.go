package exam

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/bluekeyes/go-gitdiff/gitdiff"

	"socklab/tools/lesson"
	"socklab/tools/privnet"
	"socklab/tools/script"
	"socklab/tools/theater"
)

// leastBroken is how many programs each script must see through.
const leastBroken = 2

// A broken program often never says what is expected. Then the script goes on
// to wait until nobody has done anything for so long, or for so long in all: less
// than the patience of our clients, who would end meanwhile.
const (
	brokenWait = 6 * time.Second
	brokenRest = 2 * time.Second
)

// A mistake is one broken program: one of ours, or a guest, and a change that
// breaks it; or a whole program.
type mistake struct {
	file    string // from the root of the repository
	script  string // the stem of the one to play: that of the folder, unless it says
	program string // whose place it takes
	what    string // it does wrong
	caught  string // the step of the script that must see it
	needs   string // "a private network", or ""
	text    []byte
}

// Broken plays each script with the programs in tools/broken/STEM, and demands
// that it fails at the step, and with the words, that it should.
func Broken(t *testing.T, root string) {
	kitchen := newKitchen(t, root)
	for _, dir := range append(lesson.Stems(os.DirFS(root)), "hostile") {
		t.Run(dir, func(t *testing.T) {
			t.Parallel()
			var files []string
			for _, ext := range []string{"diff", "py", "sh", "c"} {
				found, _ := filepath.Glob(filepath.Join(root, "tools/broken", dir, "*."+ext))
				files = append(files, found...)
			}
			if len(files) < leastBroken {
				t.Errorf("tools/broken/%s: %d broken programs, want %d or more", dir, len(files), leastBroken)
			}
			for _, file := range files {
				m, err := readMistake(root, file)
				if err != nil {
					t.Error(err)
					continue
				}
				name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					kitchen.mustFail(t, m)
				})
			}
		})
	}
}

// mustFail plays a script with a broken program.
func (k *kitchen) mustFail(t *testing.T, m mistake) {
	if m.needs != "" && !privnet.Available() {
		t.Skip("needs " + m.needs)
	}
	dir := t.TempDir()
	command := k.broken(t, dir, m)
	house := theater.New(1)
	script.RunT(house, filepath.Join(k.root, lessons), script.Play{
		Only: m.script, Guests: script.Guests{m.program: command},
		Deadline: time.Now().Add(time.Minute), Wait: brokenWait, Rest: brokenRest,
	})
	show := house.Played()[0]
	if show.Skipped {
		t.Skip(show.Report())
	}
	if !show.Failed {
		t.Fatalf("%s: the script passed with a %s that %s: mend the script, or the mistake is none\n%s",
			m.file, m.program, m.what, show.Report())
	}
	report := theater.Timeless(show.Report(), brokenWait.String())
	report = waited.ReplaceAllString(report, "waited TIME")
	report = crowd.ReplaceAllString(report, "N callers$1")
	for _, path := range []string{dir + "/", k.root + "/"} {
		report = strings.ReplaceAll(report, path, "")
	}
	if caught := stepOf(report); caught != m.caught {
		t.Errorf("%s: want it caught at the step %q, got %q", m.file, m.caught, caught)
	}
	if strings.ContainsFunc(report, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
		t.Errorf("%s: the failure has control characters: %q", m.file, report)
	}
	golden := filepath.Join(k.root, strings.TrimSuffix(m.file, filepath.Ext(m.file))+".golden")
	if flag.Lookup("update").Value.String() == "true" && !t.Failed() {
		if err := os.WriteFile(golden, []byte(report), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || string(want) != report {
		t.Errorf("%s (%v): got\n%s\nwant\n%s", golden, err, report, want)
	}
}

// stepOf is the step of the script at which a report says that it failed.
// Behind the last step, everybody being reaped, there is the end.
func stepOf(report string) string {
	if found := step.FindStringSubmatch(report); found != nil {
		return found[1]
	}
	return "the end"
}

var (
	waited = regexp.MustCompile(`waited (for|until) [^;\n]*?(TIME|[0-9]s)( \(the default; -t=TIME waits longer\))?`)
	// How many callers fit depends on what the process has inherited.
	crowd  = regexp.MustCompile(`(?m)\d+ callers( are here|; waited|$)`)
	step   = regexp.MustCompile(`\nstep \d+ of \d+: (.*)\n`)
	header = regexp.MustCompile(`(?m)^(?:# |// )?(script|program|mistake|caught|needs): (.*)$`)
)

// readMistake reads the head of a file in tools/broken: whose place it takes,
// what it does wrong, and the step that must see it.
func readMistake(root, file string) (m mistake, err error) {
	if m.text, err = os.ReadFile(file); err != nil {
		return m, err
	}
	if m.file, err = filepath.Rel(root, file); err != nil {
		return m, err
	}
	m.script = filepath.Base(filepath.Dir(file))
	for _, line := range header.FindAllSubmatch(m.text, -1) {
		switch value := string(line[2]); string(line[1]) {
		case "script":
			m.script = value
		case "program":
			m.program = value
		case "mistake":
			m.what = value
		case "caught":
			m.caught = value
		case "needs":
			m.needs = value
		}
	}
	if m.needs != "" && m.needs != "a private network" {
		return m, fmt.Errorf("%s: needs: %s: a program can need a private network, and nothing else", m.file, m.needs)
	}
	if m.program == "" || m.what == "" || m.caught == "" {
		return m, fmt.Errorf("%s: want lines program:, mistake: and caught: at its head", m.file)
	}
	return m, nil
}

// broken is the command of a broken program.
func (k *kitchen) broken(t *testing.T, dir string, m mistake) []string {
	if filepath.Ext(m.file) != ".diff" {
		return k.command(t, m.file)
	}
	files, _, err := gitdiff.Parse(bytes.NewReader(m.text))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: no unified diff: %v", m.file, err)
	}
	replaced := map[string]string{}
	var last string
	for _, f := range files {
		name := strings.TrimPrefix(f.OldName, "a/")
		source, err := os.ReadFile(filepath.Join(k.root, name))
		if err != nil {
			t.Fatalf("%s: %v", m.file, err)
		}
		changed, err := change(source, f)
		if err != nil {
			t.Fatalf("%s: %s: %v", m.file, name, err)
		}
		last = filepath.Join(dir, filepath.Base(name))
		if err := os.WriteFile(last, changed, 0o666); err != nil {
			t.Fatal(err)
		}
		replaced[filepath.Join(k.root, name)] = last
	}
	if filepath.Ext(last) != ".go" {
		return k.command(t, last)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replaced})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, overlay, 0o666); err != nil {
		t.Fatal(err)
	}
	need(t, "go")
	// go run, other than go build, keeps what it has linked; -exec gives us that.
	program := filepath.Join(dir, m.program)
	k.make(t, program, "go", "run", "-overlay", file, "-exec", `sh -c 'cp "$0" "`+program+`"'`, "./tools/cmd/"+m.program)
	return []string{program}
}

// change applies a diff to the one place where it fits; the numbers of lines
// are of no importance.
func change(source []byte, f *gitdiff.File) ([]byte, error) {
	for _, fragment := range f.TextFragments {
		var before, after []byte
		for _, line := range fragment.Lines {
			if line.Old() {
				before = append(before, line.Line...)
			}
			if line.New() {
				after = append(after, line.Line...)
			}
		}
		switch bytes.Count(source, before) {
		case 0:
			return nil, fmt.Errorf("the program has changed; nowhere does it say\n%s", before)
		case 1:
			source = bytes.Replace(source, before, after, 1)
		default:
			return nil, errors.New("the change fits more than one place; add context")
		}
	}
	return source, nil
}
