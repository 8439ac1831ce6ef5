package script_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"socklab/tools/harness/need"
	"socklab/tools/harness/netns"
	"socklab/tools/harness/script"
)

// TestLimits has a program go beyond each limit, and one that stays within them.
func TestLimits(t *testing.T) { limits(t) }

// TestGroup has the kernel alone keep the limits that it can keep, where it can.
func TestGroup(t *testing.T) {
	if g := netns.NewGroup(1000, 1<<30); g == nil {
		t.Log("this process may make no control groups: the guard keeps the limits (TestLimits)")
		return
	} else {
		g.End()
	}
	script.GuardRarely(t)
	limits(t, "memory", "threads")
}

func limits(t *testing.T, only ...string) {
	need.Skip(t, "privnet")
	if !netns.Apart() {
		t.Skip("needs PID namespaces")
	}
	dir, outside := t.TempDir(), t.TempDir()
	save := func(file, text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	save(filepath.Join(dir, "limits.txtar"), "# It says so.\nspawn it echo-server\nexpect -t=1m it '^done$'\nexited it\n")
	save(filepath.Join(outside, "file"), "theirs")
	within := script.Limits{Processes: 20, Threads: 1000, Memory: 64 << 20, Written: 8 << 20, Folder: 1 << 20}
	for _, test := range []struct {
		name    string
		limits  script.Limits
		program string
		want    string // "" of one that passes
	}{
		{"processes", script.Limits{Processes: 10}, "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 1000 & done; wait", "more than 10 processes at once"},
		{"memory", script.Limits{Memory: 16 << 20}, "a=0123456789abcdef; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18; do a=$a$a; done; for i in 1 2 3 4 5 6 7 8; do (a=$a$a; sleep 1000; :) & done; wait", "more than 16 MB of memory"},
		{"threads", script.Limits{Threads: 20}, "n=0; while [ $n -lt 30 ]; do sleep 1000 & n=$((n+1)); done; wait", "more than 20 threads at once"},
		{"output", script.Limits{Written: 1 << 20}, "cat /dev/zero", "more than 1 MB written by a process"},
		{"within", within, `head -c 700000 /dev/zero >one || exit 1
head -c 700000 /dev/zero >two && echo room in the folder
head -c 2000000 /dev/zero >three && echo room in a file
[ -e "$0/file" ] && echo seen
echo >"$0/new" || echo >"$0/../new" || echo done`, ""},
	} {
		switch {
		case only == nil && test.name == "threads", only != nil && !slices.Contains(only, test.name):
			continue
		}
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := played(t, dir, "limits", 0, script.Options{
				Limits: test.limits, Hidden: []string{outside},
				Guests: script.Guests{"echo-server": {"sh", "-c", test.program, outside}},
			})
			switch {
			case test.want == "" && (r.Verdict != script.Passed || strings.Contains(r.Log, "room")):
				t.Errorf("%s\n%s", r.Verdict, r.Log)
			case test.want != "" && (r.Failure == nil || r.Failure.Kind != script.TooMuch || !strings.Contains(r.Reason, test.want)):
				t.Errorf("%s %s, want %q\n%s", r.Verdict, r.Reason, test.want, r.Log)
			}
		})
	}
	if text, err := os.ReadFile(filepath.Join(outside, "file")); err != nil || string(text) != "theirs" {
		t.Errorf("%q %v", text, err)
	}
}
