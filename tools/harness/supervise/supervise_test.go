//go:build unix

package supervise

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"socklab/tools/harness/procfs"
)

// as is an environment variable that makes a test binary run one of the ends below.
const as = "SOCKLAB_TEST_END"

var network = flag.String("network", "auto", "private, host, or auto")

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(M{Tests: m, Network: *network}.Run())
}

// TestEnd runs in the binaries that TestEnds starts.
func TestEnd(t *testing.T) {
	Begin(t)
	fmt.Println("begun in", os.TempDir())
	switch os.Getenv(as) {
	case "fail":
		t.Fail()
	case "exit 0":
		os.Exit(0)
	case "group killed":
		syscall.Kill(0, syscall.SIGTERM) // as a program under test may
	case "daemon":
		cmd := exec.Command("sh", "-c", "(env -i sleep 1000 </dev/null >/dev/null 2>&1 &)")
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		if err := cmd.Run(); err != nil {
			t.Error(err)
		}
	case "hang":
		os.WriteFile(filepath.Join(os.TempDir(), "file"), nil, 0o666)
		os.Mkdir(filepath.Join(os.TempDir(), "closed"), 0)
		select {}
	}
}

// TestEnds ends a run in every way. Only a run whose tests passed may count as
// passed, and none may leave anything behind.
func TestEnds(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		end, flag string
		signal    syscall.Signal
		code      int
		want      string
	}{
		{end: "pass", code: 0, want: "PASS"},
		{end: "fail", code: 1, want: "FAIL"},
		{end: "group killed", code: 0, want: "PASS"},
		{end: "daemon", flag: "-network=host", code: 0, want: "the tests left 1 processes behind, now killed"},
		{end: "exit 0", code: 1, want: "could not tell: the tests ended without a result: exit status 0"},
		{end: "hang", signal: syscall.SIGKILL, code: 1, want: "could not tell: the tests ended without a result: "},
		{end: "hang", signal: syscall.SIGTERM, code: 1, want: "could not tell: the tests were ended by a signal (terminated); 1 had not ended:\n  TestEnd\n"},
		{end: "hang", signal: syscall.SIGINT, code: 1, want: "ended by a signal (interrupt)"},
		{end: "hang", signal: syscall.SIGHUP, code: 1, want: "ended by a signal (hangup)"},
		{end: "hang", signal: syscall.SIGQUIT, code: 1, want: "TestEnd"},
		{end: "hang", flag: "-test.timeout=2s", code: 1, want: "could not tell: the tests' time is over (go test -timeout=2s; more makes nothing wrong); 1 had not ended:\n  TestEnd\n"},
	} {
		t.Run(test.end+" "+test.signal.String()+test.flag, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			os.Mkdir(filepath.Join(dir, prefix+"1"), 0o700) // as by a run that was killed
			others := filepath.Join(dir, "socklab-script-1")
			os.Mkdir(others, 0o700) // somebody else's
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, self, "-test.run=^TestEnd$", "-test.v", test.flag)
			if test.flag == "" {
				cmd.Args = cmd.Args[:3]
			}
			cmd.Env = append(os.Environ(), as+"="+test.end, "GOTMPDIR="+dir)
			begun := &lookout{word: "begun in", seen: make(chan struct{})}
			cmd.Stdout, cmd.Stderr = begun, begun
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if test.signal != 0 {
				select {
				case <-begun.seen:
				case <-ctx.Done():
				}
				to := cmd.Process.Pid
				if test.signal == syscall.SIGKILL {
					to = procfs.Descendants(to)[0] // the process of the tests
				}
				if err := syscall.Kill(to, test.signal); err != nil {
					t.Error(err)
				}
			}
			cmd.Wait()
			said := begun.said.String()
			if code := cmd.ProcessState.ExitCode(); code != test.code || !strings.Contains(said, test.want) || strings.Contains(said, "panic:") {
				t.Errorf("exit %d, want %d; said\n%s\nwant\n%s", code, test.code, said, test.want)
			}
			if err := os.Remove(others); err != nil {
				t.Errorf("somebody else's folder: %v", err)
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v %v", left, err)
			}
		})
	}
}

// TestKilledOuter kills the process that would clean up. The next run removes its
// folder, and leaves the folder of a running one alone.
func TestKilledOuter(t *testing.T) {
	parent := t.TempDir()
	t.Setenv("GOTMPDIR", parent)
	alive, err := newFolder()
	if err != nil {
		t.Fatal(err)
	}
	killed, err := newFolder()
	if err != nil {
		t.Fatal(err)
	}
	killed.lock.Close() // as the kernel does when a process ends
	next, err := newFolder()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []struct {
		*folder
		there bool
	}{{alive, true}, {killed, false}, {next, true}} {
		if _, err := os.Stat(f.path); (err == nil) != f.there {
			t.Errorf("%s: %v, want there: %v", f.path, err, f.there)
		}
	}
	alive.remove()
	next.remove()
	if left, _ := os.ReadDir(parent); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// A lookout is a writer that reports when a word was written to it.
type lookout struct {
	said bytes.Buffer
	word string
	seen chan struct{}
}

func (l *lookout) Write(b []byte) (int, error) {
	n, err := l.said.Write(b)
	if l.word != "" && strings.Contains(l.said.String(), l.word) {
		l.word = ""
		close(l.seen)
	}
	return n, err
}
