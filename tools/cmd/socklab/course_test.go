//go:build unix

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"socklab/tools/course/path"
	"socklab/tools/course/progress"
	"socklab/tools/harness/all"
	"socklab/tools/harness/testexec"
)

// newCheckout is a checkout of the lessons and scripts of this repository, and of
// nothing else. Programs are this test binary's.
func newCheckout(t *testing.T) string {
	dir := t.TempDir()
	repository, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"lessons", "testdata"} {
		if err := os.Symlink(filepath.Join(repository, name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module socklab\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	return dir
}

// remember writes the progress: 1.1 is done, the script of 1.2 has changed since.
func remember(t *testing.T, dir string) {
	l := path.Lesson{Number: "1.1", Stem: "1.1-echo"}
	hash, err := l.Hash(os.DirFS(dir))
	if err == nil {
		err = progress.Add(dir, progress.Entry{Lesson: "1.1", Result: progress.Passed, Date: time.Now(), Script: hash},
			progress.Entry{Lesson: "1.2", Result: progress.Passed, Date: time.Now(), Script: "another"})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// tell runs a verb in a folder, without a terminal.
func tell(t *testing.T, dir string, args ...string) (code int, out, errors string) {
	cmd := testexec.Command(t, args...)
	cmd.Args[0] = "socklab" // what it says of itself is folded where the path is long
	cmd.Dir = dir
	var o, e strings.Builder
	cmd.Stdout, cmd.Stderr = &o, &e
	cmd.Run()
	return cmd.ProcessState.ExitCode(), o.String(), e.String()
}

func TestCourse(t *testing.T) {
	t.Parallel()
	dir := newCheckout(t)
	code, out, errors := tell(t, dir)
	if code != 0 || errors != "" || !strings.Contains(out, "1 Hello                   □□□□□\n") || !strings.Contains(out, "\nBegin with 1.1 Echo: how ") {
		t.Errorf("%d %s%s", code, out, errors)
	}
	remember(t, dir)
	for _, test := range all.Of([]struct {
		args        string
		code        int
		out, errors string // what they contain
	}{
		{"", 0, "1 Hello                   ■▣□□□\n2 Kinds of socket         □□□□□□□\n", ""},
		{"", 0, "\nNext: 1.2 Four depths: one exchange as the person saw it, as bytes, as packets,\n      as system calls\nIt was done, and its script has changed since: check it again.\n\n  go tool socklab read 1.2   the page\n", ""},
		{"list", 0, "1 Hello\n  done     1.1 Echo: how does one program say a word to another?\n  changed  1.2 Four depths: one exchange as the person saw it, as bytes, as\n               packets, as system calls\n  open     1.3 Flow: ", ""},
		{"read 1.1-echo", 0, "1.1 Echo\n", ""},
		{"-x", 2, "", "socklab: flag provided but not defined: -x\nusage: "},
		{"read \x1b[2J", 2, "", "socklab read: no lesson \"\\x1b[2J\"; "},
		{"next", 0, "Next: 1.2 Four depths: ", ""},
		{"read 9.9", 2, "", "socklab read: no lesson \"9.9\"; there are 1.1 1.2 "},
		{"next -h", 0, "usage: socklab next\n", ""},
		{"read 1.1", 0, "1.1 Echo\n════════\n\n## Question\n", ""},
		{"-json extra", 2, "", "socklab: -json stands alone, got [\"extra\"] too\nusage: socklab [-json]\n"},
		{"list 1.1", 2, "", "socklab list: takes no lesson, got [\"1.1\"]\nusage: "},
		{"next 1.1", 2, "", "socklab next: takes no argument, got [\"1.1\"]\nusage: "},
		{"read", 2, "", "socklab read: want one lesson, as 1.1, got 0: []\nusage: "},
		{"read 1.1 1.2", 2, "", "socklab read: want one lesson, as 1.1, got 2: "},
		{"read -h", 0, "usage: socklab read [-edit|-web] N.M\n", ""},
		{"list -h", 0, "usage: socklab list ", ""},
	}, 6) {
		code, out, errors := tell(t, dir, strings.Fields(test.args)...)
		if code != test.code || !strings.Contains(out, test.out) || !strings.Contains(errors, test.errors) || (errors == "") != (test.errors == "") {
			t.Errorf("socklab %s: exit code %d, stdout\n%s\nstderr\n%s", test.args, code, out, errors)
		}
	}
	os.WriteFile(filepath.Join(dir, progress.File), []byte("1.1 passed\n"), 0o666)
	if code, out, errors := tell(t, dir, "next"); code != 0 || !strings.Contains(out, "Begin with 1.1") || !strings.Contains(errors, "progress.txt:1: expected LESSON RESULT") {
		t.Errorf("%d %s%s", code, out, errors)
	}
}

// TestListAgrees compares list with lessons/README.md, line by line.
func TestListAgrees(t *testing.T) {
	index, err := os.ReadFile("../../../lessons/README.md")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, line := range regexp.MustCompile(`(?m)^## [0-9].*$|^- \[.*$`).FindAllString(string(index), -1) {
		line = regexp.MustCompile(`^- \[([^]]*)\]\([^)]*\)`).ReplaceAllString(line, "  open     $1")
		want = append(want, strings.TrimPrefix(line, "## "))
	}
	_, out, _ := tell(t, newCheckout(t), "list")
	out = regexp.MustCompile(`\n {15}`).ReplaceAllString(out, " ")
	if got := strings.ReplaceAll(out, "\n\n", "\n"); got != strings.Join(want, "\n")+"\n" {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

func TestCourseJSON(t *testing.T) {
	t.Parallel()
	dir := newCheckout(t)
	remember(t, dir)
	for _, args := range [][]string{{"-json"}, {"list", "-json"}} {
		_, out, errors := tell(t, dir, args...)
		var c progress.Course
		if err := json.Unmarshal([]byte(out), &c); err != nil || errors != "" {
			t.Fatalf("%v\n%s%s", err, out, errors)
		}
		if all := c.Lessons(); len(all) < 37 || all[0].Mark != progress.Done || all[1].Mark != progress.Changed || c.Next.Number != "1.2" || all[0].Last != progress.Passed {
			t.Errorf("%s", out)
		}
	}
}

// TestCourseLook looks at the screens on terminals that differ.
func TestCourseLook(t *testing.T) {
	t.Parallel()
	dir := newCheckout(t)
	remember(t, dir)
	for _, args := range []string{"next", "list", "read 1.2"} {
		for _, test := range all.Of([]struct {
			width  int
			env    []string
			colour bool
		}{
			{40, nil, true}, {80, []string{"NO_COLOR=1"}, false}, {80, nil, true}, {20, nil, true}, {80, []string{"TERM=dumb"}, false},
		}, 1) {
			p := seated(t, dir, test.width, append([]string{"PAGER=cat"}, test.env...), strings.Fields(args)...)
			all := p.ends(0)
			if colour := strings.Contains(all, "\x1b["); colour != test.colour {
				t.Errorf("socklab %s, %+v: colours: %t\n%q", args, test, colour, all)
			}
			for line := range strings.Lines(all) {
				if w := ansi.StringWidth(strings.TrimRight(line, "\n")); w > test.width && w > 26 {
					t.Errorf("socklab %s, %+v: %d columns: %q", args, test, w, line)
				}
			}
		}
	}
}

// TestPager reads a page on a terminal: with a pager, and with one that is not there.
func TestPager(t *testing.T) {
	t.Parallel()
	dir := newCheckout(t)
	pager := filepath.Join(t.TempDir(), "pager")
	script := "#!/bin/sh\nread -r line\necho \"pager: $line, $LESS, for $1\"\nread -r key </dev/tty\necho \"key $key\"\n"
	if err := os.WriteFile(pager, []byte(script), 0o777); err != nil {
		t.Fatal(err)
	}
	p := seated(t, dir, 80, []string{"PAGER=" + pager + " me", "LESS=", "NO_COLOR=1"}, "read", "1.1")
	p.sees("pager: 1.1 Echo, FRX, for me", 1)
	p.types("q\n")
	if all := p.ends(0); !strings.Contains(all, "key q\n") || strings.Contains(all, "Question") {
		t.Errorf("%s", all)
	}
	p = seated(t, dir, 80, []string{"PAGER=no-such-pager"}, "read", "1.1")
	if all := p.ends(0); !strings.Contains(all, `$PAGER is "no-such-pager", and can't be run`) || !strings.Contains(all, "Question") {
		t.Errorf("%s", all)
	}
}

// TestRead opens a page in an editor, and in a browser.
func TestRead(t *testing.T) {
	t.Parallel()
	dir, home := newCheckout(t), t.TempDir()
	reads := func(variable, value string, args ...string) (code int, out string) {
		cmd := testexec.Command(t, append([]string{"read"}, args...)...)
		cmd.Dir, cmd.Env = dir, append(cmd.Env, "HOME="+home, "XDG_CACHE_HOME=", "VISUAL=", "EDITOR=", "BROWSER=", variable+"="+value)
		text, _ := cmd.CombinedOutput()
		return cmd.ProcessState.ExitCode(), string(text)
	}
	if code, out := reads("EDITOR", "echo edits", "-edit", "1.2"); code != 0 || out != "edits "+dir+"/lessons/1.2-four-depths.md\n" {
		t.Errorf("%d %s", code, out)
	}
	if code, out := reads("BROWSER", "cat", "-web", "1.1"); code != 0 || !strings.Contains(out, "<title>1.1 Echo</title>") || !strings.Contains(out, `<a href="1.2-four-depths.html">`) {
		t.Errorf("%d %s", code, out)
	}
	if !all.Asked() {
		return
	}
	if code, out := reads("EDITOR", "false", "-edit", "1.2"); code != 1 || !strings.Contains(out, "with \"false\": exit status 1\n") {
		t.Errorf("%d %s", code, out)
	}
	if code, out := reads("X", "", "-edit", "1.2"); code != 1 || out != "socklab read: -edit opens $VISUAL or $EDITOR, and neither is set\n" {
		t.Errorf("%d %s", code, out)
	}
	if code, out := reads("X", "", "-web", "-edit", "1.1"); code != 2 || !strings.HasPrefix(out, "socklab read: -edit or -web, not both\nusage: ") {
		t.Errorf("%d %s", code, out)
	}
	if code, out := reads("PATH", "/nowhere", "-web", "1.1"); code != 0 || filepath.Base(out) != "1.1-echo.html\n" {
		t.Errorf("without a browser: %d %s", code, out)
	}
}
