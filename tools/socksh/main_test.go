//go:build unix

package socksh

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"socklab/tools/harness/netns"
	"socklab/tools/harness/supervise"
)

// asShell in the environment makes the test binary be the shell.
const asShell = "SOCKSH_TEST_SHELL"

func TestMain(m *testing.M) {
	if os.Getenv(asShell) != "" {
		Main()
		os.Exit(0)
	}
	// Children must not inherit the files of this process but the three standard
	// ones.
	for fd := 3; fd < 1024; fd++ {
		syscall.CloseOnExec(fd)
	}
	os.Exit(supervise.M{Tests: m}.Run())
}

// self is the path of this test binary, which is also the shell. A test on a
// network of its own can't find that out any more, because it has another /proc.
var self, _ = os.Executable()

// patience bounds every wait of these tests.
const patience = 30 * time.Second

// command is a shell to be started, in a network and a folder of its own.
func command(t testing.TB, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.WaitDelay = patience
	cmd.Env = append(os.Environ(), asShell+"=1", "TERM=xterm", "GORACE=atexit_sleep_ms=0")
	cmd.Dir = t.TempDir()
	cmd.SysProcAttr = netns.RawSockets()
	return cmd
}

// network moves the test into a network of its own, and tells an address in it.
func network(t testing.TB) string {
	n, err := netns.Join("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Leave)
	return n.Addr()
}

type result struct {
	out, err string
	code     int
}

// play gives a shell lines to read.
func play(t testing.TB, cmd *exec.Cmd, in io.Reader) result {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, &out, &errs
	stop := time.AfterFunc(patience, func() { cmd.Process.Kill() })
	defer stop.Stop()
	if err := cmd.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	return result{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

func lineOf(s ...string) io.Reader { return strings.NewReader(strings.Join(s, "\n") + "\n") }

func (r result) String() string { return fmt.Sprintf("exit %d, %.400q, %.400q", r.code, r.out, r.err) }
