//go:build linux

package capture

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"socklab/tools/harness/need"
	"socklab/tools/harness/netns"
	"socklab/tools/harness/recording"
	"socklab/tools/harness/supervise"
)

func TestMain(m *testing.M) { os.Exit(supervise.M{Tests: m}.Run()) }

// private puts the test on a new network.
func private(t testing.TB) {
	t.Helper()
	need.Skip(t, "privnet")
	n, err := netns.Join("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Leave)
}

func start(t testing.TB) *View {
	t.Helper()
	return startFrames(t, 1<<14)
}

func startFrames(t testing.TB, frames int) *View {
	t.Helper()
	private(t)
	return view(t, nil, frames)
}

// view begins a record of the test's own network, and a view of it.
func view(t testing.TB, rec *recording.Recording, frames int) *View {
	t.Helper()
	snap := snapRecord
	snap.frames = frames
	n := newNetwork(rec, nil, snap)
	side, err := n.Add("", "lo")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.End)
	v, err := side.View()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Stop)
	return v
}

func soon() time.Time { return time.Now().Add(10 * time.Second) }

var chosen = regexp.MustCompile(`:(3[2-9]|[45]\d|60)\d{3}\b`)

// finished is the transcript of a capture, with :C in place of each port that the
// kernel chose.
func finished(t testing.TB, r *View, o Options) string {
	t.Helper()
	if err := r.Finish(soon(), false); err != nil {
		t.Fatal(err)
	}
	return chosen.ReplaceAllString(r.Text(o), ":C")
}

// connect makes a connection on the test's network.
func connect(t testing.TB, addr string) (client, server net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dialer := net.Dialer{FallbackDelay: -1}
	if client, err = dialer.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	client.SetDeadline(soon())
	server.SetDeadline(soon())
	t.Cleanup(func() { client.Close(); server.Close() })
	return client, server
}

func say(t testing.TB, from, to net.Conn, text string) {
	t.Helper()
	got := make([]byte, len(text))
	io.WriteString(from, text)
	if _, err := io.ReadFull(to, got); err != nil || string(got) != text {
		t.Fatalf("got %q, %v; want %q", got, err, text)
	}
}

// TestExchange checks that every packet of a conversation is there once, with IPv4
// and with IPv6.
func TestExchange(t *testing.T) {
	t.Parallel()
	r := start(t)
	var want strings.Builder
	for _, host := range []string{"127.0.0.1", "[::1]"} {
		client, server := connect(t, host+":8000")
		say(t, client, server, "baihuixin")
		say(t, server, client, "hello baihuixin")
		server.Close()
		client.Close()
		for _, words := range []string{"C -> 8000  SYN", "8000 -> C  SYN ACK", "C -> 8000  ACK",
			`C -> 8000  bytes 1-9  "baihuixin"`, `8000 -> C  bytes 1-15  "hello baihuixin"`,
			"8000 -> C  FIN at 16", "C -> 8000  FIN at 10"} {
			words = regexp.MustCompile(`\b(8000|C)\b`).ReplaceAllString(words, host+":$1")
			fmt.Fprintln(&want, words)
		}
	}
	if got := finished(t, r, Options{}); got != want.String() {
		t.Errorf("got:\n%swant:\n%s", got, &want)
	}
}

// TestClock checks a packet's time, on the recording's clock: it lies between what
// its sender does before and after. The file must have the packet's line.
func TestClock(t *testing.T) {
	t.Parallel()
	private(t)
	rec := recording.New()
	c := view(t, rec, 128)
	before := rec.At(time.Now())
	flood(t, 1, "")
	after := rec.At(time.Now())
	if err := c.Finish(soon(), false); err != nil {
		t.Fatal(err)
	}
	const exact = 1000 // µs by which the wall clock may be adjusted meanwhile
	events := slices.DeleteFunc(rec.Events(), func(e recording.Event) bool { return e.Layer != "packets" })
	if len(events) != 1 || events[0].At < before-exact || events[0].At > after+exact {
		t.Fatalf("got %+v, want one event from %d to %d µs", events, before, after)
	}
	file, err := json.Marshal(events[0])
	if err != nil || !strings.Contains(string(file), `"layer":"packets","kind":"packet","actor":"127.0.0.1:`) ||
		!strings.Contains(string(file), `"text":"UDP 1 byte  \"0\""`) {
		t.Errorf("%v; the file has %s", err, file)
	}
}

