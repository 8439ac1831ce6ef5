//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"socklab/tools/harness/all"
	"socklab/tools/harness/need"
	"socklab/tools/harness/testexec"
)

// TestWatchInTmux has tmux open the editor: where both have room beside each other, above
// each other, or nowhere but in a window of its own.
func TestWatchInTmux(t *testing.T) {
	t.Parallel()
	need.Skip(t, "go", "tmux")
	words := strings.TrimSpace(strings.Repeat("contract ", 20))
	for _, test := range all.Of([]struct {
		wide, high   string
		panes, print string
	}{
		{"170", "24", `^85 24\n84 24\n$`, `^(contract ){8}contract\n(contract ){8}contract\ncontract contract\n\nWrite it in mine/1\.1/spoken\.go\.\n`},
		{"80", "50", `^80 25\n80 24\n$`, `^(contract ){8}contract\n(?s:.*)Write it in mine/1\.1/spoken\.go\.\n`},
		{"80", "24", `^80 24\n80 24\n$`, `^(contract ){8}contract\n(?s:.*)Write it in mine/1\.1/spoken\.go: C-b 1 goes to its window, C-b l comes back\.\n`},
	}, 1) {
		dir := withTask(t)
		save(t, filepath.Join(dir, "testdata/exercises/1.1-one/task/contract.txt"), words+"\n")
		tmux := func(args ...string) string {
			cmd := exec.Command("tmux", append([]string{"-S", filepath.Join(dir, "tmux"), "-f", "/dev/null"}, args...)...)
			cmd.Env = append(testexec.Command(t).Env, "SHELL=/bin/sh", "TERM=xterm", "NO_COLOR=1", "VISUAL=", "EDITOR=tail -f")
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Errorf("tmux %q: %v\n%s", args, err, out)
			}
			return string(out)
		}
		defer exec.Command("tmux", "-S", filepath.Join(dir, "tmux"), "kill-server").Run()
		tmux("new-session", "-d", "-x", test.wide, "-y", test.high, "-c", dir, os.Args[0], "watch", "1.1")
		shown := ""
		for late := time.Now().Add(testexec.TooLong); !strings.Contains(shown, "Save to check again"); time.Sleep(10 * time.Millisecond) {
			if shown = tmux("capture-pane", "-p", "-S", "-", "-t", "%0"); time.Now().After(late) {
				t.Fatal(shown)
			}
		}
		if panes := tmux("list-panes", "-s", "-F", "#{pane_width} #{pane_height}"); !regexp.MustCompile(test.panes).MatchString(panes) {
			t.Errorf("%sx%s: expected panes of %s, got\n%s", test.wide, test.high, test.panes, panes)
		}
		if !regexp.MustCompile(test.print).MatchString(shown) {
			t.Errorf("%sx%s: expected %s, got\n%s", test.wide, test.high, test.print, shown)
		}
	}
}

// TestWatchWithoutEditor names an editor that is not there: tmux would open a window that
// is gone at once.
func TestWatchWithoutEditor(t *testing.T) {
	t.Parallel()
	p := seated(t, withTask(t), 80, []string{"TMUX=none", "VISUAL=", "EDITOR=no-such-editor -f"}, "watch", "1.1")
	p.sees(`is no-such-editor, and there is no such program: open the file yourself`, 1)
	p.sees("Save to check again", 1)
	p.types("\x03")
	if all := p.ends(130); strings.Contains(all, "its window") {
		t.Errorf("it has opened something\n%s", all)
	}
}
