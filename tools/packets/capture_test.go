//go:build linux

package packets

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
	"golang.org/x/sys/unix"

	"socklab/tools/privnet"
)

// TestMain lets the test binary be the program too, which runs itself again.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "packets" {
		Main()
	}
	os.Exit(privnet.M{Tests: m}.Run())
}

// private puts the test on a network of its own.
func private(t testing.TB) {
	t.Helper()
	if !privnet.Available() {
		t.Skip("needs a private network")
	}
	n, err := privnet.Join()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Leave)
}

func start(t testing.TB) *Recording {
	t.Helper()
	private(t)
	r, err := Record("lo")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Stop)
	return r
}

func soon() time.Time { return time.Now().Add(10 * time.Second) }

var chosen = regexp.MustCompile(`:(3[2-9]|[45]\d|60)\d{3}\b`)

// finished is the transcript of a recording, with every port that the kernel
// chose as :C.
func finished(t testing.TB, r *Recording, o Options) string {
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

// TestExchange checks every packet of a conversation, once, in either family.
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

// TestStillOpen checks that a transcript isn't taken for whole too early, and
// that a connection at rest may be open when that was asked for.
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

// TestAnswered checks that the kernel's answers to what was sent are there, when
// it is so busy that they come late.
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

// TestNeverQuiet checks that a recording waits for packets that have been sent
// and not received, and for those that others have caused.
func TestNeverQuiet(t *testing.T) {
	t.Parallel()
	r := start(t)
	if err := r.Finish(soon(), false); err != nil {
		t.Fatal(err)
	}
	nothing := unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: 0}
	if err := unix.SetsockoptSockFprog(r.watch.marker.fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: 1, Filter: &nothing}); err != nil {
		t.Fatal(err)
	}
	want := "packets that were sent have not arrived"
	if err := r.Finish(time.Now().Add(20*time.Millisecond), false); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}

	// Each datagram that is seen makes another.
	again, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	lo, err := interfaceNamed("lo")
	if err != nil {
		t.Fatal(err)
	}
	send := func() { again.WriteTo(nil, again.LocalAddr()) }
	w, err := watchOn(lo, snapLine, true, func(packet, *line) { send() }, func() {})
	if err != nil {
		t.Fatal(err)
	}
	defer w.end()
	send()
	err = w.quiet(time.Now().Add(50*time.Millisecond), func(*connection) bool { return true })
	again.Close()
	// The time may be up before a round of markers begins, or in one.
	if err == nil || !strings.Contains(err.Error(), "packets keep coming") && err.Error() != want {
		t.Errorf("got %v, want that packets keep coming", err)
	}
}

// TestMarkers checks that a marker comes from every processor that there is for
// us, and one after them.
func TestMarkers(t *testing.T) {
	t.Parallel()
	private(t)
	lo, err := interfaceNamed("lo")
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
	c.run(func(p packet) {
		if round, ok := m.is(p); ok {
			rounds = append(rounds, round)
		}
	}, func() {})
	want := append(bytes.Repeat([]byte{last - 1}, runtime.NumCPU()), last)
	if !bytes.HasSuffix(rounds, want) {
		t.Errorf("rounds %v, want %v at their end", rounds, want)
	}
}

// flood sends datagrams that somebody receives, numbered.
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

// TestNothingLost checks that all of 10,000 segments are there though nobody
// looked while they were sent.
func TestNothingLost(t *testing.T) {
	t.Parallel()
	const n = 10000
	r := start(t)
	r.watch.mu.Lock() // the reader waits
	flood(t, n, "")
	r.watch.mu.Unlock()
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
	r := start(t)
	r.watch.mu.Lock()
	flood(t, snapLine.frames+1000, "")
	r.watch.mu.Unlock()
	if err := r.Finish(soon(), false); err == nil || !regexp.MustCompile(`dropped \d+ packets`).MatchString(err.Error()) {
		t.Errorf("got %v, want a report that packets were dropped", err)
	}
}

// packetsCommand is the program packets.
func packetsCommand(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	if !privnet.Available() {
		t.Skip("needs a private network")
	}
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Args[0] = "packets"
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0")
	return cmd
}

