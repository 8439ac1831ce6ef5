package chat

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait of these tests. None of them should need it.
const patience = 30 * time.Second

// TestMain lets a test start this binary again as one of the programs.
func TestMain(m *testing.M) {
	switch os.Getenv("CHAT_TEST_RUN") {
	case "server":
		ServerMain()
	case "client":
		ClientMain()
	default:
		os.Exit(m.Run())
	}
}

// startRoom opens a room and returns its address and a func that closes it.
func startRoom(t *testing.T) (addr string, closeRoom func()) {
	t.Helper()
	return startRoomWith(t, limits{nameWithin: patience, patience: time.Second})
}

func startRoomWith(t *testing.T, l limits) (addr string, closeRoom func()) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := newRoom(io.Discard, l)
	opened := make(chan error, 1)
	go func() { opened <- r.open(listener) }()
	closed := false
	closeRoom = func() {
		if closed {
			return
		}
		closed = true
		listener.Close()
		if err := <-opened; !errors.Is(err, net.ErrClosed) {
			t.Errorf("open: %v", err)
		}
		r.close()
	}
	t.Cleanup(closeRoom)
	return listener.Addr().String(), closeRoom
}

// A peer is a bare socket on the callers' side.
type peer struct {
	*net.TCPConn
	t  *testing.T
	in *bufio.Reader
}

func call(t *testing.T, addr string) *peer {
	t.Helper()
	return callBy(t, &net.Dialer{}, addr)
}

// keeping is for callers who won't read, or not yet: their kernel keeps about
// this many bytes for them. It has to be told before it connects, for a window
// once offered is a promise.
func keeping(bytes int) *net.Dialer {
	return &net.Dialer{Control: func(_, _ string, conn syscall.RawConn) error {
		return conn.Control(func(fd uintptr) {
			syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, bytes)
		})
	}}
}

func callBy(t *testing.T, dialer *net.Dialer, addr string) *peer {
	t.Helper()
	conn, err := dialer.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	p := &peer{conn.(*net.TCPConn), t, bufio.NewReaderSize(conn, 1<<16)}
	p.hears("* welcome: your first line is your name")
	return p
}

// enter calls and gives a name, which must be accepted.
func enter(t *testing.T, addr, name string, already ...*peer) *peer {
	t.Helper()
	p := call(t, addr)
	p.says(name)
	for _, hearer := range append(already, p) {
		hearer.hears("* " + name + " joined")
	}
	return p
}

func (p *peer) says(line string) {
	p.t.Helper()
	p.sends(line + "\n")
}

func (p *peer) sends(text string) {
	p.t.Helper()
	if _, err := io.WriteString(p, text); err != nil {
		p.t.Fatal(err)
	}
}

// hears fails the test unless the very next line is want.
func (p *peer) hears(want string) {
	p.t.Helper()
	got, err := p.in.ReadString('\n')
	if err != nil || got != want+"\n" {
		p.t.Fatalf("heard %.200q, %v; want %.200q", got, err, want)
	}
}

// hearsEnd fails the test unless the stream ends here, without a reset.
func (p *peer) hearsEnd() {
	p.t.Helper()
	if rest, err := io.ReadAll(p.in); err != nil || len(rest) > 0 {
		p.t.Fatalf("heard %.200q, %v; want the end of the stream", rest, err)
	}
}

func TestRoom(t *testing.T) {
	addr, _ := startRoom(t)
	alice := enter(t, addr, "alice")
	bob := enter(t, addr, "bob", alice)
	carol := enter(t, addr, "carol", alice, bob)

	alice.says("hi")
	bob.hears("alice: hi")
	carol.hears("alice: hi")
	bob.says("")   // nothing is said
	bob.says("  ") // something, if not much
	alice.hears("bob:   ")
	carol.hears("bob:   ")

	bob.says("/who")
	bob.hears("* here: alice, bob, carol")
	bob.says("/foo bar")
	bob.hears("* unknown command /foo: there are /who and /quit")
	bob.says("/quit")
	bob.hearsEnd()
	alice.hears("* bob left") // and nothing of what bob asked the room
	carol.hears("* bob left")
	bob.Close()

	carol.Close()
	alice.hears("* carol left")
	enter(t, addr, "bob", alice) // the name is free again
	alice.says("/who")
	alice.hears("* here: alice, bob")
}

