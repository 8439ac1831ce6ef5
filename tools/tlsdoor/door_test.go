//go:build unix

package tlsdoor

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"socklab/tools/harness/testexec"
)

func TestMain(m *testing.M) { testexec.Main(m, Main) }

// door is tls-door as a process of its own, and the server behind it.
type door struct {
	*exec.Cmd
	addr   string
	file   string // its certificate
	trust  *x509.CertPool
	server *net.TCPListener
	diag   *bufio.Reader // its stderr
}

func open(t *testing.T, args ...string) *door {
	t.Helper()
	return openWith(t, "unlimited", args...)
}

// openWith opens a door that may have at most that many descriptors.
func openWith(t *testing.T, files string, args ...string) *door {
	t.Helper()
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	d := &door{server: server.(*net.TCPListener), trust: x509.NewCertPool()}
	d.server.SetDeadline(time.Now().Add(testexec.TooLong))
	d.file = filepath.Join(t.TempDir(), "cert.pem")
	args = append([]string{"-cert", d.file, "-to", server.Addr().String()}, args...)
	d.Cmd = testexec.Command(t, append(args, ":0")...)
	if files != "unlimited" {
		d.Path, d.Args = "/bin/sh", append([]string{"sh", "-c", `ulimit -n "$0"; exec "$@"`, files, os.Args[0]}, d.Args[1:]...)
	}
	out, err := d.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	diag, err := d.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	d.diag = bufio.NewReader(diag)
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Process.Kill(); d.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	addr, found := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "listening on ")
	if err != nil || !found || !strings.HasPrefix(addr, "127.0.0.1:") {
		t.Fatalf("first line %q, %v", line, err)
	}
	d.addr = addr
	public, err := os.ReadFile(d.file)
	if err != nil || !d.trust.AppendCertsFromPEM(public) || bytes.Contains(public, []byte("KEY")) {
		t.Fatalf("certificate: %v\n%s", err, public)
	}
	return d
}

// through calls the door, and accepts the call that the door makes to the server.
func (d *door) through(t *testing.T, name string) (caller *tls.Conn, server *net.TCPConn) {
	t.Helper()
	conn, err := net.DialTimeout("tcp", d.addr, testexec.TooLong)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(testexec.TooLong))
	caller = tls.Client(conn, &tls.Config{ServerName: name, RootCAs: d.trust})
	if err := caller.Handshake(); err != nil {
		t.Fatal(err)
	}
	if server, err = d.server.AcceptTCP(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	server.SetDeadline(time.Now().Add(testexec.TooLong))
	return caller, server
}

func TestBothWays(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"127.0.0.1", "shop.example", "::1"} {
		d := open(t, "-name", name)
		caller, server := d.through(t, name)
		large := bytes.Repeat([]byte("0123456789"), 100_000)
		go caller.Write(large)
		got := make([]byte, len(large))
		if _, err := io.ReadFull(server, got); err != nil || !bytes.Equal(got, large) {
			t.Errorf("%s: to the server: %v", name, err)
		}
		go server.Write(large)
		if _, err := io.ReadFull(caller, got); err != nil || !bytes.Equal(got, large) {
			t.Errorf("%s: to the caller: %v", name, err)
		}
		// Each half ends by itself.
		caller.CloseWrite()
		if rest, err := io.ReadAll(server); err != nil || len(rest) > 0 {
			t.Errorf("%s: after the caller's goodbye: %q, %v", name, rest, err)
		}
		io.WriteString(server, "bye")
		server.Close()
		if rest, err := io.ReadAll(caller); err != nil || string(rest) != "bye" {
			t.Errorf("%s: after the server's: %q, %v", name, rest, err)
		}
		d.Process.Signal(syscall.SIGTERM)
		said, _ := io.ReadAll(d.diag)
		if err := d.Wait(); err != nil || len(said) > 0 {
			t.Errorf("%s: %v, stderr %q", name, err, said)
		}
	}
}

