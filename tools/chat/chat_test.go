//go:build unix

package chat

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"socklab/tools/harness/need"
)

// patience bounds every wait of these tests. None of them should need it.
const patience = 30 * time.Second

// TestMain lets a test start this binary again as the server.
func TestMain(m *testing.M) {
	if os.Getenv("CHAT_TEST_RUN") == "server" {
		ServerMain()
		return
	}
	os.Exit(m.Run())
}

// startRoom opens a room, closes it when the test ends, and returns its address.
func startRoom(t *testing.T, l limits) (r *room, addr string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r = newRoom(io.Discard, l)
	opened := make(chan struct{})
	go func() { r.serve(listener); close(opened) }()
	t.Cleanup(func() {
		listener.Close()
		<-opened
		r.close()
	})
	return r, listener.Addr().String()
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

// keeping is for callers that won't read, or not yet: their kernel keeps about
// this many bytes for them. It is set before they connect, because a receive
// window that has been offered can't be taken back.
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

// A program is one of ours in a process of its own.
type program struct {
	*exec.Cmd
	out         *bufio.Reader
	diagnostics bytes.Buffer
}

func TestIdle(t *testing.T) {
	t.Parallel()
	_, addr := startRoom(t, limits{nameWithin: patience, idle: time.Second, patience: patience})
	bob := enter(t, addr, "bob")
	stop := make(chan struct{})
	defer close(stop)
	var longest atomic.Int64 // that bob was silent
	go func() {
		last := time.Now()
		for {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
				bob.Write([]byte("hm\n"))
				longest.Store(max(longest.Load(), int64(time.Since(last))))
				last = time.Now()
			}
		}
	}()
	go io.Copy(io.Discard, bob)
	for range 2 { // longer than bob may be silent, in all
		alice := call(t, addr)
		alice.says("alice")
		alice.hears("* alice joined")
		for line := "bob: hm\n"; line != "* goodbye: not a word in 1s\n"; {
			if line == "* bob left\n" && longest.Load() > int64(time.Second)/2 {
				t.Logf("this machine was too busy to tell: bob could say nothing for %v", time.Duration(longest.Load()))
				return
			}
			if line != "bob: hm\n" {
				t.Fatalf("alice heard %q", line)
			}
			var err error
			if line, err = alice.in.ReadString('\n'); err != nil {
				t.Fatal(err)
			}
		}
		alice.hearsEnd()
		alice.Close()
	}
}

// needFiles skips a test that needs more descriptors than it may have.
func needFiles(t testing.TB, n int) {
	t.Helper()
	need.Skip(t, fmt.Sprintf("files=%d", n))
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	limit.Cur = limit.Max // Go did that when it began, and tells children otherwise
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Logf("raise the number of open files: %v", err)
	}
}

// startWith starts the server with no more open files than that.
func startWith(t *testing.T, files int, args ...string) (server *program, addr string) {
	t.Helper()
	server = &program{Cmd: exec.Command("sh", append([]string{"-c", `ulimit -n ` + strconv.Itoa(files) + `; exec "$@"`, "sh", os.Args[0]}, args...)...)}
	server.Env = append(os.Environ(), "CHAT_TEST_RUN=server", "GORACE=atexit_sleep_ms=0")
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	server.out, server.Stderr = bufio.NewReader(out), &server.diagnostics
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	watchdog := time.AfterFunc(2*patience, func() { server.Process.Kill() })
	t.Cleanup(func() { watchdog.Stop(); server.Process.Kill(); server.Wait() })
	return server, server.address(t)
}

// address is where a server listens, as its first line says.
func (p *program) address(t *testing.T) string {
	t.Helper()
	first, err := p.out.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(strings.TrimPrefix(first, "listening on "), "\n")
}

