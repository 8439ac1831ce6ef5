//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"socklab/tools/course/progress"
	"socklab/tools/harness/all"
	"socklab/tools/harness/procfs"
	"socklab/tools/harness/testexec"
)

const speaks = "# It speaks.\nspawn server echo-server\nexpect server '^one$'\n# It speaks again.\nexpect server '^two$'\nexited server\n"

// save writes a file as many editors do: another in its place.
func save(t *testing.T, file, text string) {
	t.Helper()
	os.MkdirAll(filepath.Dir(file), 0o777)
	if err := os.WriteFile(file+"~", []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file+"~", file); err != nil {
		t.Fatal(err)
	}
}

// TestWatch writes a program save by save: from nothing, over half of it, one that
// hangs, one that crashes and one that spins, to one that passes.
func TestWatch(t *testing.T) {
	t.Parallel()
	dir, temp := withLesson(t, speaks, passes), t.TempDir()
	file := filepath.Join(dir, "mine/server.sh")
	os.Mkdir(filepath.Dir(file), 0o777)
	p := seated(t, dir, 80, []string{"TMPDIR=" + temp, "NO_COLOR=1"}, "watch", "1.1", "-prog", "echo-server=sh mine/server.sh")
	p.sees("Watching testdata/scripts/1.1-one.txtar, mine/server.sh, our programs in tools", 1)
	p.sees("there is no mine/server.sh", 1)
	p.sees("Save to check again; \\^C ends.", 1)
	wrong := all.Of([]string{
		"", "echo one; echo too", "echo one; kill -SEGV $$", "echo one; sleep 1000", "echo one; while :; do :; done",
	}, 3)
	for i, text := range wrong {
		save(t, file, text)
		p.sees("── \\d\\d:\\d\\d:\\d\\d mine/server.sh", i+1)
		p.sees("Save to check again; \\^C ends.", i+2)
	}
	save(t, file, "echo one; echo two")
	p.sees("1.1 One is done.\r\nNext: go tool socklab read 1.2", 1)
	// A save begins a check anew, and so does one of the script.
	before := len(p.all())
	save(t, file, "echo one; while :; do sleep 0.1; echo more; done")
	for late := time.Now().Add(testexec.TooLong); !strings.Contains(p.all()[before:], "line 5: expect server"); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatalf("it does not wait\n%s", p.all())
		}
	}
	save(t, filepath.Join(dir, "testdata/scripts/1.1-one.txtar"), strings.Replace(speaks, "'^two$'", "'^more$'\nkey server ^C", 1)+"INT\n")
	p.sees("── \\d\\d:\\d\\d:\\d\\d testdata/scripts/1.1-one.txtar", 1)
	p.sees("Save to check again; \\^C ends.|1.1 One is done", len(wrong)+3)
	for until := time.Now().Add(300 * time.Millisecond); time.Now().Before(until) && !strings.Contains(p.all(), "progress.txt"); {
		time.Sleep(10 * time.Millisecond)
	}
	p.types("\x03")
	raw := p.ends(130)
	shown := ansi.Strip(raw)
	for _, want := range []string{
		"failed      1.1 One: 0 of 2 steps passed, ", "failed      1.1 One: 1 of 2 steps passed, ",
		"step 2 of 2: It speaks again.\nexpect server: wrong bytes: server ", "got       too\\n\n           ^ wanted wo$",
		"crashed: server killed by SIGSEGV",
		"check -v -prog 'echo-server=sh mine/server.sh' 1.1 shows all",
	} {
		if !strings.Contains(shown, want) {
			t.Errorf("no %q in\n%s", want, shown)
		}
	}
	// One is silent and one spins. How soon that is known depends on how busy the machine is.
	if hung := strings.Count(shown, "hung: server says nothing more; waited "); hung != len(wrong)-3 {
		t.Errorf("expected %d servers to hang, got %d\n%s", len(wrong)-3, hung, shown)
	}
	for what, not := range map[string]string{"it clears the screen": "\x1b[2J", "what it writes itself counts as saved": "progress.txt", "the check before the last went on": "interrupted"} {
		if strings.Contains(raw, not) {
			t.Errorf("%s\n%s", what, shown)
		}
	}
	if left, _ := os.ReadDir(temp); len(left) > 0 {
		t.Errorf("it left %v", left)
	}
	if text, _ := os.ReadFile(filepath.Join(dir, progress.File)); !strings.Contains(string(text), "1.1 passed ") {
		t.Errorf("the progress is\n%s", text)
	}
}

// TestWatchInterrupted ends watch in the middle of a check.
func TestWatchInterrupted(t *testing.T) {
	t.Parallel()
	for _, sig := range all.Of([]syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP}, 1) {
		dir, temp := withLesson(t, "# It waits.\nspawn alice sleep 1000\nexited -t=1m alice\n", passes), t.TempDir()
		p := seated(t, dir, 80, []string{"TMPDIR=" + temp}, "watch", "1.1")
		p.sees("line 3: exited", 1)
		inside := procfs.Descendants(p.cmd.Process.Pid)
		if sig == syscall.SIGINT {
			p.types("\x03")
		} else {
			p.cmd.Process.Signal(sig)
		}
		p.ends(128 + int(sig))
		if left, _ := os.ReadDir(temp); len(left) > 0 {
			t.Errorf("%v: it left %v", sig, left)
		}
		for _, pid := range inside {
			if syscall.Kill(pid, 0) == nil {
				t.Errorf("%v: process %d is left", sig, pid)
			}
		}
	}
}

func TestWatchMisused(t *testing.T) {
	t.Parallel()
	dir := withLesson(t, passes, passes)
	for args, want := range map[string]string{
		"watch":                "socklab watch: want one lesson, as 1.1, got 0: []\nusage: ",
		"watch 9.9":            "socklab watch: no lesson \"9.9\"; there are 1.1 1.2\n",
		"watch -prog true 1.1": "socklab watch: -prog \"true\": want NAME=COMMAND\nusage: ",
		"watch -x 1.1":         "socklab watch: flag provided but not defined: -x\nusage: ",
	} {
		if code, out, errors := tell(t, dir, strings.Fields(args)...); code != 2 || out != "" || !strings.HasPrefix(errors, want) {
			t.Errorf("socklab %s: exit code %d, %q, %q", args, code, out, errors)
		}
	}
	if code, out, _ := tell(t, dir, "watch", "-h"); code != 0 || out != watchUsage {
		t.Errorf("%d %s", code, out)
	}
}
