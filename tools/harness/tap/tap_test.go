//go:build unix

package tap

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

func start(t testing.TB, network, listen, target string) *Tap {
	t.Helper()
	tap, err := Start(Config{Network: network, Listen: listen, Target: target})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tap.Stop)
	return tap
}

func nobody(string, int) string { return "" }

// call connects a client through a tap; it returns the server's end too.
func call(t testing.TB, network, dir string) (tap *Tap, client, server net.Conn) {
	t.Helper()
	target, listen := "127.0.0.1:0", "127.0.0.1:0"
	if network == "unix" {
		target, listen = filepath.Join(dir, "server"), filepath.Join(dir, "tap")
	}
	l, err := net.Listen(network, target)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	tap = start(t, network, listen, l.Addr().String())
	if client, err = net.Dial(network, tap.Addr()); err != nil {
		t.Fatal(err)
	}
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(10 * time.Second)
	client.SetDeadline(deadline)
	server.SetDeadline(deadline)
	t.Cleanup(func() { client.Close(); server.Close() })
	return tap, client, server
}

func want(t *testing.T, tap *Tap, lines ...string) {
	t.Helper()
	if err := tap.Finish(time.Now().Add(10 * time.Second)); err != nil {
		t.Error(err)
	}
	if got := tap.Stream(false, nobody); got != strings.Join(lines, "\n")+"\n" {
		t.Errorf("got:\n%swant:\n%s", got, strings.Join(lines, "\n"))
	}
}

func say(t *testing.T, from, to net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(from, text); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(text))
	if _, err := io.ReadFull(to, got); err != nil || string(got) != text {
		t.Fatalf("got %q, %v; want %q", got, err, text)
	}
}

// hears checks that the next read of c fails with the error want.
func hears(t *testing.T, c net.Conn, want error) {
	t.Helper()
	if n, err := c.Read(make([]byte, 1)); !errors.Is(err, want) {
		t.Fatalf("read %d, %v; want %v", n, err, want)
	}
}

// TestHalfClose checks that the end of one direction leaves the other open, and that
// the transcript shows which side closed first.
func TestHalfClose(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		tap, client, server := call(t, network, t.TempDir())
		say(t, client, server, "one")
		client.(interface{ CloseWrite() error }).CloseWrite()
		hears(t, server, io.EOF)
		say(t, server, client, "two")
		say(t, server, client, "\x00three")
		server.Close()
		hears(t, client, io.EOF)
		want(t, tap,
			`caller -> server  3 bytes  "one"`,
			`caller -> server  closes`,
			`server -> caller  9 bytes  "two\x00three"`,
			`server -> caller  closes`)
	}
}

// TestBothClose checks that a transcript doesn't depend on which side was quicker.
func TestBothClose(t *testing.T) {
	for _, serverIsQuicker := range []bool{true, false} {
		tap, client, server := call(t, "tcp", "")
		say(t, client, server, "one")
		first, second := client, server
		if serverIsQuicker {
			first, second = server, client
		}
		first.Close()
		hears(t, second, io.EOF)
		second.Close()
		want(t, tap, `caller -> server  3 bytes  "one"`, `server -> caller  closes`, `caller -> server  closes`)
		if got := tap.Stream(true, nobody); strings.HasSuffix(got, "caller -> server  closes\n") != serverIsQuicker {
			t.Errorf("with -chunks not as it came: %s", got)
		}
	}
}

// TestReset checks that a reset reaches the other side as one, both ways.
func TestReset(t *testing.T) {
	tap, client, server := call(t, "tcp", "")
	say(t, client, server, "one")
	server.(*net.TCPConn).SetLinger(0)
	server.Close()
	hears(t, client, syscall.ECONNRESET)
	want(t, tap, `caller -> server  3 bytes  "one"`, `server -> caller  resets`)

	tap, client, server = call(t, "tcp", "")
	say(t, client, server, "one")
	client.(*net.TCPConn).SetLinger(0)
	client.Close()
	hears(t, server, syscall.ECONNRESET)
	want(t, tap, `caller -> server  3 bytes  "one"`, `caller -> server  resets`)
}

// TestClosedWhileSending checks a write to a side that has closed. It must fail as
// without the tap: with a reset.
func TestClosedWhileSending(t *testing.T) {
	_, client, server := call(t, "tcp", "")
	server.Close()
	hears(t, client, io.EOF)
	var err error
	for err == nil {
		_, err = client.Write([]byte("is anybody there?"))
	}
	if !errors.Is(err, syscall.EPIPE) && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("write: %v; want a reset", err)
	}
}