func TestNameRefused(t *testing.T) {
	addr, _ := startRoom(t)
	alice := enter(t, addr, "alice")
	p := call(t, addr)
	const unseen, sign = "it has a control or invisible character", "it has one of / * : and , which mean something here"
	for _, tt := range []struct{ name, why string }{
		{"", "it is empty"},
		{"   ", "it is empty"},
		{"alice", `"alice" is taken`},
		{" alice ", `"alice" is taken`},
		{strings.Repeat("é", 33), "it is longer than 32 characters"},
		{strings.Repeat("x", 4096), "it is longer than 32 characters"},
		{"bob\x1b[2J", unseen},
		{"bo\tb", unseen},
		{"bob\r", unseen}, // with the newline that follows, CR CR LF
		{"bo\x00b", unseen},
		{"bob\x7f", unseen},
		{"bo\u0085b", unseen},
		{"bo\u00a0b", unseen},
		{"bo\u200bb", unseen},
		{"bo\u202eb", unseen},
		{"\ufeffbob", unseen},
		{"bob\ufe0f", unseen},
		{"\u3164", unseen},
		{"bob\xff", "it isn't UTF-8"},
		{"\xe2\x82", "it isn't UTF-8"},
		{"/who", sign},
		{"* alice", sign},
		{"alice: hi", sign},
		{"bob, eve", sign},
	} {
		t.Run(fmt.Sprintf("%.12q", tt.name), func(t *testing.T) {
			p.t = t
			if strings.HasSuffix(tt.name, "\r") {
				tt.name += "\r"
			}
			p.says(tt.name)
			p.hears("* name refused: " + tt.why + "; another?")
		})
	}
	p.t = t
	longest := strings.Repeat("é", 32)
	p.says(longest)
	p.hears("* " + longest + " joined")
	alice.hears("* " + longest + " joined")
}

func TestWithoutName(t *testing.T) {
	addr, _ := startRoom(t)
	alice := enter(t, addr, "alice")
	p := call(t, addr)
	bob := enter(t, addr, "bob", alice)
	alice.says("hi")
	bob.hears("alice: hi")
	alice.says("/who")
	alice.hears("* here: alice, bob")
	p.says("bob")
	p.hears(`* name refused: "bob" is taken; another?`) // the first p hears
	q := call(t, addr)
	q.says("/quit")
	q.hearsEnd()
	p.says("carol")
	p.hears("* carol joined")
	alice.hears("* carol joined")
}

func TestLineLimit(t *testing.T) {
	addr, _ := startRoom(t)
	alice := enter(t, addr, "alice")
	bob := enter(t, addr, "bob", alice)
	fits, over := strings.Repeat("x", 4096), strings.Repeat("x", 4097)
	for _, end := range []string{"\n", "\r\n"} {
		alice.sends(fits + end)
		bob.hears("alice: " + fits)
		alice.sends(over + end)
		alice.hears("* line refused: longer than 4096 bytes")
		alice.sends(over + over + over + end)
		alice.hears("* line refused: longer than 4096 bytes")
		alice.sends("still here" + end)
		bob.hears("alice: still here")
	}
}

func TestEndlessLine(t *testing.T) {
	addr, _ := startRoom(t)
	alice := enter(t, addr, "alice")
	bob := enter(t, addr, "bob", alice)
	chunk := bytes.Repeat([]byte("x"), 1<<16)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 8 << 20 / len(chunk) {
		if _, err := alice.Write(chunk); err != nil {
			t.Fatal(err)
		}
	}
	alice.hears("* line refused: longer than 4096 bytes") // before its end
	alice.sends("\nback\n")
	bob.hears("alice: back")
	runtime.ReadMemStats(&after)
	// Everything allocated since, freed or not, by both sides.
	if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
		t.Errorf("a line of 8 MiB took %d bytes of memory", n)
	}
}

