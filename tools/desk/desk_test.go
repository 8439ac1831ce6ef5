//go:build unix

package desk

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// limit bounds every wait of these tests. None of them should need it.
const limit = 30 * time.Second

// TestMain lets a test start this binary again as one of the programs.
func TestMain(m *testing.M) {
	switch os.Getenv("DESK_TEST_RUN") {
	case "server":
		ServerMain()
	case "client":
		ClientMain()
	default:
		os.Exit(m.Run())
	}
}

// A screen gets the desk's output and its diagnoses, line by line.
type screen chan string

func (s screen) Write(b []byte) (int, error) {
	s <- string(b)
	return len(b), nil
}

// A test desk, with the operator's keyboard and screen.
type testDesk struct {
	*desk
	t        *testing.T
	addr     string
	keyboard *io.PipeWriter
	screen   screen
}

func startDesk(t *testing.T) *testDesk {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	terminal, keyboard := io.Pipe()
	s := make(screen, 1<<16)
	log.SetFlags(0)
	log.SetOutput(s)
	d := &testDesk{&desk{out: s, answerTimeout: answerTimeout}, t, listener.Addr().String(), keyboard, s}
	served := make(chan bool)
	operated := make(chan bool)
	go func() { d.serve(listener); close(served) }()
	go func() { d.operate(terminal); close(operated) }()
	t.Cleanup(func() {
		keyboard.Close() // ^D
		<-operated
		listener.Close()
		<-served
		log.SetOutput(os.Stderr)
	})
	return d
}

// shows fails the test unless this is the very next line on the screen.
func (d *testDesk) shows(want string) {
	d.t.Helper()
	select {
	case got := <-d.screen:
		if got != want+"\n" {
			d.t.Fatalf("the screen shows %.200q, want %.200q", got, want)
		}
	case <-time.After(limit):
		d.t.Fatalf("the screen shows nothing, want %.200q", want)
	}
}

func (d *testDesk) types(line string) {
	d.t.Helper()
	if _, err := io.WriteString(d.keyboard, line+"\n"); err != nil {
		d.t.Fatal(err)
	}
}

// A peer is a bare socket on the callers' side.
type peer struct {
	*net.TCPConn
	d *testDesk
}

func (d *testDesk) call() peer {
	return d.callBy(&net.Dialer{})
}

func (d *testDesk) callBy(dialer *net.Dialer) peer {
	d.t.Helper()
	conn, err := dialer.Dial("tcp", d.addr)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(limit))
	return peer{conn.(*net.TCPConn), d}
}

func (p peer) says(text string) {
	p.d.t.Helper()
	if _, err := io.WriteString(p, text); err != nil {
		p.d.t.Fatal(err)
	}
}

// hears fails the test unless exactly these bytes come.
func (p peer) hears(want string) {
	p.d.t.Helper()
	buf := make([]byte, len(want))
	if n, err := io.ReadFull(p, buf); err != nil || string(buf) != want {
		p.d.t.Fatalf("received %.200q, %v; want %.200q", buf[:n], err, want)
	}
}

func TestRefused(t *testing.T) {
	d := startDesk(t)
	d.types("hello?")
	d.shows("send: nobody waits for an answer")
	one := d.call()
	one.says("one")
	d.shows("[1] one")
	d.types("")
	d.shows("send: refused, the line is empty")
	for _, n := range []int{typedMax + 1, typedMax + 2, 1 << 20} {
		d.types(strings.Repeat("x", n))
		d.shows("send: refused, the line is longer than 4095 bytes")
	}
	longest := strings.Repeat("x", typedMax)
	d.types(longest)
	one.hears(longest) // and nothing of what was refused
	d.types("more")
	d.shows("send: nobody waits for an answer")
	one.says("two")
	d.shows("[1] two")
	d.types("TWO")
	one.hears("TWO")
}

func TestHarmless(t *testing.T) {
	d := startDesk(t)
	d.call().says("\x1b[2Jred\r\n\xff\u202e")
	d.shows("[1] ␛[2Jred␍␊\ufffd\ufffd")
}

// TestTooMany has a caller that doesn't wait for answers.
func TestTooMany(t *testing.T) {
	d := startDesk(t)
	one := d.call()
	for i := range unansweredMax {
		one.says(fmt.Sprint(i))
		d.shows(fmt.Sprintf("[1] %d", i))
	}
	one.says("one too many")
	two := d.call()
	for range unansweredMax { // later, and yet first
		two.says("two")
		d.shows("[2] two")
	}
	d.types("A0")
	one.hears("A0")
	d.shows("[1] one too many")
	for i := 1; i < unansweredMax; i++ {
		d.types(fmt.Sprint("A", i))
		one.hears(fmt.Sprint("A", i))
	}
	for range unansweredMax {
		d.types("TWO")
		two.hears("TWO")
	}
	d.types("at last")
	one.hears("at last")
}