// TestReset checks a connection that was refused, and one that was dropped.
func TestReset(t *testing.T) {
	t.Parallel()
	r := start(t)
	if _, err := net.Dial("tcp", "127.0.0.1:8000"); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Fatal(err)
	}
	client, server := connect(t, "127.0.0.1:8000")
	say(t, client, server, "one")
	server.(*net.TCPConn).SetLinger(0)
	server.Close()
	const c, s = "127.0.0.1:C -> 127.0.0.1:8000  ", "127.0.0.1:8000 -> 127.0.0.1:C  "
	want := c + "SYN\n" + s + "RST\n" +
		c + "SYN\n" + s + "SYN ACK\n" + c + "ACK\n" + c + "bytes 1-3  \"one\"\n" + s + "RST\n"
	if got := finished(t, r, Options{}); got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}

// TestStillOpen checks that a transcript doesn't count as whole too early. An idle
// connection may stay open if the caller allows that.
func TestStillOpen(t *testing.T) {
	t.Parallel()
	r := start(t)
	client, server := connect(t, "127.0.0.1:8000")
	say(t, client, server, "one")
	if err := r.Finish(soon(), true); err != nil {
		t.Error(err)
	}
	want := fmt.Sprintf("%s -> %s: no FIN from", client.LocalAddr(), server.LocalAddr())
	if err := r.Finish(time.Now().Add(20*time.Millisecond), false); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s ...", err, want)
	}
}

// TestAnswered checks that the kernel's answers are captured, also when a busy
// kernel sends them late.
func TestAnswered(t *testing.T) {
	t.Parallel()
	const each, senders = 500, 4
	r := start(t)
	var sockets [senders]net.PacketConn
	for i := range sockets {
		var err error
		if sockets[i], err = net.ListenPacket("udp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		defer sockets[i].Close()
	}
	nobody := &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9}
	for range 3 {
		var all sync.WaitGroup
		for _, s := range sockets {
			all.Go(func() {
				for range each {
					s.WriteTo([]byte("x"), nobody)
				}
			})
		}
		all.Wait()
	}
	got := finished(t, r, Options{})
	asked, answered := strings.Count(got, "UDP 1 byte"), strings.Count(got, "port unreachable")
	if asked != 3*each*senders || answered != asked {
		t.Errorf("%d datagrams and %d answers, want %d of each", asked, answered, 3*each*senders)
	}
}

// TestNeverQuiet checks that a capture waits for packets that are sent and not yet
// received, and for packets sent in answer.
func TestNeverQuiet(t *testing.T) {
	t.Parallel()
	r := start(t)
	if err := r.Finish(soon(), false); err != nil {
		t.Fatal(err)
	}
	nothing := unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: 0}
	if err := unix.SetsockoptSockFprog(r.marker.fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: 1, Filter: &nothing}); err != nil {
		t.Fatal(err)
	}
	want := "packets that were sent have not arrived"
	if err := r.Finish(time.Now().Add(20*time.Millisecond), false); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}

	// Each datagram that arrives causes another.
	again, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	lo, err := Interface("lo")
	if err != nil {
		t.Fatal(err)
	}
	send := func() { again.WriteTo(nil, again.LocalAddr()) }
	w, err := watchOn(lo, snapLine, true, func(Packet, *line) { send() }, func() {})
	if err != nil {
		t.Fatal(err)
	}
	defer w.End()
	send()
	err = w.quiet(time.Now().Add(50*time.Millisecond), func(*connection) bool { return true })
	again.Close()
	// The deadline may pass before a round of markers begins, or during one.
	if err == nil || !strings.Contains(err.Error(), "packets keep coming") && err.Error() != want {
		t.Errorf("got %v, want that packets keep coming", err)
	}
}