func TestHarmless(t *testing.T) {
	addr, _ := startRoom(t)
	alice := enter(t, addr, "alice")
	bob := enter(t, addr, "bob", alice)
	for _, tt := range []struct{ say, heard string }{
		{"\x1b[31mred\x1b[0m \a", "␛[31mred␛[0m ␇"},
		{"a\rbob: b\x00\x7f", "a␍bob: b␀␡"},
		{"\u009b2J \u202egnirts", "\ufffd2J \ufffdgnirts"},
		{"bad \xff\xfe, cut \xe2\x82", "bad \ufffd\ufffd, cut \ufffd\ufffd"},
		{"grüße, 世界 🙂", "grüße, 世界 🙂"},
	} {
		alice.says(tt.say)
		bob.hears("alice: " + tt.heard)
	}
	alice.says("/\x1b[2J\xff")
	alice.hears("* unknown command /␛[2J\ufffd: there are /who and /quit")
}

// TestNetcat sends whole conversations in one go, as nc does from a pipe.
func TestNetcat(t *testing.T) {
	for _, end := range []string{"\n", "\r\n"} {
		addr, _ := startRoom(t)
		alice := enter(t, addr, "alice")
		p := call(t, addr)
		p.sends(strings.Join([]string{"nick", "hi", "/who", "not heard"}, end))
		p.CloseWrite() // leaves; half of the connection still stands
		p.hears("* nick joined")
		p.hears("* here: alice, nick")
		p.hearsEnd()
		alice.hears("* nick joined")
		alice.hears("nick: hi")
		alice.hears("* nick left")
	}
}

func TestBytewise(t *testing.T) {
	addr, _ := startRoom(t)
	alice := enter(t, addr, "alice")
	p := call(t, addr)
	p.SetNoDelay(true)
	for _, b := range []byte("bob\r\ngrüße\r\n") {
		p.sends(string([]byte{b}))
	}
	alice.hears("* bob joined")
	alice.hears("bob: grüße")
}

func TestNotReading(t *testing.T) {
	addr, _ := startRoom(t)
	alice := enter(t, addr, "alice")
	bob := callBy(t, keeping(1<<13), addr)
	bob.says("bob")
	alice.hears("* bob joined")
	bob.hears("* bob joined")
	carol := enter(t, addr, "carol", alice, bob)

	// From here on bob doesn't read. The kernels keep a little for him, then
	// the room keeps queueMax, and all the time carol hears every line.
	text := strings.Repeat("x", 4000)
	for i := 0; ; i++ {
		line := fmt.Sprintf("%d %s", i, text)
		alice.says(line)
		carol.hears("alice: " + line) // in time, or the test fails
		alice.says("/who")
		here, err := alice.in.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if here == "* bob dropped: not reading\n" {
			break
		}
		if here != "* here: alice, bob, carol\n" {
			t.Fatalf("alice heard %q", here)
		}
		if i > 64<<20/len(line) {
			t.Fatal("64 MiB said, and bob is still in the room")
		}
	}
	alice.hears("* here: alice, carol")
	carol.hears("* bob dropped: not reading")
	if _, err := io.Copy(io.Discard, bob); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("bob: %v; want a reset", err)
	}
	enter(t, addr, "bob", alice, carol)
}

// TestAskingNotReading is about one who asks and asks and never reads: it
// harms nobody but itself.
func TestAskingNotReading(t *testing.T) {
	for _, name := range []string{"bob", ""} {
		addr, _ := startRoom(t)
		alice := enter(t, addr, "alice")
		p := callBy(t, keeping(1<<13), addr)
		if name != "" {
			p.says(name)
			p.hears("* bob joined")
			alice.hears("* bob joined")
		}
		flood := []byte(strings.Repeat("/"+strings.Repeat("x", 99)+"\n", 600))
		var err error
		for range 64 << 20 / len(flood) {
			if _, err = p.Write(flood); err != nil {
				break
			}
		}
		if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) {
			t.Errorf("%q: %v; want a reset", name, err)
		}
		if name != "" {
			alice.hears("* bob dropped: not reading")
		}
		alice.says("/who")
		alice.hears("* here: alice")
	}
}

func TestBurst(t *testing.T) {
	const lines = 5000
	addr, _ := startRoom(t)
	alice := enter(t, addr, "alice")
	bob := enter(t, addr, "bob", alice)
	text := strings.Repeat("x", 190)
	var burst strings.Builder
	for i := range lines {
		fmt.Fprintf(&burst, "%d %s\n", i, text)
	}
	go io.WriteString(alice, burst.String())
	for i := range lines {
		bob.hears(fmt.Sprintf("alice: %d %s", i, text))
	}
}