// TestNotReading has a caller that never reads its answers. The operator loses
// some time, but the desk and its other callers go on.
func TestNotReading(t *testing.T) {
	d := startDesk(t)
	d.answerTimeout = 50 * time.Millisecond
	one := d.callBy(&net.Dialer{Control: func(_, _ string, conn syscall.RawConn) error {
		return conn.Control(func(fd uintptr) {
			syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 1<<13)
		})
	}})
	long := bytes.Repeat([]byte("x"), typedMax)
	for sent := 0; len(d.screen) == 0; sent += len(long) {
		if sent > 64<<20 {
			t.Fatal("64 MiB answered, none of it read, and caller 1 is still there")
		}
		one.says("?")
		d.shows("[1] ?")
		d.answer(long) // not typed: here we want to know when it returns
	}
	d.shows("send to 1: i/o timeout")
	d.shows("[1] left")
	two := d.call()
	two.says("still there?")
	d.shows("[2] still there?")
	d.types("yes")
	two.hears("yes")
}

// A program is one of ours in a process of its own.
type program struct {
	*exec.Cmd
	in          io.WriteCloser
	out         *bufio.Reader
	diagnostics bytes.Buffer
}

func start(t *testing.T, kind string, args ...string) *program {
	t.Helper()
	p := &program{Cmd: exec.Command(os.Args[0], args...)}
	p.Env = append(os.Environ(), "DESK_TEST_RUN="+kind, "GORACE=atexit_sleep_ms=0")
	p.in, _ = p.StdinPipe()
	out, _ := p.StdoutPipe()
	p.out, p.Stderr = bufio.NewReader(out), &p.diagnostics
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	watchdog := time.AfterFunc(limit, func() { p.Process.Kill() })
	t.Cleanup(func() { watchdog.Stop(); p.Process.Kill(); p.Wait() })
	return p
}

func (p *program) types(line string) { io.WriteString(p.in, line+"\n") }

func (p *program) prints(t *testing.T, want string) {
	t.Helper()
	if got, err := p.out.ReadString('\n'); got != want+"\n" {
		t.Fatalf("printed %.200q, %v; want %.200q", got, err, want)
	}
}

// exits fails the test unless the program prints no more and ends like this.
func (p *program) exits(t *testing.T, code int, diagnostics string) {
	t.Helper()
	rest, _ := io.ReadAll(p.out)
	p.Wait()
	if len(rest) > 0 || p.ProcessState.ExitCode() != code || p.diagnostics.String() != diagnostics {
		t.Fatalf("printed %q, exited %v, said %q; want exit %d, %q", rest, p.ProcessState, &p.diagnostics, code, diagnostics)
	}
}

// startServer starts desk-server and returns the address it listens on.
func startServer(t *testing.T) (server *program, addr string) {
	t.Helper()
	server = start(t, "server", ":0") // no host: this machine only
	first, err := server.out.ReadString('\n')
	addr, ok := strings.CutPrefix(strings.TrimSuffix(first, "\n"), "listening on ")
	if !ok || !strings.HasPrefix(addr, "127.0.0.1:") {
		t.Fatalf("printed %q, %v", first, err)
	}
	return server, addr
}

func TestPrograms(t *testing.T) {
	server, addr := startServer(t)
	alice := start(t, "client", addr)
	alice.types("")
	alice.types("hello")
	server.prints(t, "[1] hello")
	bob := start(t, "client", addr)
	bob.types("me too")
	server.prints(t, "[2] me too")
	server.types("good morning")
	alice.prints(t, "good morning")
	alice.in.Close() // ^D
	alice.exits(t, 0, "desk-client: send: refused, the line is empty\n")
	server.prints(t, "[1] left")

	server.in.Close() // ^D, while bob waits
	server.exits(t, 0, "")
	bob.exits(t, 1, "desk-client: receive from "+addr+": the desk closed without an answer\n")

	start(t, "client", addr).exits(t, 1,
		"desk-client: dial "+addr+": connection refused\ndesk-client: hint: is desk-server running?\n")
	start(t, "client", "too", "many").exits(t, 2, clientUsage)
	start(t, "server", "-k").exits(t, 2, "flag provided but not defined: -k\n"+serverUsage)
}

func TestStopped(t *testing.T) {
	server, addr := startServer(t)
	alice := start(t, "client", addr)
	alice.types("hello")
	server.prints(t, "[1] hello")
	server.types("hi")
	alice.prints(t, "hi")

	start(t, "server", addr).exits(t, 1, "desk-server: listen "+addr+": address already in use\n"+
		"desk-server: hint: another program listens there; stop it, or use port 0\n")

	server.Process.Signal(syscall.SIGTERM)
	server.exits(t, 0, "")
	// Alice was typing all the while, and notices when she sends.
	alice.types("are you there?")
	alice.exits(t, 1, "desk-client: receive from "+addr+": the desk closed without an answer\n")
}