// TestNothingLost lets everything happen at once, and then closes the room. Each
// healthy caller must have heard what the room told, whole and in the same order.
func TestNothingLost(t *testing.T) {
	const healthy, talkers, lines, enough = 8, 3, 10_000, 20_000
	server, addr := startWith(t, 60, "-patience=500ms", "127.0.0.1:0")
	go io.Copy(io.Discard, server.out)

	var peers []*peer
	heard := make([][]string, healthy)
	for i := range healthy {
		peers = append(peers, call(t, addr))
		peers[i].says(fmt.Sprint("h", i))
		peers[i].hears(fmt.Sprint("* h", i, " joined"))
		for k := range i {
			peers[k].hears(fmt.Sprint("* h", i, " joined"))
		}
	}
	dropped := 0 // statues
	closing := sync.OnceFunc(func() { server.Process.Signal(syscall.SIGTERM) })
	var hearing sync.WaitGroup
	for i, p := range peers {
		hearing.Go(func() {
			for {
				line, err := p.in.ReadString('\n')
				if err != nil {
					if err != io.EOF {
						t.Errorf("h%d: %v", i, err)
					}
					p.Close()
					return
				}
				heard[i] = append(heard[i], line)
				if i == talkers {
					dropped += strings.Count(line, " dropped: not reading\n")
					if dropped > 0 && len(heard[i]) >= enough {
						closing() // in the midst of it
					}
				}
			}
		})
	}

	// What fails meanwhile: callers reset, never read, are too many.
	var failing sync.WaitGroup
	stop, statue := make(chan struct{}), make(chan struct{})
	fail := func(f func(conn *net.TCPConn, i int)) {
		failing.Go(func() {
			for i := 0; ; i++ {
				conn, err := keeping(1<<12).Dial("tcp", addr)
				if err != nil {
					return // closed
				}
				f(conn.(*net.TCPConn), i)
				conn.Close()
				select {
				case <-stop:
					return
				case <-time.After(time.Millisecond):
				}
			}
		})
	}
	fail(func(conn *net.TCPConn, i int) {
		fmt.Fprintf(conn, "reset%d\nand a half li", i)
		conn.SetLinger(0)
	})
	fail(func(conn *net.TCPConn, i int) {
		fmt.Fprintf(conn, "statue%d\n", i)
		if i == 0 {
			io.ReadFull(conn, make([]byte, len("* welcome: your first line is your name\n* s")))
			close(statue)
		}
		select {
		case <-stop:
		case <-time.After(patience): // long dropped
		}
	})
	fail(func(conn *net.TCPConn, i int) {
		var crowd []net.Conn
		for range 60 {
			if conn, err := net.Dial("tcp", addr); err == nil {
				crowd = append(crowd, conn)
			}
		}
		for _, conn := range crowd {
			conn.Close()
		}
	})
	// The talk begins when the first statue is there. It can't end before that
	// is dropped: more is said than fits into all buffers.
	<-statue
	var talking sync.WaitGroup
	text := strings.Repeat("x", 100)
	for i := range talkers {
		talking.Go(func() {
			for n := range lines {
				if _, err := fmt.Fprintf(peers[i], "%d %s\n", n, text); err != nil {
					return // the room has closed
				}
			}
		})
	}
	hearing.Wait()
	close(stop)
	talking.Wait()
	failing.Wait()
	server.Wait()

	for i := range healthy {
		if n := len(heard[i]); n == 0 || heard[i][n-1] != "* the room is closing\n" {
			t.Fatalf("h%d heard %d lines and no farewell; the server said\n%s", i, n, &server.diagnostics)
		}
		if i > talkers && !slices.Equal(heard[i], heard[talkers]) {
			t.Errorf("h%d heard %d lines, h%d %d, and not the same", i, len(heard[i]), talkers, len(heard[talkers]))
		}
	}
	for i := range talkers {
		said := fmt.Sprintf("h%d: ", i)
		next := 0
		var others []string
		for _, line := range heard[talkers] {
			if !strings.HasPrefix(line, said) {
				others = append(others, line)
				continue
			}
			if !strings.HasPrefix(line, fmt.Sprintf("%s%d x", said, next)) {
				t.Fatalf("heard %.20q of h%d, want line %d", line, i, next)
			}
			next++
		}
		if next == 0 {
			t.Errorf("nothing of h%d was heard", i)
		}
		if !slices.Equal(heard[i], others) {
			t.Errorf("h%d heard %d lines, and the others said %d", i, len(heard[i]), len(others))
		}
		t.Logf("of h%d %d lines were heard", i, next)
	}
}

// stuffs says the line until the room makes p wait, and returns what is left of
// the last one.
func (p *peer) stuffs(r *room, line string) (rest string) {
	p.t.Helper()
	burst := strings.Repeat(line, 1<<10)
	for range 64 << 10 {
		if rest == "" {
			rest = burst
		}
		p.SetWriteDeadline(time.Now().Add(50 * time.Millisecond))
		n, err := io.WriteString(p, rest)
		p.SetWriteDeadline(time.Now().Add(patience))
		rest = rest[n:]
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			p.t.Fatal(err)
		}
		if err != nil && r.makesWait(p) {
			return rest[:strings.IndexByte(rest, '\n')+1]
		}
	}
	p.t.Fatal("64 Mi lines were taken")
	return ""
}

// makesWait reports whether the room has stopped reading from p: see pace.
func (r *room) makesWait(p *peer) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.callers {
		if c.conn.RemoteAddr().String() == p.LocalAddr().String() {
			return c.full != nil || r.congested() && c.said > replyAllowance
		}
	}
	return false
}

