//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"socklab/tools/course/progress"
	"socklab/tools/harness/all"
	"socklab/tools/harness/need"
)

// withAnswers is a checkout whose lesson 1.1 has hints and an answer.
func withAnswers(t *testing.T) string {
	dir := withLesson(t, passes, fails)
	const page = "# 1.1 One\n\n## Break it\n\nIn `tools/one.go`.\n\n<details><summary>Hint</summary>\n\nLook *here*.\n\n</details>\n\n" +
		"<details><summary>Hint</summary>\n\nAnd there.\n\n</details>\n\n<details><summary>Answer</summary>\n\nIt fails.\n\n</details>\n"
	if err := os.WriteFile(filepath.Join(dir, "lessons/1.1-one.md"), []byte(page), 0o666); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestHint(t *testing.T) {
	t.Parallel()
	dir := withAnswers(t)
	if _, out, _ := tell(t, dir, "next"); !strings.Contains(out, "go tool socklab hint 1.1   when you are stuck\n") {
		t.Errorf("%s", out)
	}
	if _, out, _ := tell(t, withLesson(t, passes, passes), "next"); strings.Contains(out, "hint") {
		t.Errorf("it names hints that are not there\n%s", out)
	}
	const one = "1.1, hint 1 of 2: Break it\n\nLook *here*.\n"
	const two = "1.1, hint 2 of 2: Break it\n\nAnd there.\n"
	const more, answer = "\n  go tool socklab hint 1.1  one more\n", "\n  go tool socklab solution 1.1  the answer\n"
	for i, want := range []string{one + more, two + answer, one + "\n" + two + answer, one + "\n" + two + answer} {
		if code, out, errors := tell(t, dir, "hint", "1.1"); code != 0 || out != want || errors != "" {
			t.Errorf("%d: exit code %d, got\n%s%s\nwant\n%s", i, code, out, errors, want)
		}
	}
	for _, want := range all.Of([]struct {
		args   string
		code   int
		errors string
	}{
		{"hint 9.9", 2, "socklab hint: no lesson \"9.9\"; there are 1.1 1.2\n"},
		{"solution", 2, "socklab solution: want one lesson, as 1.1, got 0: []\nusage: "},
		{"reset", 2, "socklab reset: want one lesson, as 1.1, got 0: []\nusage: "},
		{"hint", 2, "socklab hint: want one lesson, as 1.1, got 0: []\nusage: "},
		{"hint 1.2", 1, "socklab hint: lessons/1.2-two.md: "},
		{"solution 9.9", 2, "socklab solution: no lesson \"9.9\"; "},
		{"reset 9.9", 2, "socklab reset: no lesson \"9.9\"; "},
		{"reset 1.1", 1, "socklab reset: git ls-tree: "},
	}, 3) {
		if want.args == "reset 1.1" {
			need.Skip(t, "git")
		}
		if want.args == "hint 1.2" {
			os.Remove(filepath.Join(dir, "lessons/1.2-two.md"))
			want.errors = "socklab hint: lessons/1.2-two.md: open lessons/1.2-two.md: "
		}
		if code, out, errors := tell(t, dir, strings.Fields(want.args)...); code != want.code || out != "" || !strings.HasPrefix(errors, want.errors) {
			t.Errorf("socklab %s: exit code %d, %q, %q", want.args, code, out, errors)
		}
	}
	for verb, usage := range map[string]string{"hint": hintUsage, "solution": solutionUsage, "reset": resetUsage} {
		if code, out, _ := tell(t, dir, verb, "-h"); code != 0 || out != usage {
			t.Errorf("%s -h: %d %s", verb, code, out)
		}
	}
	// A checkout that can't be written to: the first hint, and why not the next.
	os.RemoveAll(filepath.Join(dir, "mine"))
	os.WriteFile(filepath.Join(dir, "mine"), nil, 0o666)
	if code, out, errors := tell(t, dir, "hint", "1.1"); code != 0 || out != one+more || !strings.Contains(errors, "keep the progress: ") {
		t.Errorf("%d %s%s", code, out, errors)
	}
	// A page without hints.
	os.WriteFile(filepath.Join(dir, "lessons/1.1-one.md"), []byte("# 1.1 One\n"), 0o666)
	for verb, want := range map[string]string{"hint": "has no hints yet", "solution": "has no answers yet"} {
		if code, out, errors := tell(t, dir, verb, "1.1"); code != 1 || out != "" || errors != "socklab "+verb+": lesson 1.1 "+want+"\n" {
			t.Errorf("%d %s%s", code, out, errors)
		}
	}
}

// TestHintTask has its hints of the program once that is begun.
func TestHintTask(t *testing.T) {
	all.Skip(t)
	t.Parallel()
	dir := withTask(t)
	page := "# 1.1 One\n"
	for _, section := range []string{"Break it", "Your turn"} {
		page += "\n## " + section + "\n\n<details><summary>Hint</summary>\n\nLook.\n\n</details>\n\n<details><summary>Hint</summary>\n\nAnd there.\n\n</details>\n\n<details><summary>Answer</summary>\n\nSo.\n\n</details>\n"
	}
	save(t, filepath.Join(dir, "lessons/1.1-one.md"), page)
	first := func(want string) {
		t.Helper()
		if _, out, _ := tell(t, dir, "solution", "1.1"); !strings.HasPrefix(out, "## 1.1 One: "+want+"\n") {
			t.Errorf("expected the answer of %s first, got\n%s", want, out)
		}
	}
	first("Break it")
	defer first("Your turn")
	for _, test := range []struct{ begins, want string }{
		{"", "1.1, hint 1 of 4: Break it\n"},
		{"mine/1.1/spoken.py", "1.1, hint 3 of 4: Your turn\n"},
		{"", "1.1, hint 4 of 4: Your turn\n"},
		{"", "1.1, hint 1 of 4: Break it\n"},
	} {
		if test.begins != "" {
			save(t, filepath.Join(dir, test.begins), "")
		}
		if code, out, errors := tell(t, dir, "hint", "1.1"); code != 0 || !strings.HasPrefix(out, test.want) || errors != "" {
			t.Errorf("exit code %d, got\n%s%s\nwant\n%s", code, out, errors, test.want)
		}
	}
}

// TestSolution is asked on a terminal, and says no, yes, ^D and ^C.
func TestSolution(t *testing.T) {
	t.Parallel()
	dir := withAnswers(t)
	env := []string{"NO_COLOR=1", "PAGER=cat"}
	const answer = "## 1.1 One: Break it\n\nIt fails.\n"
	for _, test := range all.Of([]struct {
		keys string
		code int
	}{{"\n", 1}, {"yes\n", 0}, {"n\n", 1}, {"\x04", 1}, {"Y\n", 0}, {"\x03", -1}}, 2) {
		p := seated(t, dir, 80, env, "solution", "1.1")
		p.sees(`Show the answers of lesson 1\.1\? \[y/N\] `, 1)
		p.types(test.keys)
		if all := p.ends(test.code); strings.HasSuffix(all, answer) != (test.code == 0) || test.code == 1 && !strings.Contains(all, "go tool socklab hint 1.1") {
			t.Errorf("after %q it shows\n%s", test.keys, all)
		}
	}
	if all := seated(t, dir, 80, env, "solution", "-y", "1.1").ends(0); all != answer {
		t.Errorf("%s", all)
	}
	if code, out, _ := tell(t, dir, "solution", "1.1"); code != 0 || out != answer {
		t.Errorf("%d %s", code, out)
	}
	tell(t, dir, "check", "1.1")
	if all := seated(t, dir, 80, env, "solution", "1.1").ends(0); all != answer {
		t.Errorf("done, and it asks:\n%s", all)
	}
}

func TestReset(t *testing.T) {
	all.Skip(t)
	t.Parallel()
	need.Skip(t, "git")
	dir := withAnswers(t)
	os.MkdirAll(filepath.Join(dir, "tools"), 0o777)
	program, script := filepath.Join(dir, "tools/one.go"), filepath.Join(dir, "testdata/scripts/1.1-one.txtar")
	os.WriteFile(program, []byte("package one\n"), 0o666)
	for _, args := range [][]string{{"init", "-q"}, {"add", "."}, {"-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qm", "x"}} {
		if out, err := exec.Command("git", append([]string{"-C", dir}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("git %q: %v %s", args, err, out)
		}
	}
	if code, out, errors := tell(t, dir, "reset", "1.1"); code != 0 || errors != "" || out != "Nothing to put back: what lesson 1.1 names is as it was.\n" {
		t.Errorf("%d %s%s", code, out, errors)
	}
	// Done with a script of one's own: still done when that is put back.
	os.WriteFile(script, []byte(passes+"# More.\n"), 0o666)
	os.WriteFile(program, []byte("package mine\n"), 0o666)
	if code, out, errors := tell(t, dir, "check", "1.1"); code != 0 {
		t.Fatalf("%d %s%s", code, out, errors)
	}
	code, out, errors := tell(t, dir, "reset", "1.1")
	if code != 0 || errors != "" || !strings.HasPrefix(out, "testdata/scripts/1.1-one.txtar is as it was; yours is") || !strings.Contains(out, "tools/one.go is as it was; yours is mine/kept/1.1-") {
		t.Errorf("%d %s%s", code, out, errors)
	}
	if text, _ := os.ReadFile(script); string(text) != passes {
		t.Errorf("the script is %s", text)
	}
	if _, out, _ := tell(t, dir, "list"); !strings.Contains(out, "  done     1.1 One") {
		t.Errorf("%s", out)
	}
	kept, _ := filepath.Glob(filepath.Join(dir, progress.Folder, "kept/*/tools/one.go"))
	if len(kept) != 1 {
		t.Fatalf("kept: %q", kept)
	}
	if text, _ := os.ReadFile(kept[0]); string(text) != "package mine\n" {
		t.Errorf("kept: %s", text)
	}
}