// A close is a goodbye (an alert, sealed as a record); a reset is none. Go's
// client takes both for io.EOF, so this counts the bytes behind the answer.
func TestEnds(t *testing.T) {
	t.Parallel()
	d := open(t)
	for _, test := range []struct {
		name string
		end  func(*net.TCPConn)
		more bool // the goodbye's bytes come
	}{
		{"close", func(s *net.TCPConn) { s.Close() }, true},
		{"reset", func(s *net.TCPConn) { s.SetLinger(0); s.Close() }, false},
	} {
		caller, server := d.through(t, "127.0.0.1")
		io.WriteString(server, "answer")
		if _, err := io.ReadFull(caller, make([]byte, 6)); err != nil {
			t.Fatal(err)
		}
		test.end(server)
		rest, err := io.ReadAll(caller.NetConn())
		if err != nil || len(rest) > 0 != test.more {
			t.Errorf("%s: %d bytes and %v", test.name, len(rest), err)
		}
	}
	line, err := d.diag.ReadString('\n')
	if want := "tls-door: relay from " + d.server.Addr().String() + ": connection reset by peer\n"; line != want {
		t.Errorf("%q, %v, want %q", line, err, want)
	}
}

// A caller that leaves before the whole answer has come is named, and nobody else
// is.
func TestCallersWhoAreKilled(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		linger int // 0: a reset, which can be read; else it is met when more is written
		want   string
	}{
		{"reset", 0, "tls-door: relay from "},
		{"end", -1, "tls-door: relay to "},
	} {
		d := open(t)
		caller, server := d.through(t, "127.0.0.1")
		conn := caller.NetConn().(*net.TCPConn)
		conn.SetLinger(test.linger)
		conn.Close() // and no goodbye
		if rest, err := io.ReadAll(server); err != nil || len(rest) > 0 {
			t.Errorf("%s: to the server: %q, %v", test.name, rest, err)
		}
		var err error
		for err == nil {
			_, err = server.Write(make([]byte, pieceSize)) // until the door has closed
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: the door takes more and more", test.name)
		}
		line, err := d.diag.ReadString('\n')
		if want := test.want + conn.LocalAddr().String() + ": "; !strings.HasPrefix(line, want) {
			t.Errorf("%s: %q, %v, want %q", test.name, line, err, want)
		}
		d.Process.Signal(syscall.SIGTERM)
		if more, err := io.ReadAll(d.diag); err != nil || len(more) > 0 {
			t.Errorf("%s: and then %q, %v", test.name, more, err)
		}
	}
}

// A named is a connection in memory to somebody with a name.
type named struct {
	net.Conn
	name string
}

func (n named) RemoteAddr() net.Addr { return n }
func (n named) Network() string      { return "memory" }
func (n named) String() string       { return n.name }

// While one side speaks, the other may be silent for any time. The hours in here
// are those of the bubble's clock, and pass when all are waiting.
func TestSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		caller, callersEnd := net.Pipe()
		server, serversEnd := net.Pipe()
		defer callersEnd.Close()
		defer serversEnd.Close()
		sealed, plain := named{callersEnd, "caller"}, named{serversEnd, "server"}
		asked, answered := make(chan error, 1), make(chan error, 1)
		go func() { asked <- relay(plain, sealed) }()
		go func() { answered <- relay(sealed, plain) }()
		for _, way := range []struct {
			who      string
			from, to net.Conn
		}{{"server", server, caller}, {"caller", caller, server}} {
			for minute := range 60 {
				time.Sleep(time.Minute)
				way.from.SetDeadline(time.Now().Add(time.Second))
				way.to.SetDeadline(time.Now().Add(time.Second))
				if _, err := io.WriteString(way.from, "x"); err != nil {
					t.Fatalf("the %s speaks, minute %d: %v", way.who, minute, err)
				}
				if _, err := way.to.Read(make([]byte, 1)); err != nil {
					t.Fatalf("the %s speaks, minute %d: %v", way.who, minute, err)
				}
			}
		}
		last := time.Now()
		for from, ended := range map[string]chan error{"caller": asked, "server": answered} {
			if err, want := <-ended, "relay from "+from+": i/o timeout"; err == nil || err.Error() != want {
				t.Errorf("%v, want %q", err, want)
			}
		}
		if silent := time.Since(last); silent != idleTimeout {
			t.Errorf("ended after %v, want %v", silent, idleTimeout)
		}
	})
}

func TestCallersWhoLeave(t *testing.T) {
	t.Parallel()
	d := open(t)
	for _, test := range []struct{ says, want string }{
		{"GET / HTTP/1.1\r\n\r\n", ": first record does not look like a TLS handshake\n"},
		{"", ": EOF\n"},
	} {
		conn, err := net.DialTimeout("tcp", d.addr, testexec.TooLong)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(conn, test.says)
		conn.(*net.TCPConn).CloseWrite()
		line, err := d.diag.ReadString('\n')
		if !strings.HasPrefix(line, "tls-door: TLS with 127.0.0.1:") || !strings.HasSuffix(line, test.want) {
			t.Errorf("%q: %q, %v", test.says, line, err)
		}
		conn.Close()
	}
	// It goes on.
	d.through(t, "127.0.0.1")
}