func TestSameOrder(t *testing.T) {
	const lines = 500
	addr, _ := startRoom(t)
	alice := enter(t, addr, "alice")
	bob := enter(t, addr, "bob", alice)
	carol := enter(t, addr, "carol", alice, bob)
	dave := enter(t, addr, "dave", alice, bob, carol)
	for _, p := range []*peer{alice, bob} {
		go func() {
			for i := range lines {
				fmt.Fprintf(p, "%d\n", i)
			}
		}()
	}
	var heard [2][]string
	for i := range 2 * lines {
		for k, p := range []*peer{carol, dave} {
			line, err := p.in.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			heard[k] = append(heard[k], line)
			if heard[k][i] != heard[0][i] {
				t.Fatalf("line %d: dave heard %q, carol %q", i, line, heard[0][i])
			}
		}
	}
	for _, name := range []string{"alice", "bob"} {
		next := 0
		for _, line := range heard[0] {
			if line == fmt.Sprintf("%s: %d\n", name, next) {
				next++
			}
		}
		if next != lines {
			t.Errorf("%s said %d lines, in order heard: %d", name, lines, next)
		}
	}
}

func TestClose(t *testing.T) {
	addr, closeRoom := startRoom(t)
	alice := enter(t, addr, "alice")
	bob := enter(t, addr, "bob", alice)
	p := call(t, addr)
	// Bob goes on talking, and the room has something unread when it closes.
	talking, told := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(talking)
		line := []byte(strings.Repeat("/who\n", 10))
		for range 2000 {
			if _, err := bob.Write(line); err != nil {
				return
			}
		}
		<-told // who ends his side sooner has left
		bob.CloseWrite()
	}()
	bob.hears("* here: alice, bob")
	alice.says("last words")
	alice.says("/who")
	alice.hears("* here: alice, bob")

	start := time.Now()
	var took time.Duration
	closed := make(chan struct{})
	go func() {
		closeRoom()
		took = time.Since(start)
		close(closed)
	}()
	for _, q := range []*peer{alice, p} {
		q.hears("* the room is closing")
		q.hearsEnd()
		q.Close()
	}
	close(told)
	rest, err := io.ReadAll(bob.in)
	if err != nil {
		t.Errorf("bob: %v", err)
	}
	if !bytes.Contains(rest, []byte("alice: last words\n")) || !bytes.HasSuffix(rest, []byte("\n* the room is closing\n")) {
		t.Errorf("bob heard %.100q ... last", rest[max(0, len(rest)-100):])
	}
	<-talking
	bob.Close()
	<-closed
	if took > patience/2 {
		t.Errorf("closing took %v", took)
	}
}

// TestCloseNotReading closes a room with callers who neither read nor leave.
func TestCloseNotReading(t *testing.T) {
	addr, closeRoom := startRoom(t)
	alice := enter(t, addr, "alice")
	var deaf []*peer
	for i := range 5 {
		p := callBy(t, keeping(1<<13), addr)
		p.says(fmt.Sprint("deaf", i))
		alice.hears(fmt.Sprint("* deaf", i, " joined"))
		deaf = append(deaf, p)
	}
	text := strings.Repeat("x", 4000)
	for range 120 { // more than the kernels take, and no more than the queues
		alice.says(text)
	}
	alice.says("/who")
	alice.hears("* here: alice, deaf0, deaf1, deaf2, deaf3, deaf4")
	start := time.Now()
	closeRoom() // they have a second, all together
	if took := time.Since(start); took < goodbye || took > 3*goodbye {
		t.Errorf("closing took %v; want about %v", took, goodbye)
	}
	runtime.KeepAlive(deaf)
}

