//go:build unix

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"socklab/tools/course/progress"
	"socklab/tools/harness/all"
	"socklab/tools/harness/need"
	"socklab/tools/harness/testexec"
)

// withLesson is a checkout of one part that has the lessons 1.1 and 1.2, with these
// scripts.
func withLesson(t *testing.T, first, second string) string {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":                         "module socklab\n\ngo 1.26\n",
		"lessons/README.md":              "# The path\n\n## 1 Hello\n\n- [1.1 One](1.1-one.md): a word\n- [1.2 Two](1.2-two.md)\n",
		"lessons/1.1-one.md":             "# 1.1 One\n\n## What happened\n\nA page.\n",
		"testdata/scripts/1.1-one.txtar": first,
		"testdata/scripts/1.2-two.txtar": second,
	} {
		file := filepath.Join(dir, name)
		os.MkdirAll(filepath.Dir(file), 0o777)
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const (
	passes = "# Alice speaks.\nspawn alice echo one\nexpect alice '^one$'\n# She leaves.\nexited alice\n"
	fails  = "# Bob speaks.\nspawn bob sh -c 'echo one; echo two'\nexpect bob '^one$'\n# He speaks again.\nexpect bob '^too$'\nexited bob\n"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	dir := withLesson(t, passes, fails)
	file := filepath.Join(dir, progress.File)
	remembered := func(want string) {
		t.Helper()
		text, _ := os.ReadFile(file)
		if !regexp.MustCompile(`^` + want + `$`).Match(text) {
			t.Errorf("the progress is\n%s\nwant\n%s", text, want)
		}
	}
	// Without a number what was not done stays open.
	code, out, errors := tell(t, dir, "check")
	if code != 1 || errors != "" || !regexp.MustCompile(`^passed      1\.1 One: 2 of 2 steps, \d\.\d s\nfailed      1\.2 Two: 1 of 2 steps passed, \d\.\d s\n            \S+1\.2-two\.txtar:5: expect bob: wrong bytes: .*\n$`).MatchString(out) {
		t.Errorf("%d\n%s%s", code, out, errors)
	}
	remembered("")
	if code, out, errors = tell(t, dir, "check", "1.1"); code != 0 || errors != "" || !strings.HasPrefix(out, "passed ") {
		t.Errorf("%d\n%s%s", code, out, errors)
	}
	remembered(`# LESSON .*\n1\.1 passed \S+Z [0-9a-f]{16}\n`)
	// A failure fits on a screen: its step, its cause and a caret, and how to see more.
	code, out, errors = tell(t, dir, "check", "1.2", "1.2")
	lines := strings.Split(out, "\n")
	const brief = "step 2 of 2: He speaks again.\nexpect bob: wrong bytes: bob exited 0 after"
	const differs = "\n\nexpected  ^too$\ngot       two\\n\n           ^ wanted oo$\n\ntestdata/scripts/1.2-two.txtar:5\ngo tool socklab check -v 1.2 shows all\n"
	if code != 1 || errors != "" || len(lines) > 16 || !strings.Contains(out, brief) || !strings.HasSuffix(out, differs) {
		t.Errorf("%d, %d lines\n%s%s", code, len(lines), out, errors)
	}
	remembered(`# LESSON .*\n1\.1 passed .*\n1\.2 failed .*\n`)
	if _, out, _ = tell(t, dir, "check", "-v", "1.2"); !strings.Contains(out, "\nactors\n  bob        sh -c 'echo one; echo two': exited 0") && !strings.Contains(out, "\nactors\n  bob ") {
		t.Errorf("%s", out)
	}
	if _, out, _ = tell(t, dir, "next"); !strings.Contains(out, "Next: 1.2 Two\n") || !strings.Contains(out, ", it failed.\n") {
		t.Errorf("%s", out)
	}
	for _, test := range all.Of([]struct {
		args   string
		code   int
		errors string
	}{
		{"check 1.1 9.9", 2, "socklab check: no lesson \"9.9\"; there are 1.1 1.2\n"},
		{"check -x", 2, "socklab check: flag provided but not defined: -x\nusage: socklab check "},
		{"check -prog x=true 1.1", 2, "socklab check: -prog \"x=true\": no program \"x\""},
		{"check -update", 2, "socklab check: -update rewrites the lessons that are named, "},
		{"check -update -prog echo-server=true 1.1", 2, "socklab check: -update rewrites the lessons that are named, "},
		{"check -prog echo-server=true", 2, "socklab check: no lesson starts the programs that -prog names\n"},
	}, 2) {
		if code, out, errors := tell(t, dir, strings.Fields(test.args)...); code != test.code || out != "" || !strings.HasPrefix(errors, test.errors) {
			t.Errorf("socklab %s: exit code %d, %q, %q", test.args, code, out, errors)
		}
	}
	if code, out, _ := tell(t, dir, "check", "-h"); code != 0 || out != checkUsage {
		t.Errorf("%d %s", code, out)
	}
	if code, out, _ := tell(t, dir, "check", "-prog", "echo-server=true", "1.1"); code != 3 || out != "not judged  1.1 One: the script does not start echo-server\n" {
		t.Errorf("%d %s", code, out)
	}
}

// TestCheckUpdate rewrites a transcript. The lesson is done then, and not changed since.
func TestCheckUpdate(t *testing.T) {
	all.Skip(t)
	t.Parallel()
	const compared = "# Alice speaks.\nspawn alice echo one\nexited alice\nscreen alice\ncmp stdout alice.want\n-- alice.want --\n$ echo one\n"
	dir := withLesson(t, compared+"two\n", passes)
	if code, out, _ := tell(t, dir, "check", "1.1"); code != 1 || !strings.Contains(out, "\nexpected  two\ngot       one\n") {
		t.Errorf("%d\n%s", code, out)
	}
	code, out, errors := tell(t, dir, "check", "-update", "1.1", "1.2")
	if code != 0 || errors != "" || !regexp.MustCompile(`^passed      1\.1 One: 1 of 1 steps, \d\.\d s, transcripts rewritten\npassed      1\.2 Two: 2 of 2 steps, \d\.\d s\n$`).MatchString(out) {
		t.Errorf("%d\n%s%s", code, out, errors)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "testdata/scripts/1.1-one.txtar")); err != nil || string(text) != compared+"one\n" {
		t.Errorf("%v: the script is %q", err, text)
	}
	if _, out, _ := tell(t, dir, "list"); !strings.Contains(out, "  done     1.1 One") {
		t.Errorf("%s", out)
	}
}