// More callers come than the door has descriptors for. Nobody inside is harmed,
// and when others leave, the next comes in.
func TestExhausted(t *testing.T) {
	t.Parallel()
	d := openWith(t, "20")
	caller, server := d.through(t, "127.0.0.1")
	var silent []net.Conn
	for range 20 {
		conn, err := net.DialTimeout("tcp", d.addr, testexec.TooLong)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		silent = append(silent, conn)
	}
	for _, want := range []string{
		"tls-door: accept on " + d.addr + ": too many open files: others wait at the door until a caller leaves\n",
		"tls-door: hint: a call takes two descriptors, and ulimit -n says how many a process may have\n",
	} {
		if line, err := d.diag.ReadString('\n'); err != nil || line != want {
			t.Fatalf("%q, %v, want %q", line, err, want)
		}
	}
	go io.WriteString(caller, "still here?")
	if _, err := io.ReadFull(server, make([]byte, len("still here?"))); err != nil {
		t.Errorf("to the server: %v", err)
	}
	for _, conn := range silent {
		conn.Close()
	}
	// A caller's error is logged when its descriptors are free: for the first ten
	// callers, and for the sixteenth.
	for range 11 {
		if line, err := d.diag.ReadString('\n'); !strings.HasPrefix(line, "tls-door: TLS with ") {
			t.Fatalf("%q, %v", line, err)
		}
	}
	d.through(t, "127.0.0.1")
}

func TestNobodyBehind(t *testing.T) {
	t.Parallel()
	// Bound but not listening: nobody else gets the port, and nobody answers.
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	server := (&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: name.(*syscall.SockaddrInet4).Port}).String()

	d := open(t, "-to", server)
	dialer := &net.Dialer{Timeout: testexec.TooLong}
	conn, err := tls.DialWithDialer(dialer, "tcp", d.addr, &tls.Config{RootCAs: d.trust})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	line, err := d.diag.ReadString('\n')
	if want := "tls-door: dial " + server + ": connection refused\n"; line != want {
		t.Errorf("%q, %v, want %q", line, err, want)
	}
}

func TestDays(t *testing.T) {
	for _, days := range []int{-400, -1, 1, 400} {
		certificate, _, err := newCertificate("h", days)
		if err != nil {
			t.Fatal(err)
		}
		leaf, err := x509.ParseCertificate(certificate.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		left := time.Until(leaf.NotAfter).Hours() / 24
		if left < float64(days)-0.1 || left > float64(days)+0.1 || !leaf.NotBefore.Before(leaf.NotAfter) || leaf.NotBefore.After(time.Now()) {
			t.Errorf("%d days: from %v to %v", days, leaf.NotBefore, leaf.NotAfter)
		}
	}
}

func TestRefusesToStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "cert.pem")
	d := open(t)
	public, err := os.ReadFile(d.file)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args []string
		want string
		code int
	}{
		{nil, usage, 2},
		{[]string{"-cert", file, "a", "b"}, usage, 2},
		{[]string{"-cert", file, "-name", "a b"}, "tls-door: -name \"a b\": is neither a host name nor an IP address\n", 2},
		{[]string{"-cert", file, "-name", ""}, "tls-door: -name \"\": is neither a host name nor an IP address\n", 2},
		{[]string{"-cert", file, "-days", "0"}, "tls-door: -days 0: want 1 or more, or -1 or less, up to a hundred years\n", 2},
		{[]string{"-cert", dir, ":0"}, "tls-door: write " + dir + ": is a directory\n", 1},
		{[]string{"-cert", file, "nowhere"}, "tls-door: ADDR is \"nowhere\"; want HOST:PORT, such as 127.0.0.1:8443\n", 2},
		{[]string{"-cert", d.file, d.addr}, "tls-door: listen " + d.addr + ": address already in use\n" +
			"tls-door: hint: another program listens there; stop it, or use port 0\n", 1},
	} {
		out, err := testexec.Command(t, test.args...).CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != test.code || string(out) != test.want {
			t.Errorf("%q: %v\n got %q\nwant %q", test.args, err, out, test.want)
		}
	}
	// A second door, started by mistake, does no harm to the first.
	if now, err := os.ReadFile(d.file); err != nil || !bytes.Equal(now, public) {
		t.Errorf("the certificate of the door that listens has become another: %v", err)
	}
}
