//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"socklab/tools/course/place"
	"socklab/tools/course/progress"
	"socklab/tools/harness/all"
)

// TestMenu sits at a terminal and presses keys.
func TestMenu(t *testing.T) {
	t.Parallel()
	dir := withAnswers(t)
	p := seated(t, dir, 80, []string{"NO_COLOR=1", "PAGER=cat"})
	const keys = `q.quit +\?.keys`
	p.sees("□ 1\\.1 One: a word", 1)
	p.sees(keys, 1)
	for i, step := range []struct{ key, shows string }{
		{"l", `\$ go tool socklab list\r?\n(?s:.*)  open +1\.2 Two`},
		{"h", `\$ go tool socklab hint 1\.1\r?\n1\.1, hint 1 of 2`},
		{"\r", `\$ go tool socklab read 1\.1\r?\n1\.1 One`},
		{"c", `\$ go tool socklab check 1\.1\r?\n(?s:.*)passed +1\.1 One: 2 of 2 steps(?s:.*)■ 1\.1 One`},
	} {
		p.types(step.key)
		p.sees(step.shows, 1)
		p.sees(keys, i+2) // the menu is back
	}
	for _, step := range []struct{ key, shows string }{
		{"n", `□ 1\.2 Two`},
		{"?", `lab 1\.2: a shell on a private network(?s:.*)reset 1\.2: puts a lesson's files back`},
		{"z", `"z" is no key here`},
		{"\x1b[A", `1\.1`},
	} {
		p.types(step.key)
		p.sees(step.shows, 1)
	}
	// ^C ends what was started, and not the menu.
	p.types("w")
	p.sees("is done|Save to check again", 1)
	p.types("\x03")
	p.sees("hides this", 2)
	before := strings.Count(p.all(), "keys")
	p.types("q") // leaves the keys first
	p.sees("keys", before+1)
	p.types("q")
	p.ends(0)
	if left, _ := os.ReadFile(filepath.Join(dir, progress.File)); !strings.Contains(string(left), "1.1 passed ") {
		t.Errorf("the progress is %s", left)
	}
}

// TestMenuEnds leaves the menu in every way.
func TestMenuEnds(t *testing.T) {
	all.Skip(t)
	t.Parallel()
	dir := withAnswers(t)
	for keys, code := range map[string]int{"q": 0, "\x04": 0, "\x1b": 0, "\x03": 130} {
		p := seated(t, dir, 80, nil)
		p.sees("keys", 1)
		p.types(keys)
		p.ends(code)
	}
	p := seated(t, dir, 80, nil)
	p.sees("keys", 1)
	p.types("w")
	p.sees("passed", 1)
	p.cmd.Process.Signal(syscall.SIGTERM)
	p.ends(143)
	if all := seated(t, dir, 80, []string{"TERM=dumb"}).ends(0); strings.Contains(all, "quit") || !strings.Contains(all, "go tool socklab read 1.2") {
		t.Errorf("on a dumb terminal:\n%s", all)
	}
}

// TestMenuLook looks at the menu on terminals of many widths.
func TestMenuLook(t *testing.T) {
	dir := newCheckout(t)
	remember(t, dir)
	course, err := progress.Load(dir, place.Carried)
	if err != nil {
		t.Fatal(err)
	}
	for _, width := range []int{20, 40, 80, 200} {
		for _, m := range []menu{{note: "something is wrong with what was chosen"}, {keys: true, colour: true}} {
			m.course, m.width, m.at = course, width, 1
			text := m.View().Content
			if strings.Contains(text, "\x1b") != m.colour || !strings.Contains(text, "1.2 Four") {
				t.Errorf("%d columns: %q", width, text)
			}
			for line := range strings.Lines(text) {
				if w := ansi.StringWidth(strings.TrimSuffix(line, "\n")); w > width {
					t.Errorf("%d columns, %d: %q", width, w, line)
				}
			}
		}
	}
	for _, o := range offers {
		if o.verb == nil {
			continue
		}
		if text := explained(o, "1.1"); !strings.Contains(text, ": ") {
			t.Errorf("%s: %s", o.key, text)
		}
	}
}