// TestCommand checks that a command's packets go to stderr, its output to
// stdout, and its exit code to whoever asks, with nothing left behind: somebody
// who lived on would keep the pipe of stdout open.
func TestCommand(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "pcap")
	cmd := packetsCommand(t, "-pcap", file, "--", "bash", "-c",
		`sleep 1000 & echo "$@"; printf "%0600d" 7 >/dev/udp/127.0.0.1/9; exit 7`, "bash", "one", "two")
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if cmd.ProcessState.ExitCode() != 7 {
		t.Errorf("ended with %v, want exit code 7", err)
	}
	if out.String() != "one two\n" {
		t.Errorf("stdout has %q", out.String())
	}
	want := `127.0.0.1:C -> 127.0.0.1:9  UDP 600 bytes  "` + strings.Repeat("0", 64) + `" and 536 more
127.0.0.1 -> 127.0.0.1  ICMP port unreachable for UDP 127.0.0.1:C -> 127.0.0.1:9
`
	if got := chosen.ReplaceAllString(errs.String(), ":C"); got != want {
		t.Errorf("stderr has\n%swant\n%s", got, want)
	}

	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	pcap, err := pcapgo.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, _, err := pcap.ReadPacketData()
	if err != nil {
		t.Fatal(err)
	}
	udp, ok := gopacket.NewPacket(data, pcap.LinkType(), gopacket.Default).Layer(layers.LayerTypeUDP).(*layers.UDP)
	if !ok || len(udp.Payload) != 600 {
		t.Errorf("the file has not all of the datagram: %v", udp)
	}
}

// TestSignalled checks that a signal reaches the command, and how its end by one
// is told.
func TestSignalled(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		script string
		want   int
	}{{`trap "exit 5" TERM`, 5}, {``, 128 + int(syscall.SIGTERM)}} {
		cmd := packetsCommand(t, "--", "sh", "-c", c.script+"\necho ready; read x; read x")
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		io.ReadFull(out, make([]byte, len("ready\n")))
		cmd.Process.Signal(syscall.SIGTERM)
		io.Copy(io.Discard, out)
		in.Close()
		cmd.Wait()
		if got := cmd.ProcessState.ExitCode(); got != c.want {
			t.Errorf("%q: exit code %d, want %d", c.script, got, c.want)
		}
	}
}

// TestUsage checks what is refused.
func TestUsage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--"}, 2, "usage: packets"},
		{[]string{"ls"}, 2, "usage: packets"},
		{[]string{"-i", "lo", "--", "ls"}, 2, "usage: packets"},
		{[]string{"-i", "nowhere"}, 1, `no interface "nowhere": there are `},
		{[]string{"--", "no-such-program"}, 127, "no-such-program: executable file not found"},
		{[]string{"--", "/"}, 126, "/: "},
		{[]string{"-pcap", "/no/such/file", "--", "true"}, 1, "/no/such/file"},
	} {
		cmd := packetsCommand(t, c.args...)
		said, _ := cmd.CombinedOutput()
		if cmd.ProcessState.ExitCode() != c.code || !strings.Contains(string(said), c.says) {
			t.Errorf("packets %q: exit code %d, want %d; it said %swant %s", c.args, cmd.ProcessState.ExitCode(), c.code, said, c.says)
		}
	}
}

// TestNotAllowed checks what somebody without rights over the network is told.
func TestNotAllowed(t *testing.T) {
	t.Parallel()
	cmd := packetsCommand(t, "-i", "lo")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER}
	said, _ := cmd.CombinedOutput()
	want := "packets: capture on lo: socket AF_PACKET: operation not permitted\n" +
		"packets: hint: on a network of its own a command needs no root: packets -- COMMAND\n"
	if string(said) != want || cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("exit code %d, said\n%swant\n%s", cmd.ProcessState.ExitCode(), said, want)
	}
}

// BenchmarkSegments records 10,000 segments of data, an exchange of two after
// the other as fast as it goes, and wants every one of them.
func BenchmarkSegments(b *testing.B) {
	const exchanges = 5000
	for b.Loop() {
		done := make(chan struct{})
		go func() { // on a network of its own each time
			defer close(done)
			private(b)
			r, err := Record("lo")
			if err != nil {
				b.Error(err)
				return
			}
			defer r.Stop()
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