func (p *peer) resets() {
	p.SetLinger(0)
	p.Close()
}

// TestStatueLeaves: a caller that has never read, and waits for space in its own
// queue, hangs up. The room's patience is not over, but the caller has left.
func TestStatueLeaves(t *testing.T) {
	t.Parallel()
	room, addr := startRoom(t, limits{patience: patience})
	alice := enter(t, addr, "alice")
	statue := callBy(t, keeping(1<<13), addr)
	statue.says("statue")
	alice.hears("* statue joined")
	statue.stuffs(room, "/x\n")
	statue.resets()
	alice.hears("* statue left")
	alice.says("/who")
	alice.hears("* here: alice")
}

// TestStatuesLeave: callers that don't read use up the room's memory, and hang up
// all at the same time. They have left, and somebody can enter.
func TestStatuesLeave(t *testing.T) {
	t.Parallel()
	room, addr := startRoom(t, limits{patience: patience})
	alice := enter(t, addr, "alice")
	var statues []*peer
	for i := range 2 * roomMax / queueMax {
		p := callBy(t, keeping(1<<13), addr)
		p.says(fmt.Sprint("statue", i))
		alice.hears(fmt.Sprintf("* statue%d joined", i))
		statues = append(statues, p)
	}
	alice.stuffs(room, strings.Repeat("x", 999)+"\n")
	for _, p := range statues {
		p.resets()
	}
	for range statues {
		if line, err := alice.in.ReadString('\n'); err != nil || !strings.HasSuffix(line, " left\n") {
			t.Fatalf("alice heard %q, %v", line, err)
		}
	}
	enter(t, addr, "carol", alice)
}

// TestIdleWhileWaiting: a caller talks without pause, and a statue makes it wait
// for longer than anybody may be silent. That was no silence.
func TestIdleWhileWaiting(t *testing.T) {
	room, addr := startRoom(t, limits{nameWithin: patience, idle: time.Second, patience: patience})
	statue := callBy(t, keeping(1<<13), addr)
	statue.says("statue")
	statue.hears("* statue joined")
	stop := make(chan struct{})
	defer close(stop)
	go func() { // until its queue is full; then nobody hears it, nor how silent it is
		for tick := time.Tick(20 * time.Millisecond); ; {
			select {
			case <-stop:
				return
			case <-tick:
				statue.Write([]byte("hm\n"))
			}
		}
	}()
	alice := enter(t, addr, "alice")
	rest := alice.stuffs(room, strings.Repeat("x", 999)+"\n")
	dave := call(t, addr)
	dave.says("dave")
	dave.hears("* dave joined")
	for line := "statue: hm\n"; line != "* goodbye: not a word in 1s\n"; {
		if line != "statue: hm\n" { // the last one, perhaps
			t.Fatalf("dave heard %.100q", line)
		}
		var err error
		if line, err = dave.in.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	statue.resets()
	alice.says(rest + "/who")
	for line := ""; line != "* here: alice\n"; {
		var err error
		if line, err = alice.in.ReadString('\n'); err != nil || strings.HasPrefix(line, "* goodbye") {
			t.Fatalf("alice heard %q, %v", line, err)
		}
	}
}

// failing is a listener whose Accept fails, as with no descriptor left.
type failing struct {
	net.Listener
	asked  atomic.Int64
	closed atomic.Bool
}

func (f *failing) Accept() (net.Conn, error) {
	if f.closed.Load() {
		return nil, net.ErrClosed
	}
	f.asked.Add(1)
	return nil, syscall.EMFILE
}

func (f *failing) Addr() net.Addr { return &net.TCPAddr{} }

// TestAcceptFails: a server that can't accept asks again when a caller has left,
// or after a second, and not in a busy loop.
func TestAcceptFails(t *testing.T) {
	log.SetOutput(io.Discard)
	defer log.SetOutput(os.Stderr)
	r, l := newRoom(io.Discard, limits{}), &failing{}
	ended := make(chan struct{})
	go func() { r.serve(l); close(ended) }()
	for deadline := time.Now().Add(patience); l.asked.Load() < 2; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatal("never asked again, though a caller has left")
		}
		select {
		case r.freed <- struct{}{}:
		default:
		}
	}
	before := l.asked.Load()
	time.Sleep(50 * time.Millisecond)
	if more := l.asked.Load() - before; more > 2 {
		t.Errorf("asked %d times more in 50 ms, and nobody has left", more)
	}
	l.closed.Store(true)
	r.freed <- struct{}{}
	<-ended
}
