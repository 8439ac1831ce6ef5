//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"socklab/tools/course/progress"
	"socklab/tools/harness/all"
	"socklab/tools/harness/need"
)

const (
	spokenScript = "# It speaks.\nspawn it spoken\nexpect it '^one$'\n# It speaks again.\nexpect it '^two$'\nexited it 0\n"
	spokenStart  = "package main\n\nimport \"os\"\n\nfunc main() {\n\tos.Stdout.WriteString(\"nothing\\n\")\n}\n"
)

// withTask is withLesson, and 1.1 has its reader write the program spoken.
func withTask(t *testing.T) string {
	dir := withLesson(t, passes, passes)
	for name, text := range map[string]string{"spoken.txtar": spokenScript, "spoken.go": spokenStart, "contract.txt": "spoken\n\nSays one\x1b[2J, then two.\n"} {
		save(t, filepath.Join(dir, "testdata/exercises/1.1-one/task", name), text)
	}
	return dir
}

// TestTask writes the program of a lesson: the lesson is not done before it passes.
func TestTask(t *testing.T) {
	all.Skip(t)
	need.Skip(t, "go")
	t.Parallel()
	dir := withTask(t)
	remembered := func(want string) {
		t.Helper()
		if text, _ := os.ReadFile(filepath.Join(dir, progress.File)); !strings.Contains(string(text), want) || want == "" && len(text) > 0 {
			t.Errorf("expected %q of the progress, got\n%s", want, text)
		}
	}
	code, out, errors := tell(t, dir, "check", "1.1")
	if code != 0 || errors != "" || !strings.HasSuffix(out, "            Now write spoken: go tool socklab watch 1.1\n") {
		t.Errorf("%d\n%s%s", code, out, errors)
	}
	remembered("")
	p := seated(t, dir, 80, []string{"NO_COLOR=1", "TMUX="}, "watch", "1.1")
	p.sees(`spoken\r\n\r\nSays one␛\[2J, then two\.\r\n\r\nWrite it in mine/1\.1/spoken\.go\.\r\nIn Python: go tool socklab watch -in python 1\.1\r\nWatching mine/1\.1/spoken\.go, testdata`, 1)
	p.sees("failed      1.1 One: 0 of 2 steps passed, .* s, mine/1.1/spoken.go\r\nstep 1 of 2: It speaks. Expected \\^one\\$\r\nSave to", 1)
	p.sees(`Save to check again; \^C ends\. Stuck\? go tool socklab hint 1\.1\r\n`, 1)
	remembered("1.1 failed")
	file := filepath.Join(dir, "mine/1.1/spoken.go")
	for i, test := range []struct{ from, to, sees string }{
		{"nothing", "one\\ntoo", "failed      1.1 One: 1 of 2 steps passed"},
		{"nothing", "one\"", "failed      1.1 One: spoken does not compile\r\n./spoken.go:6:"},
		{"nothing", "one\\ntwo", "passed      1.1 One: 2 of 2 steps"},
	} {
		save(t, file, strings.Replace(spokenStart, test.from, test.to, 1))
		p.sees(test.sees, 1)
		p.sees("Save to check again|Compare: go tool socklab solution 1.1", i+2)
	}
	p.sees(`task/spoken\.txtar:5; read lessons/1\.1-one\.md,\s+"Your\s+turn"\r\n`, 1)
	p.types("\x03")
	p.ends(130)
	remembered("1.1 passed")
	// A script that has changed asks for another check, and nothing of the learner's is
	// ever overwritten.
	save(t, filepath.Join(dir, "testdata/exercises/1.1-one/task/spoken.txtar"), strings.Replace(spokenScript, "again.", "twice.", 1))
	if _, out, _ = tell(t, dir, "list"); !strings.Contains(out, "changed  1.1") {
		t.Errorf("%s", out)
	}
	if code, out, errors = tell(t, dir, "check", "-in", "go", "1.1"); code != 0 || !strings.HasPrefix(out, "passed      1.1 One: 2 of 2 steps, ") {
		t.Errorf("%d\n%s%s", code, out, errors)
	}
	if text, _ := os.ReadFile(file); !strings.Contains(string(text), "one\\ntwo") {
		t.Errorf("it is\n%s", text)
	}
	// In another language it is another program, which is not begun.
	if code, out, errors = tell(t, dir, "check", "-in", "python", "1.1"); code != 0 || !strings.Contains(out, "Now write spoken") {
		t.Errorf("%d\n%s%s", code, out, errors)
	}
	// Any command may be it, and then the lesson is done as well.
	if err := os.Remove(filepath.Join(dir, progress.File)); err != nil {
		t.Fatal(err)
	}
	if code, out, errors = tell(t, dir, "check", "-prog", "spoken=printf 'one\\ntwo\\n'", "1.1"); code != 0 || !strings.HasPrefix(out, "passed      1.1 One: 2 of 2 steps, ") {
		t.Errorf("%d\n%s%s", code, out, errors)
	}
	if _, out, _ = tell(t, dir, "list"); !strings.Contains(out, "done     1.1") {
		t.Errorf("%s", out)
	}
	if code, out, errors = tell(t, dir, "check", "-in", "c", "1.1"); code != 2 || !strings.HasPrefix(errors, "socklab check: -in \"c\": want go or python; ") {
		t.Errorf("%d\n%s%s", code, out, errors)
	}
}