// TestNobody checks a server that isn't there, and later is.
func TestNobody(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	tap := start(t, "tcp", "127.0.0.1:0", l.Addr().String())
	client, err := net.Dial("tcp", tap.Addr())
	if err != nil {
		t.Fatal(err)
	}
	hears(t, client, io.EOF)
	client.Close()
	want(t, tap, `server -> caller  refuses the connection`)
}

// TestNotStarted checks that a tap that can't listen leaves no goroutine behind.
func TestNotStarted(t *testing.T) {
	for _, network := range []string{"tcp", "udp"} {
		before := runtime.NumGoroutine()
		_, err := Start(Config{Network: network, Listen: "127.0.0.1:no-port", Target: "127.0.0.1:8000"})
		if more := runtime.NumGoroutine() - before; err == nil || more > 0 {
			t.Errorf("%s: got %v, and %d goroutines more", network, err, more)
		}
	}
}

// TestStillOpen checks that a transcript doesn't count as whole too early.
func TestStillOpen(t *testing.T) {
	tap, client, server := call(t, "tcp", "")
	say(t, client, server, "one")
	if err := tap.Finish(time.Now().Add(10 * time.Millisecond)); err == nil {
		t.Error("finished while a connection is open")
	}
}

// TestDatagrams checks that datagrams keep their boundaries, empty ones too,
// and find their way back.
func TestDatagrams(t *testing.T) {
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	tap := start(t, "udp", "127.0.0.1:0", server.LocalAddr().String())
	client, err := net.Dial("udp", tap.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	server.SetDeadline(time.Now().Add(10 * time.Second))
	client.SetDeadline(time.Now().Add(10 * time.Second))
	buf := make([]byte, 100)
	for _, text := range []string{"one", "", "two"} {
		io.WriteString(client, text)
		n, from, err := server.ReadFrom(buf)
		if err != nil || string(buf[:n]) != text {
			t.Fatalf("got %q, %v; want %q", buf[:n], err, text)
		}
		if text == "two" {
			server.WriteTo([]byte("three"), from)
			n, err := client.Read(buf)
			if err != nil || string(buf[:n]) != "three" {
				t.Fatalf("got %q, %v; want three", buf[:n], err)
			}
		}
	}
	want(t, tap, `caller -> server  3 bytes  "one"`, `caller -> server  0 bytes  ""`,
		`caller -> server  3 bytes  "two"`, `server -> caller  5 bytes  "three"`)
}

// TestFlat checks that many bytes pass whole, and that few of them are kept.
func TestFlat(t *testing.T) {
	const size = 256 << 20
	tap, client, server := call(t, "tcp", "")
	client.SetDeadline(time.Time{})
	server.SetDeadline(time.Time{})
	block := bytes.Repeat([]byte("0123456789abcdef"), 4096)
	sent, got := sha256.New(), sha256.New()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	go func() {
		for n := 0; n < size; n += len(block) {
			sent.Write(block)
			client.Write(block)
		}
		client.Close()
	}()
	if n, err := io.Copy(got, server); n != size || err != nil {
		t.Fatalf("%d bytes, %v; want %d", n, err, size)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if !bytes.Equal(sent.Sum(nil), got.Sum(nil)) {
		t.Error("not the same bytes")
	}
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 4<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
	server.Close()
	tap.Finish(time.Now().Add(10 * time.Second))
	text := tap.Stream(false, nobody)
	if sum := fmt.Sprintf("sha256 %.4x...", got.Sum(nil)); !strings.Contains(text, sum) || !strings.Contains(text, fmt.Sprint(size)) {
		t.Errorf("%.400s\nwant %d bytes, %s", text, size, sum)
	}
	if len(tap.Stream(true, nobody)) > 1<<20 {
		t.Error("the pieces are without bound")
	}
}

// BenchmarkExchange compares an exchange of a few bytes without and with a tap.
func BenchmarkExchange(b *testing.B) {
	echo := func(b *testing.B, client, server net.Conn) time.Duration {
		client.SetDeadline(time.Time{})
		server.SetDeadline(time.Time{})
		go io.Copy(server, server)
		buf := make([]byte, 16)
		var took []time.Duration
		for range b.N {
			begun := time.Now()
			client.Write([]byte("baihuixin"))
			if _, err := client.Read(buf); err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(begun))
		}
		slices.Sort(took)
		return took[len(took)/2]
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	server, err := l.Accept()
	if err != nil {
		b.Fatal(err)
	}
	direct := echo(b, client, server)
	_, client, server = call(b, "tcp", "")
	tapped := echo(b, client, server)
	b.ReportMetric(float64(direct.Microseconds()), "direct-p50-µs")
	b.ReportMetric(float64(tapped.Microseconds()), "tapped-p50-µs")
	b.ReportMetric(float64((tapped - direct).Microseconds()), "cost-p50-µs")
}

// received is what one receive returns.
func received(t *testing.T, c net.Conn) string {
	t.Helper()
	buf := make([]byte, 1024)
	n, err := c.Read(buf)
	if err != nil && err != io.EOF {
		t.Fatal(err)
	}
	return string(buf[:n])
}

func says(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

func TestHoldAndRelease(t *testing.T) {
	tap, client, server := call(t, "tcp", t.TempDir())
	soon := time.Now().Add(10 * time.Second)
	tap.Fault(true, false, func(f *Faults) { f.Hold = true })
	says(t, client, "one")
	says(t, server, "not held")
	if got := received(t, client); got != "not held" {
		t.Errorf("received %q", got)
	}
	if held := tap.Held(3, soon); held != 3 {
		t.Errorf("%d bytes are held", held)
	}
	says(t, client, "two")
	tap.Held(6, soon)
	tap.Fault(true, false, func(f *Faults) { f.Hold = false })
	if got := received(t, server); got != "onetwo" {
		t.Errorf("received %q", got)
	}
	says(t, client, "three")
	if got := received(t, server); got != "three" {
		t.Errorf("received %q", got)
	}
	// FIN waits behind the bytes that are held.
	tap.Fault(true, false, func(f *Faults) { f.Hold = true })
	says(t, client, "last")
	client.Close()
	tap.Held(4, soon)
	if held := tap.Held(5, time.Now()); held != 4 {
		t.Errorf("%d bytes are held", held)
	}
	tap.Fault(true, false, func(f *Faults) { f.Hold = false })
	if got := received(t, server); got != "last" {
		t.Errorf("received %q", got)
	}
	if got := received(t, server); got != "" {
		t.Errorf("received %q", got)
	}
	server.Close()
}

func TestGlue(t *testing.T) {
	tap, client, server := call(t, "tcp", t.TempDir())
	tap.Fault(true, true, func(f *Faults) { f.Glue = 5 })
	for _, text := range []string{"a", "bc", "d", "e"} {
		says(t, client, text)
	}
	if got := received(t, server); got != "abcde" {
		t.Errorf("received %q", got)
	}
	says(t, client, "rest")
	client.Close()
	if got := received(t, server); got != "rest" {
		t.Errorf("received %q", got)
	}
	server.Close()
}

// TestStopWhileHeld stops a tap whose callers have closed behind held bytes, and a
// tap that holds keptMax bytes. No goroutine may stay, and no bytes.
func TestStopWhileHeld(t *testing.T) {
	tap, client, server := call(t, "tcp", t.TempDir())
	tap.Fault(true, true, func(f *Faults) { f.Hold = true })
	soon := time.Now().Add(10 * time.Second)
	says(t, client, "one")
	tap.Held(3, soon)
	says(t, server, "two")
	tap.Held(6, soon)
	client.Close()
	server.Close()
	for _, p := range tap.allPipes() {
		p.mu.Lock()
		for !p.closed {
			p.change.Wait()
		}
		p.mu.Unlock()
	}
	tap.Stop()
	if err := tap.Finish(soon); err != nil {
		t.Error("after Stop,", err)
	}
	if held := tap.Held(0, time.Now()); held != 0 {
		t.Errorf("%d bytes are held after Stop", held)
	}
	want(t, tap, `caller -> server  3 bytes  "one"`, `server -> caller  3 bytes  "two"`,
		`server -> caller  closes`, `caller -> server  closes`)

	tap, client, _ = call(t, "tcp", t.TempDir())
	tap.Fault(true, true, func(f *Faults) { f.Hold = true })
	says(t, client, "one")
	tap.Held(3, soon)
	for _, p := range tap.allPipes() {
		p.mu.Lock()
		p.kept = append(p.kept, make([]byte, keptMax)...)
		tap.keepBack(keptMax)
		p.mu.Unlock()
	}
	says(t, client, " too many")
	for !strings.Contains(tap.Stream(false, nobody), "too many") && time.Now().Before(soon) {
		runtime.Gosched()
	}
	tap.Stop()
	want(t, tap, `caller -> server  12 bytes  "one too many"`)
}

// TestCut and TestResetAfter check the byte counts.
func TestCut(t *testing.T) {
	tap, client, server := call(t, "tcp", t.TempDir())
	tap.Fault(false, true, func(f *Faults) { f.Cut = 5 })
	says(t, server, "abc")
	says(t, server, "defgh")
	got, err := io.ReadAll(client)
	if string(got) != "abcde" || err != nil {
		t.Errorf("received %q, %v", got, err)
	}
	if got, err := io.ReadAll(server); string(got) != "" || err != nil {
		t.Errorf("the server received %q, %v", got, err)
	}
	client.Close()
	server.Close()
	want(t, tap, `server -> caller  8 bytes  "abcdefgh"`, "server -> caller  is cut here by the tap")
}

func TestResetAfter(t *testing.T) {
	tap, client, server := call(t, "tcp", t.TempDir())
	tap.Fault(true, false, func(f *Faults) { f.Reset = 2 })
	says(t, client, "abcd")
	if got, err := io.ReadAll(server); len(got) > 2 || !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("received %q, %v", got, err)
	}
	if got, err := io.ReadAll(client); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the client received %q, %v", got, err)
	}
	want(t, tap, `caller -> server  4 bytes  "abcd"`, "caller -> server  is reset here by the tap")
}

// TestManyBytes sends more bytes than a tap keeps back, through every fault that
// passes all of them.
func TestManyBytes(t *testing.T) {
	for _, f := range []Faults{{}, {Split: 70000}, {Glue: 100000}, {Delay: time.Millisecond}} {
		tap, client, server := call(t, "tcp", t.TempDir())
		tap.Fault(true, true, func(now *Faults) { *now = f })
		sum := sha256.New()
		go func() {
			defer client.Close()
			for i := range 3 << 20 / 1000 {
				piece := bytes.Repeat([]byte{byte(i)}, 1000)
				sum.Write(piece)
				client.Write(piece)
			}
		}()
		got := sha256.New()
		n, err := io.Copy(got, server)
		if n != 3<<20/1000*1000 || err != nil || !bytes.Equal(got.Sum(nil), sum.Sum(nil)) {
			t.Errorf("%+v: %d bytes, %v", f, n, err)
		}
		server.Close()
	}
}

// A tap that finds out who calls is at work, however long that takes: whoever waits
// for its server must not give up.
func TestConnecting(t *testing.T) {
	for _, network := range []string{"tcp", "unix", "udp"} {
		t.Run(network, func(t *testing.T) {
			dir, listen, target := t.TempDir(), "127.0.0.1:0", "127.0.0.1:0"
			if network == "unix" {
				listen, target = filepath.Join(dir, "tap"), filepath.Join(dir, "server")
			}
			if network == "udp" {
				server, err := net.ListenPacket(network, target)
				if err != nil {
					t.Fatal(err)
				}
				defer server.Close()
				target = server.LocalAddr().String()
			} else {
				server, err := net.Listen(network, target)
				if err != nil {
					t.Fatal(err)
				}
				defer server.Close()
				target = server.Addr().String()
			}
			asked, answer := make(chan bool), make(chan bool)
			owner := func(uint64) string { asked <- true; <-answer; return "" }
			tap, err := Start(Config{Network: network, Listen: listen, Target: target, Owner: owner})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(tap.Stop)
			if tap.Connecting() {
				t.Error("nobody has called, and the tap is at work")
			}
			client, err := net.Dial(network, tap.Addr())
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			if network == "udp" {
				client.Write([]byte("hello"))
			}
			for range 2 { // about the caller and about the server
				<-asked
				if !tap.Connecting() {
					t.Error("the tap asks who calls, and is at rest")
				}
				answer <- true
			}
			for end := time.Now().Add(10 * time.Second); tap.Connecting(); runtime.Gosched() {
				if time.Now().After(end) {
					t.Fatal("the caller is connected, and the tap is at work")
				}
			}
		})
	}
}

// So is one whose caller is still in the listener's queue.
func TestReadable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if readable(l) {
		t.Error("nobody has called")
	}
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if !readable(l) {
		t.Error("a caller waits in the queue")
	}
}