// TestLastWords leaves while much of what the room had to say is still on its
// way, and with much unread behind a /quit. A server that just closed would
// destroy the one, and by a RST for the other everything.
func TestLastWords(t *testing.T) {
	const answers = 4000
	quit := "/quit\n" + strings.Repeat("unread\n", 50_000)
	// Five times each: a server that loses them does so four times of five.
	for _, end := range slices.Repeat([]string{"", quit}, 5) {
		addr, _ := startRoom(t)
		p := callBy(t, keeping(1<<13), addr)
		p.says("alice")
		p.hears("* alice joined")
		p.sends(strings.Repeat("/foo\n", answers) + end)
		p.CloseWrite()
		for range answers {
			p.hears("* unknown command /foo: there are /who and /quit")
		}
		p.hearsEnd()
	}
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
	p.Env = append(os.Environ(), "CHAT_TEST_RUN="+kind, "GORACE=atexit_sleep_ms=0")
	p.in, _ = p.StdinPipe()
	out, _ := p.StdoutPipe()
	p.out, p.Stderr = bufio.NewReader(out), &p.diagnostics
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	watchdog := time.AfterFunc(patience, func() { p.Process.Kill() })
	t.Cleanup(func() { watchdog.Stop(); p.Process.Kill(); p.Wait() })
	return p
}

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

func TestPrograms(t *testing.T) {
	server := start(t, "server", "127.0.0.1:0")
	first, err := server.out.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	addr := strings.TrimSuffix(strings.TrimPrefix(first, "listening on "), "\n")
	enter := func(name string, already ...*program) *program {
		p := start(t, "client", "-name", name, addr)
		p.prints(t, "* welcome: your first line is your name")
		for _, q := range append(already, p) {
			q.prints(t, "* "+name+" joined")
		}
		server.prints(t, name+" joined")
		return p
	}
	alice := enter("alice")
	bob := enter("bob", alice)
	carol := enter("carol", alice, bob)

	// ^D, even in the middle of a line.
	io.WriteString(bob.in, "hi\n/who\nbye")
	bob.in.Close()
	bob.prints(t, "* here: alice, bob, carol")
	bob.exits(t, 0, "")
	for _, line := range []string{"bob: hi", "bob: bye", "* bob left"} {
		alice.prints(t, line)
		carol.prints(t, line)
	}
	server.prints(t, "bob left")

	io.WriteString(carol.in, " /quit \n")
	carol.exits(t, 0, "")
	alice.prints(t, "* carol left")
	server.prints(t, "carol left")

	server.Process.Signal(syscall.SIGTERM)
	alice.prints(t, "* the room is closing")
	alice.exits(t, 0, "") // though nobody closed its stdin
	server.exits(t, 0, "")

	start(t, "client", "-name", "alice", addr).exits(t, 1,
		"chat-client: dial "+addr+": connection refused\nchat-client: hint: is chat-server running?\n")
	start(t, "client", addr).exits(t, 2, clientUsage)
	start(t, "client", "-name", "a\nb", addr).exits(t, 2, clientUsage)
	start(t, "server", "too", "many").exits(t, 2, serverUsage)
}

// TestClientLoses plays servers that fail their clients.
func TestClientLoses(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	addr := listener.Addr().String()
	accept := func() *net.TCPConn {
		listener.(*net.TCPListener).SetDeadline(time.Now().Add(patience))
		conn, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		name := make([]byte, len("alice\n"))
		if _, err := io.ReadFull(conn, name); err != nil || string(name) != "alice\n" {
			t.Fatalf("received %q, %v", name, err)
		}
		return conn.(*net.TCPConn)
	}

	client := start(t, "client", "-name", "alice", addr)
	conn := accept()
	io.WriteString(conn, "alice: * the room is closing\r\n\x1b[2J"+strings.Repeat("x", shownMax)+"\nbye")
	conn.Close()
	client.prints(t, "alice: * the room is closing")
	client.prints(t, "␛[2J"+strings.Repeat("x", shownMax-4)+" ... (cut)")
	client.prints(t, "bye")
	client.exits(t, 1, "chat-client: receive from "+addr+": the server has gone\n")

	client = start(t, "client", "-name", "alice", addr)
	conn = accept()
	conn.SetLinger(0)
	conn.Close()
	client.exits(t, 1, "chat-client: receive from "+addr+": connection reset by peer\n")

	// More than any buffer of the client, in one line.
	client = start(t, "client", "-name", "alice", addr)
	conn = accept()
	long := slices.Repeat([]byte("y"), 1<<20)
	go func() { client.in.Write(long); client.in.Close() }()
	if got, err := io.ReadAll(conn); err != nil || string(got) != string(long)+"\n" {
		t.Errorf("received %d bytes, %v; want the line of %d and its newline", len(got), err, len(long))
	}
	conn.Close()
	client.exits(t, 0, "")
}