// TestMarkers checks that a marker comes from every processor that we may use, and
// one more after them.
func TestMarkers(t *testing.T) {
	t.Parallel()
	private(t)
	lo, err := Interface("lo")
	if err != nil {
		t.Fatal(err)
	}
	c, err := open(lo, snapLine)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	m, err := newMarker(lo)
	if err != nil {
		t.Fatal(err)
	}
	defer m.close()
	last, err := m.flush(soon())
	if err != nil {
		t.Fatal(err)
	}
	var rounds []byte
	c.stop()
	c.run(func(p Packet) {
		if round, ok := m.is(p); ok {
			rounds = append(rounds, round)
		}
	}, func() {})
	want := append(bytes.Repeat([]byte{last - 1}, runtime.NumCPU()), last)
	if !bytes.HasSuffix(rounds, want) {
		t.Errorf("rounds %v, want %v at their end", rounds, want)
	}
}

// flood sends numbered datagrams to a socket that receives them.
func flood(t testing.TB, n int, filling string) {
	t.Helper()
	sink, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	source, err := net.Dial("udp", sink.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	for i := range n {
		if _, err := fmt.Fprintf(source, "%d%s", i, filling); err != nil {
			t.Fatal(err)
		}
	}
}

// TestNothingLost checks that all of 10,000 segments are captured although the
// reader was blocked while they were sent.
func TestNothingLost(t *testing.T) {
	t.Parallel()
	const n = 10000
	r := start(t)
	r.mu.Lock() // the reader waits
	flood(t, n, "")
	r.mu.Unlock()
	got := finished(t, r, Options{})
	if lines := strings.Count(got, "\n"); lines != n {
		t.Errorf("%d lines, want %d", lines, n)
	}
	for i, line := range strings.Split(strings.TrimSuffix(got, "\n"), "\n") {
		if !strings.HasSuffix(line, fmt.Sprintf("%q", fmt.Sprint(i))) {
			t.Fatalf("line %d is %s", i, line)
		}
	}
}

// TestTooMany checks that a loss is reported.
func TestTooMany(t *testing.T) {
	t.Parallel()
	const frames = 128 // one block
	r := startFrames(t, frames)
	r.mu.Lock()
	flood(t, 2*frames, "")
	r.mu.Unlock()
	if err := r.Finish(soon(), false); err == nil || !regexp.MustCompile(`dropped \d+ packets`).MatchString(err.Error()) {
		t.Errorf("got %v, want a report that packets were dropped", err)
	}
}

// BenchmarkSegments captures 10,000 data segments, in 5,000 exchanges of two as fast
// as they go, and checks that all are there.
func BenchmarkSegments(b *testing.B) {
	const exchanges = 5000
	for b.Loop() {
		done := make(chan struct{})
		go func() { // on a network of its own each time
			defer close(done)
			private(b)
			r := view(b, nil, 1<<14)
			client, server := connect(b, "127.0.0.1:8000")
			go func() {
				io.Copy(server, server)
				server.Close()
			}()
			for range exchanges {
				say(b, client, client, "x")
			}
			client.Close()
			if err := r.Finish(soon(), false); err != nil {
				b.Error(err)
			}
			if got, want := strings.Count(r.Text(Options{}), "\n"), 3+2*exchanges+2; got != want {
				b.Errorf("%d lines, want %d", got, want)
			}
		}()
		<-done
	}
	b.ReportMetric(2*exchanges*float64(b.N)/b.Elapsed().Seconds(), "segments/s")
}
