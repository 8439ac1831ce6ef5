//go:build unix

package crowd

import (
	"bytes"
	"io"
	"net"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"socklab/tools/harness/testexec"
)

func TestMain(m *testing.M) { testexec.Main(m, Main) }

// start starts crowd, with nobody at its keyboard who types ^D.
func start(t *testing.T, args ...string) (cmd *exec.Cmd, out, diag *bytes.Buffer) {
	t.Helper()
	cmd = testexec.Command(t, args...)
	out, diag = new(bytes.Buffer), new(bytes.Buffer)
	cmd.Stdout, cmd.Stderr = out, diag
	keyboard, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { keyboard.Close() })
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	return cmd, out, diag
}

// What a server says can't command a reader's terminal.
func TestEscapeSequences(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"* name refused: \x1b]0;owned\x07": `"name refused: \x1b]0;owned\a"`,
		"* goodbye: \u009b2J\xff":          `"goodbye: \u009b2J\xff"`,
	} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		listener.(*net.TCPListener).SetDeadline(time.Now().Add(testexec.TooLong))
		cmd, out, diag := start(t, "-n", "1", listener.Addr().String())
		conn, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(testexec.TooLong))
		io.WriteString(conn, "* welcome\n")
		if _, err := io.ReadFull(conn, make([]byte, len("c1\n"))); err != nil {
			t.Fatal(err)
		}
		io.WriteString(conn, said+"\n")
		cmd.Wait()
		if want := "crowd: the server said to c1: " + want + "\n"; cmd.ProcessState.ExitCode() != 1 || diag.String() != want {
			t.Errorf("%q: %v, %q, stderr %q, want %q", said, cmd.ProcessState, out, diag, want)
		}
	}
}

// Where the backlog is full, a dial takes as long as the kernel goes on trying. A
// crowd that is asked to leave doesn't wait for that.
func TestLeavesAFullBacklog(t *testing.T) {
	t.Parallel()
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		listener := listenFor(t, 1)
		cmd, out, diag := start(t, "-n", "1000", "-within", "10s", listener.Addr().String())
		// Once one has come, they are dialling, and will be until the signal.
		conn, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		cmd.Process.Signal(signal)
		if err := cmd.Wait(); err != nil || out.Len()+diag.Len() > 0 {
			t.Errorf("%v: %v, stdout %q, stderr %q", signal, err, out, diag)
		}
	}
}

// listenFor listens with this backlog; net.Listen's holds thousands.
func listenFor(t *testing.T, backlog int) *net.TCPListener {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(fd), "listener")
	defer file.Close()
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, backlog); err != nil {
		t.Fatal(err)
	}
	listener, err := net.FileListener(file) // on a duplicate
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	listener.(*net.TCPListener).SetDeadline(time.Now().Add(testexec.TooLong))
	return listener.(*net.TCPListener)
}
