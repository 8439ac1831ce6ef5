package netns_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"socklab/tools/harness/actor"
	"socklab/tools/harness/netns"
	"socklab/tools/harness/procfs"
	"socklab/tools/harness/pty"
)

// TestKeptApart has shells try to reach their judge and other scripts, which a
// program must not be able to do.
func TestKeptApart(t *testing.T) {
	if !netns.Apart() {
		t.Skip("needs a private network: leave -network=host out")
	}
	work, checkout := t.TempDir(), filepath.Dir(filepath.Dir(filepath.Dir(must(t)(os.Getwd()))))
	bystander := exec.Command("sleep", "1000")
	if err := bystander.Start(); err != nil {
		t.Fatal(err)
	}
	defer bystander.Wait()
	defer bystander.Process.Kill()
	for _, test := range []struct{ name, command, want string }{
		{"kills everybody", `kill -KILL -1; echo $?`, "*"},
		{"kills its parent", `trap "" TERM; kill -TERM $PPID; echo $?`, "0"}, // 0 stands for the sender's own group: the shell has no parent here
		{"lists processes", `set -- /proc/[0-9]*; echo $#`, "2"},             // process 1 and the shell
		{"has capabilities", `while read name value; do case $name in Cap[EPA]*) echo $value;; esac; done </proc/self/status`,
			"0000000000000000\n0000000000000000\n0000000000000000"},
		{"writes the checkout", `{ echo wrong >'` + checkout + `/wrong'; } 2>/dev/null || echo no`, "no"},
		{"writes another script's folder", `{ echo wrong >` + work + `/../wrong; } 2>/dev/null || echo no`, "no"},
		{"writes its own folder", `echo right >` + work + `/right && echo yes`, "yes"},
		{"enters its judge's folder", `ls /proc/1/cwd/ 2>/dev/null || echo no`, "no"},
		{"reads its judge's memory", `cat /proc/1/environ 2>/dev/null || echo no`, "no"},
	} {
		t.Run(test.name, func(t *testing.T) {
			said := make(chan string)
			go func() {
				n, err := netns.Join(work)
				if err != nil {
					said <- err.Error()
					return
				}
				out, _ := exec.Command("sh", "-c", test.command).Output()
				n.Leave()
				said <- strings.TrimSpace(string(out))
			}()
			if got := <-said; got != test.want && test.want != "*" {
				t.Errorf("%s: got %q, want %q", test.command, got, test.want)
			}
			if err := bystander.Process.Signal(syscall.Signal(0)); err != nil {
				t.Fatalf("%s: the bystander: %v", test.command, err)
			}
		})
	}
}

// TestProcesses lists the programs on a network, and nobody who has our memory.
func TestProcesses(t *testing.T) {
	if !netns.Apart() {
		t.Skip("needs a private network: leave -network=host out")
	}
	ended := make(chan struct{})
	go func() { // the thread that joins ends with it
		defer close(ended)
		n, err := netns.Join("")
		if err != nil {
			t.Error(err)
			return
		}
		defer n.Leave()
		cmd := exec.Command("sleep", "1000")
		if err := cmd.Start(); err != nil {
			t.Error(err)
			return
		}
		if got := n.Processes(); !slices.Equal(got, []int{cmd.Process.Pid}) {
			t.Errorf("got %v, want %d alone", got, cmd.Process.Pid)
		}
		n.Kill()
		cmd.Wait()
	}()
	<-ended
}

// TestLeftBehind finds a daemon that has left its session and cleared its
// environment.
func TestLeftBehind(t *testing.T) {
	if !netns.Apart() {
		t.Skip("needs a private network: leave -network=host out")
	}
	done := make(chan int)
	go func() {
		n, err := netns.Join("")
		if err != nil {
			t.Error(err)
		}
		cmd := exec.Command("sh", "-c", "(env -i sleep 1000 </dev/null >/dev/null 2>&1 &)")
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		if err := cmd.Run(); err != nil {
			t.Error(err)
		}
		left := n.Left()
		n.Leave()
		done <- len(left)
	}()
	if left := <-done; left != 1 {
		t.Errorf("got %d processes left behind, want 1", left)
	}
}

// TestHolding has a process on a terminal of another instance of devpts, as scripts
// of two runs have them. Our terminal of the same name is another.
func TestHolding(t *testing.T) {
	if !netns.Apart() {
		t.Skip("needs a private network: leave -network=host out")
	}
	master, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer tty.Close()
	other := exec.Command("sh", "-c", "read x")
	err = withMounts(func() error {
		if err := unix.Mount("devpts", "/dev/pts", "devpts", 0, "newinstance,ptmxmode=0666"); err != nil {
			return err
		}
		for name := ""; name != tty.Name(); {
			master, tty, err := pty.Open()
			if err != nil {
				return err
			}
			t.Cleanup(func() { master.Close() })
			defer tty.Close()
			name, other.Stdin = tty.Name(), tty
		}
		return other.Start()
	})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Wait()
	defer other.Process.Kill()
	if got, want := procfs.Holding(tty.Name()), []int{os.Getpid()}; !slices.Equal(got, want) {
		t.Errorf("%s is held by %d, want %d; another terminal of that name is held by %d",
			tty.Name(), got, want, other.Process.Pid)
	}
}

// TestPeer starts a program where /dev/ptmx makes terminals of another instance of devpts
// than the one at /dev/pts.
func TestPeer(t *testing.T) {
	if !netns.Apart() {
		t.Skip("needs a private network: leave -network=host out")
	}
	far := t.TempDir()
	err := withMounts(func() error {
		err := errors.Join(
			unix.Mount("devpts", far, "devpts", 0, "newinstance,ptmxmode=0666"),
			unix.Mount("tmpfs", "/dev", "tmpfs", 0, ""),
			os.Symlink(filepath.Join(far, "ptmx"), "/dev/ptmx"),
			os.Mkdir("/dev/pts", 0o755),
			unix.Mount("devpts", "/dev/pts", "devpts", 0, "newinstance,ptmxmode=0666"),
		)
		if err != nil {
			return err
		}
		cat, err := actor.Start(nil, "cat", exec.Command("cat"))
		if err != nil {
			return err
		}
		defer cat.Stop()
		late := time.Now().Add(10 * time.Second)
		pattern, err := actor.NewPattern("^hello$")
		if err == nil {
			err = cat.Send("hello", true, late)
		}
		if err == nil {
			_, err = cat.Expect(pattern, late)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// withMounts calls f on a thread with mounts of its own.
func withMounts(f func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // the thread keeps its mounts, and ends with us
		err := unix.Unshare(unix.CLONE_NEWNS)
		if err == nil {
			err = f()
		}
		done <- err
	}()
	return <-done
}

// must fails a test when a function that the test depends on returns an error.
func must(t *testing.T) func(string, error) string {
	return func(s string, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}