// TestCheckLesson checks a lesson of this repository, with our programs and with
// others.
func TestCheckLesson(t *testing.T) {
	all.Skip(t)
	t.Parallel()
	dir := newCheckout(t)
	if code, out, errors := tell(t, dir, "check", "1.1"); code != 0 || errors != "" || !strings.HasPrefix(out, "passed      1.1 Echo: 5 of 5 steps, ") || !strings.HasSuffix(out, " Now write greeter: go tool socklab watch 1.1\n") {
		t.Errorf("%d\n%s%s", code, out, errors)
	}
	if code, out, errors := tell(t, dir, "check", "1.1", "-prog", "echo-server=true"); code != 1 || errors != "" || !strings.Contains(out, "\nexpect server: never listened: server exited 0 after ") {
		t.Errorf("%d\n%s%s", code, out, errors)
	}
	if code, out, _ := tell(t, dir, "list"); code != 0 || !strings.Contains(out, "  open     1.1 Echo") {
		t.Errorf("%s", out)
	}
}

// TestCheckCompiles has a program that does not compile.
func TestCheckCompiles(t *testing.T) {
	need.Skip(t, "go")
	t.Parallel()
	dir := withLesson(t, "# One.\nspawn server echo-server\nexited server\n", passes)
	file := filepath.Join(dir, "tools/cmd/echo-server/main.go")
	os.MkdirAll(filepath.Dir(file), 0o777)
	if err := os.WriteFile(file, []byte("package main\n\nfunc main() { sayy() }\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	code, out, errors := tell(t, dir, "check", "1.1")
	if code != 1 || errors != "" || !strings.HasPrefix(out, "failed      1.1 One: echo-server does not compile\n") || !strings.Contains(out, "main.go:3:15: undefined: sayy\n") {
		t.Errorf("%d\n%s%s", code, out, errors)
	}
	if !all.Asked() {
		return
	}
	// What was mended is built anew.
	if err := os.WriteFile(file, []byte("package main\n\nfunc main() {}\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if code, out, errors := tell(t, dir, "check", "1.1"); code != 0 || errors != "" {
		t.Errorf("%d\n%s%s", code, out, errors)
	}
}

// TestCheckUnbuilt has a changed program in a checkout where none can be built.
func TestCheckUnbuilt(t *testing.T) {
	t.Parallel()
	dir := withLesson(t, "# One.\nspawn server echo-server $ADDR\nexpect server '^listening'\nkey server ^C\nexited server\n", passes)
	for name, text := range map[string]string{"lessons/1.1-one.md": "# 1.1 One\n\nIn `tools/echo/server.go`.\n", "tools/echo/server.go": "package mine\n"} {
		file := filepath.Join(dir, name)
		os.MkdirAll(filepath.Dir(file), 0o777)
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	code, out, errors := tell(t, dir, "check", "1.1")
	if code != 0 || !strings.HasPrefix(out, "passed ") || !strings.HasPrefix(errors, "socklab check: tools/echo/server.go is not as this socklab has it, and is not played here: the programs can't be built, and the binary has its own: ") || strings.Count(errors, "\n") != 1 {
		t.Errorf("%d\n%s%s", code, out, errors)
	}
}

// TestCheckReadOnly has a checkout to which nothing can be written.
func TestCheckReadOnly(t *testing.T) {
	t.Parallel()
	dir := withLesson(t, passes, passes)
	if err := os.WriteFile(filepath.Join(dir, "mine"), nil, 0o666); err != nil { // root may write to any folder
		t.Fatal(err)
	}
	code, out, errors := tell(t, dir, "check", "1.1", "1.2")
	if code != 0 || strings.Count(out, "passed ") != 2 || strings.Count(errors, "socklab check: keep the progress: ") != 1 || strings.Count(errors, "\n") != 1 {
		t.Errorf("%d\n%s%s", code, out, errors)
	}
}

// TestCheckInterrupted types ^C while a script waits.
func TestCheckInterrupted(t *testing.T) {
	t.Parallel()
	dir, temp := withLesson(t, "# Alice waits.\nspawn alice sleep 1000\nexited -t=1m alice\n", passes), t.TempDir()
	p := seated(t, dir, 80, []string{"TMPDIR=" + temp}, "check", "1.1")
	p.sees(`… \d+ s: 1\.1 step 1, line 3: exited -t=1m alice`, 1)
	p.types("\x03")
	if all := ansi.Strip(p.ends(130)); !strings.HasSuffix(all, "interrupted: 1.1 step 1, line 3: exited -t=1m alice\n") {
		t.Errorf("it ends with\n%s", all)
	}
	if left, _ := os.ReadDir(temp); len(left) > 0 {
		t.Errorf("it left %v", left)
	}
	if _, err := os.Stat(filepath.Join(dir, progress.File)); err == nil {
		t.Error("it remembers something")
	}
}

// TestCheckLook checks on terminals that differ.
func TestCheckLook(t *testing.T) {
	all.Skip(t)
	t.Parallel()
	dir := withLesson(t, passes, fails)
	for _, test := range []struct {
		width  int
		env    []string
		colour bool
	}{{40, nil, true}, {80, []string{"NO_COLOR=1"}, false}, {80, nil, true}, {80, []string{"TERM=dumb"}, false}} {
		all := seated(t, dir, test.width, test.env, "check", "1.2").ends(1)
		if colour := regexp.MustCompile("\x1b\\[[0-9;]*m").MatchString(all); colour != test.colour {
			t.Errorf("%+v: colours: %t\n%q", test, colour, all)
		}
		for line := range strings.Lines(all) {
			if w := ansi.StringWidth(strings.TrimSuffix(line[strings.LastIndex(line, "\r")+1:], "\n")); w > test.width {
				t.Errorf("%+v: %d columns: %q", test, w, line)
			}
		}
	}
}

// TestCheckClosedPipe reads one line, as head -1 does.
func TestCheckClosedPipe(t *testing.T) {
	all.Skip(t)
	t.Parallel()
	dir := withLesson(t, passes, "# Bob speaks late.\nspawn bob sh -c 'sleep 1; echo two'\nexpect bob '^two$'\nexited bob\n")
	cmd := testexec.Command(t, "check")
	cmd.Dir = dir
	errors := readLine(t, cmd)
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 141 || errors.Len() > 0 {
		t.Errorf("exit code %d, stderr %q", code, errors.String())
	}
}
