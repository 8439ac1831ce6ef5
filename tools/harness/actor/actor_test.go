//go:build unix

package actor

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"socklab/tools/harness/all"
)

func start(t *testing.T, command string) *Program {
	t.Helper()
	p, err := Start(nil, "it", exec.Command("sh", "-c", command))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func pattern(t *testing.T, source string) *Pattern {
	t.Helper()
	p, err := NewPattern(source)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func soon() time.Time { return time.Now().Add(20 * time.Second) }

// TestShortLived starts many programs that print one line and exit. No output may be
// lost.
func TestShortLived(t *testing.T) {
	for i := range all.Times(200, 50) {
		p := start(t, fmt.Sprintf("echo number %d", i))
		if _, err := p.Expect(pattern(t, fmt.Sprintf("^number %d$", i)), soon()); err != nil {
			t.Fatalf("%v; screen:\n%s", err, p.Screen())
		}
		if end, err := p.Ended(soon()); err != nil || end.How != "0" {
			t.Fatal(end, err)
		}
	}
}

// TestSlowReader has us read a terminal late, as on a busy machine. Nobody was left
// behind on it.
func TestSlowReader(t *testing.T) {
	p := start(t, "echo one")
	p.mu.Lock() // whoever reads waits
	time.AfterFunc(grace+grace/2, p.mu.Unlock)
	if end, err := p.Ended(soon()); err != nil || end.How != "0" || p.Screen() == "" {
		t.Errorf("%v, %v, screen %q", end, err, p.Screen())
	}
}

// TestLastWords has us read late what a program said before it ended: in the record its
// end comes after it. Whoever still holds the terminal may speak later.
func TestLastWords(t *testing.T) {
	p := start(t, "echo one")
	p.mu.Lock()
	time.AfterFunc(100*time.Millisecond, p.mu.Unlock)
	p.Ended(soon())
	if events := p.transcript.track.Events(); len(events) == 0 || events[len(events)-1].Kind != exited {
		t.Errorf("its end is not the last event: %v", events)
	}
	p = start(t, "(read line; echo two) & exit 3")
	select {
	case <-p.reaped:
	case <-time.After(time.Until(soon())):
		t.Error("who is left behind keeps the end of the program secret")
	}
}

// TestFlood has a program print 4 MB before the word that is expected. The text kept
// stays bounded.
func TestFlood(t *testing.T) {
	p := start(t, "yes 0123456789abcdef | head -c 4000000; echo; echo the end")
	if _, err := p.Expect(pattern(t, "^the end$"), soon()); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Ended(soon()); err != nil {
		t.Fatal(err)
	}
	if n := len(p.buffer.text); n > bufferMax {
		t.Errorf("%d bytes wait to be matched, want at most %d", n, bufferMax)
	}
	screen := p.Screen()
	if n := len(screen); n > transcriptMax+100 {
		t.Errorf("the transcript has %d bytes, want at most about %d", n, transcriptMax)
	}
	if !strings.HasPrefix(screen, "… ") || !strings.HasSuffix(screen, "\nthe end\n") {
		t.Errorf("the transcript begins %.40q and ends %q", screen, screen[len(screen)-20:])
	}
}

// TestForgotten checks that no line begins where older text was dropped. The text
// left must not depend on the pieces in which it came.
func TestForgotten(t *testing.T) {
	for _, line := range []string{"xx00000001\n", "xx00000001"} {
		text := bytes.Repeat([]byte(line), 140000/len(line))
		for _, piece := range []int{len(text), 32 << 10, 1000, 7} {
			w := newBuffer()
			for b := range slices.Chunk(text, piece) {
				w.add(b)
			}
			w.end()
			m, err := w.match(pattern(t, "^(?P<got>x?0+1)"), soon())
			if err == nil {
				t.Errorf("%q in pieces of %d: the line %q was never printed", line, piece, m.Groups["got"])
			}
			if n := w.forgotten(); n != 96<<10 {
				t.Errorf("%q in pieces of %d: %d bytes are forgotten, want %d", line, piece, n, 96<<10)
			}
			m, err = w.match(pattern(t, "x(?P<got>x0+1)"), soon())
			if err != nil || m.Text != "xx00000001" || m.Groups["got"] != "x00000001" {
				t.Errorf("%q in pieces of %d: got %+v, %v", line, piece, m, err)
			}
			if n := w.forgotten(); n != 0 {
				t.Errorf("%q in pieces of %d: %d bytes are forgotten after a match", line, piece, n)
			}
		}
	}
	// If the dropped text ends at the end of a line, the next line is whole.
	w := newBuffer()
	w.add(bytes.Repeat([]byte("0123456789abcde\n"), 64<<10/16+1))
	if _, err := w.match(pattern(t, `\A^0123456789abcde$`), soon()); err != nil || w.forgotten() != 0 {
		t.Error(err, w.forgotten())
	}
}

// TestSplitEcho has the echo of a key come in two halves.
func TestSplitEcho(t *testing.T) {
	for _, test := range []struct{ first, second, want string }{
		{"a^", "Cb", "ab\n"},
		{"a^C", "^Cb", "a^Cb\n"},
		{"a^", "b", "a^b\n"},
		{"a^", "", "a^\n"},
	} {
		p := newTerminal(nil, "it", nil, "")
		p.echoes = []*echo{newEcho("^C")}
		p.receive([]byte(test.first), false)
		p.receive([]byte(test.second), true)
		if p.Screen() != test.want {
			t.Errorf("%q, %q: got %q, want %q", test.first, test.second, p.Screen(), test.want)
		}
	}
}

// TestModes types at terminals in unusual states.
func TestModes(t *testing.T) {
	for _, mode := range []string{"-onlcr", "-icrnl", "-echoctl -icrnl", "-opost"} {
		p := start(t, "stty "+mode+"; echo ready; dd bs=1 count=3 2>/dev/null | od -c")
		if _, err := p.Expect(pattern(t, "ready"), soon()); err != nil {
			t.Fatal(mode, err)
		}
		if err := p.Send("ab", true, soon()); err != nil {
			t.Errorf("%s: %v", mode, err)
		}
		p.CloseWrite(soon())
		if _, err := p.Expect(pattern(t, `a +b +\\[rn]`), soon()); err != nil {
			t.Errorf("%s: %v\n%s", mode, err, p.Screen())
		}
	}
}

// TestDeadline checks that an expectation ends at its deadline although new text
// never stops.
func TestDeadline(t *testing.T) {
	p := start(t, "yes")
	const wait = 200 * time.Millisecond
	begin := time.Now()
	_, err := p.Expect(pattern(t, "no"), begin.Add(wait))
	var miss *Miss
	if !errors.As(err, &miss) || miss.Ended {
		t.Fatalf("got %v, want a miss at the deadline", err)
	}
	if took := time.Since(begin); took < wait {
		t.Errorf("gave up after %s, before the deadline", took)
	}
}

// TestRaw types at a program that has turned the echo off.
func TestRaw(t *testing.T) {
	p := start(t, "stty -echo; echo ready; read word; echo got $word")
	if _, err := p.Expect(pattern(t, "^ready$"), soon()); err != nil {
		t.Fatal(err)
	}
	if err := p.Send("secret", true, soon()); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Expect(pattern(t, "^got secret$"), soon()); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(p.Screen(), mark) {
		t.Errorf("the screen shows what nobody saw:\n%s", p.Screen())
	}
}

// TestTerminal checks the terminal that a program finds: 24 rows.
func TestTerminal(t *testing.T) {
	p := start(t, "test -t 0 && test -t 1 && test -t 2 && stty size")
	if _, err := p.Expect(pattern(t, "^24 80$"), soon()); err != nil {
		t.Fatal(err, p.Screen())
	}
}

// TestTooLong checks that a line is refused if the terminal would silently cut it.
func TestTooLong(t *testing.T) {
	p := start(t, "cat")
	if err := p.Send(strings.Repeat("x", 4096), true, soon()); err == nil {
		t.Error("a line of 4096 bytes was typed")
	}
	line := strings.Repeat("x", 4094)
	if err := p.Send(line, true, soon()); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Expect(pattern(t, "^"+line[:1000]), soon()); err != nil {
		t.Fatal(err)
	}
}

// TestFull types at a program that does not read, until the terminal is full. Typing
// must not hang, and the error must say why.
func TestFull(t *testing.T) {
	p := start(t, "echo ready; exec tail -f /dev/null")
	if _, err := p.Expect(pattern(t, "^ready$"), soon()); err != nil {
		t.Fatal(err)
	}
	var err error
	for range 1000 {
		if err = p.Send(strings.Repeat("y", 1000), true, time.Now().Add(500*time.Millisecond)); err != nil {
			break
		}
	}
	if err == nil || !strings.Contains(err.Error(), "does not read") && !strings.Contains(err.Error(), "timeout") {
		t.Errorf("got %v, want that the terminal is full", err)
	}
}

// TestNearest checks where a caret goes.
func TestNearest(t *testing.T) {
	for _, test := range []struct {
		pattern, text string
		at            int
		wanted        string
		accident      bool
	}{
		{"^hello world$", "hello wurld\n", 7, "orld$", false},
		{"^hello world$", "hello world!\n", 11, "$", false},
		{`^\[1\] (\w+) joined$`, "[1] bob left\n", 8, "joined$", false},
		{"abc", "xyz\nab\n", 6, "c", false},
		{"abc", "xyz\n", -1, "", false},
		{"(?i)ABD", "abc\n", 2, "(?i:D)", false},
		{"a|b", "c\n", -1, "", false},
		{"^x", "y\n", -1, "", false},
		{"^hello bob$", "hullo bob\n", 1, "ello bob$", false},
		{"^= 3$", "= -1 EPIPE\n", 2, "3$", false},
		{"^\\* alice joined$", "* welcome\n*alice joined\nbye\n", 11, " alice joined$", false},
		{"^\\* alice joined$", "* bob joined\n* welcome\n", 2, "alice joined$", false},
		{"^a\nb\nc$", "a\nb\nd\n", 4, "c$", false},
		{"^= -1 EAGAIN$", "= 0\n", 2, "-1 EAGAIN$", false},
		{"^bob$", "b\n", 1, "ob$", false},
		{"^alice$", "a\r\n", 1, "lice$", false},
		{"^bob joined$", "b'bob joined'\n", 1, "ob joined$", true},
		{"connection reset by peer$", "closed\n", 1, "onnection reset by peer$", true},
		{"^.*reset by peer$", "closed\n", 7, "reset by peer$", true},
	} {
		near := pattern(t, test.pattern).Nearest([]byte(test.text))
		if !near.Begun {
			near.At = -1
		}
		if near.At != test.at || near.Wanted != test.wanted || near.Begun && near.Like == test.accident {
			t.Errorf("%q in %q: got %+v, want %+v", test.pattern, test.text, near, test)
		}
	}
}

// TestSocketEnds checks that a close differs from a reset.
func TestSocketEnds(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, how := range []string{"closed", "reset"} {
		a, err := Dial(nil, "a", "tcp", l.Addr().String(), false, soon(), nil)
		if err != nil {
			t.Fatal(err)
		}
		b, err := Accept(nil, "b", l, soon())
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Send("\x00\xff\r\n", false, soon()); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Expect(pattern(t, `\x00.$`), soon()); err != nil {
			t.Fatal(err)
		}
		if how == "reset" {
			err = b.Reset()
		} else {
			err = b.CloseWrite(soon())
		}
		if err != nil {
			t.Fatal(err)
		}
		if end, err := a.Ended(soon()); err != nil || end.How != how {
			t.Errorf("got %v %v, want %s", end, err, how)
		}
		if want := "« \"\\x00\\xff\\r\\n\"\n« " + how + "\n"; a.Screen() != want {
			t.Errorf("got\n%swant\n%s", a.Screen(), want)
		}
		a.Stop()
		b.Stop()
	}
}

// TestHowEnded checks the words for the end of a socket.
func TestHowEnded(t *testing.T) {
	read := func(err error) error {
		return &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", err)}
	}
	for err, want := range map[error]string{
		io.EOF:                        "closed",
		read(syscall.ECONNRESET):      "reset",
		read(syscall.ETIMEDOUT):       "timeout",
		read(syscall.EHOSTUNREACH):    "EHOSTUNREACH",
		read(net.ErrClosed):           "",
		read(errors.New("a mystery")): "a mystery",
	} {
		if got := HowEnded(err); got != want {
			t.Errorf("%v: got %q, want %q", err, got, want)
		}
	}
}

// TestDeaf checks that a deaf socket gets a larger receive buffer when it begins to
// read.
func TestDeaf(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s, err := Dial(nil, "bob", "tcp4", l.Addr().String(), true, soon(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	room := func() (bytes int) {
		raw, err := s.conn.(*net.TCPConn).SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		raw.Control(func(fd uintptr) { bytes, err = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF) })
		if err != nil {
			t.Fatal(err)
		}
		return bytes
	}
	if deaf := room(); deaf >= hearingBuffer {
		t.Errorf("deaf, it has room for %d bytes", deaf)
	}
	peer, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	io.WriteString(peer, "do you hear me?\n")
	if _, err := s.Expect(pattern(t, "hear me"), soon()); err != nil {
		t.Fatal(err)
	}
	if now := room(); now < hearingBuffer {
		t.Errorf("it hears, and has room for %d bytes, want %d", now, hearingBuffer)
	}
}
