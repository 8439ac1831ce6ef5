//go:build unix

package echo

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"socklab/tools/harness/need"
)

// limit bounds every wait of these tests. None of them should need it.
const limit = 30 * time.Second

// TestMain lets a test start this binary again as one of the programs.
func TestMain(m *testing.M) {
	if brief, err := time.ParseDuration(os.Getenv("ECHO_TEST_PATIENCE")); err == nil {
		timeout = brief
	}
	switch os.Getenv("ECHO_TEST_RUN") {
	case "server":
		ServerMain()
	case "bare":
		bareMain(false)
	case "printing":
		bareMain(true)
	case "client":
		ClientMain()
	default:
		os.Exit(m.Run())
	}
}

// longest is the longest path that TMPDIR may have, in bytes: the names of our
// sockets must fit into an address of 104 or 108 bytes (unix(7)).
const longest = 60

// A place is a directory in which programs run and keep their files. When a test
// ends it must be empty again: each program removes the files that it made.
type place struct {
	*testing.T
	dir string
}

func newPlace(t *testing.T) place {
	t.Helper()
	parent := os.TempDir()
	if len(parent) > longest {
		parent = "/tmp"
	}
	dir, err := os.MkdirTemp(parent, "echo") // t.TempDir's is too long for a socket on a Mac
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		left, err := filepath.Glob(filepath.Join(dir, "*"))
		if len(left) > 0 || err != nil {
			t.Errorf("left behind: %q, %v", left, err)
		}
		os.RemoveAll(dir)
	})
	return place{t, dir}
}

func every(network string) bool     { return true }
func connected(network string) bool { return !connectionless(network) }
func onFile(network string) bool    { return isFile(network, defaultAddr[network]) }
func bounded(network string) bool   { return connectionless(network) || network == "unixpacket" }

// inEach runs a test for each NETWORK of that kind that this system has.
func inEach(t *testing.T, such func(network string) bool, test func(p place, network string)) {
	for network := range defaultAddr {
		if !such(network) || network == "unixpacket" && runtime.GOOS == "darwin" {
			continue // a Mac has no unixpacket
		}
		t.Run(network, func(t *testing.T) {
			if strings.HasSuffix(network, "6") {
				need.Skip(t, "tcp6")
			}
			t.Parallel()
			test(newPlace(t), network)
		})
	}
}

// A program is one of ours in a process of its own.
type program struct {
	*exec.Cmd
	t           *testing.T
	out         *bufio.Reader
	diagnostics bytes.Buffer
}

func (p place) start(kind string, args ...string) *program {
	p.Helper()
	return p.startWith(func(*exec.Cmd) {}, kind, args...)
}

func (p place) startWith(change func(*exec.Cmd), kind string, args ...string) *program {
	p.Helper()
	prog := &program{Cmd: exec.Command(os.Args[0], args...), t: p.T}
	prog.Dir = p.dir
	prog.Env = append(os.Environ(), "ECHO_TEST_RUN="+kind, "GORACE=atexit_sleep_ms=0", "PWD="+p.dir, "TMPDIR="+p.dir)
	out, err := prog.StdoutPipe()
	if err != nil {
		p.Fatal(err)
	}
	prog.out, prog.Stderr = bufio.NewReader(out), &prog.diagnostics
	change(prog.Cmd)
	if err := prog.Start(); err != nil {
		p.Fatal(err)
	}
	watchdog := time.AfterFunc(limit, func() { prog.Process.Kill() })
	p.Cleanup(func() { watchdog.Stop(); prog.Process.Kill(); prog.Wait() })
	return prog
}

func inEnv(variable string) func(*exec.Cmd) {
	return func(cmd *exec.Cmd) { cmd.Env = append(cmd.Env, variable) }
}

// serve starts echo-server and returns the address that it prints.
func (p place) serve(network string, flags ...string) (server *program, addr string) {
	p.Helper()
	args := append(flags, "-net", network)
	if strings.HasSuffix(defaultAddr[network], ":8000") {
		args = append(args, ":0") // no host: this machine only
	}
	server = p.start("server", args...)
	first, err := server.out.ReadString('\n')
	addr, ok := strings.CutPrefix(strings.TrimSuffix(first, "\n"), "listening on ")
	want := strings.TrimSuffix(defaultAddr[network], "8000")
	if !ok || !strings.HasPrefix(addr, want) || strings.HasSuffix(addr, ":0") {
		if err == nil {
			server.Process.Kill()
		}
		server.Wait()
		p.Fatalf("printed %q, %v, said %q; want listening on %s", first, err, &server.diagnostics, want)
	}
	return server, addr
}

func (prog *program) prints(want string) {
	prog.t.Helper()
	if got, err := prog.out.ReadString('\n'); got != want+"\n" {
		prog.t.Fatalf("printed %.200q, %v; want %.200q", got, err, want)
	}
}

// ends fails the test unless the program prints no more and ends with this code.
// It returns what the program said.
func (prog *program) ends(code int) (diagnostics string) {
	prog.t.Helper()
	rest, _ := io.ReadAll(prog.out)
	prog.Wait()
	if len(rest) > 0 || prog.ProcessState.ExitCode() != code {
		prog.t.Fatalf("printed %q, %v, said %q; want exit %d", rest, prog.ProcessState, &prog.diagnostics, code)
	}
	return prog.diagnostics.String()
}

// exits fails the test unless it ends like that and has said exactly this.
func (prog *program) exits(code int, diagnostics string) {
	prog.t.Helper()
	if said := prog.ends(code); said != diagnostics {
		prog.t.Fatalf("%v, said %q; want %q", prog.ProcessState, said, diagnostics)
	}
}

// asks has echo-client say a text, and fails the test unless it is answered.
func (p place) asks(network, addr, text string) {
	p.Helper()
	client := p.start("client", "-net", network, addr, text)
	client.prints("hello " + text)
	client.exits(0, "")
}

// A peer is a bare socket.
type peer struct {
	net.Conn
	t *testing.T
}

// call connects a bare socket. On unixgram it has an address only if own, the
// name of a file, is given; the other networks need no own.
func (p place) call(network, addr, own string) peer {
	p.Helper()
	dialer := net.Dialer{}
	if network == "unixgram" && own != "" {
		own = filepath.Join(p.dir, own)
		dialer.LocalAddr = &net.UnixAddr{Name: own, Net: network}
		p.Cleanup(func() { os.Remove(own) })
	}
	if isFile(network, addr) {
		addr = filepath.Join(p.dir, addr)
	}
	conn, err := dialer.Dial(network, addr)
	if err != nil {
		p.Fatal(err)
	}
	p.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(limit))
	return peer{conn, p.T}
}

func (c peer) says(text string) {
	c.t.Helper()
	if _, err := c.Write([]byte(text)); err != nil {
		c.t.Fatal(err)
	}
}

// hears fails the test unless one receive returns exactly this.
func (c peer) hears(want string) {
	c.t.Helper()
	buf := make([]byte, 1<<16)
	if n, err := c.Read(buf); err != nil || string(buf[:n]) != want {
		c.t.Fatalf("received %.200q, %v; want %.200q", buf[:n], err, want)
	}
}

func TestExchange(t *testing.T) {
	inEach(t, every, func(p place, network string) {
		server, addr := p.serve(network)
		p.asks(network, addr, "baihuixin")
		server.prints("baihuixin")
		server.exits(0, "")
	})
}

func TestKeepServing(t *testing.T) {
	inEach(t, every, func(p place, network string) {
		server, addr := p.serve(network, "-k")
		for _, text := range []string{"one", "two", "three"} {
			p.asks(network, addr, text)
			server.prints(text)
		}
		server.Process.Signal(syscall.SIGTERM)
		server.exits(0, "")
	})
}

// TestStopped stops servers by a signal: one that nobody has called yet, one
// whose caller is silent, and one that has answered and serves on.
func TestStopped(t *testing.T) {
	inEach(t, every, func(p place, network string) {
		uncalled, _ := p.serve(network)
		uncalled.Process.Signal(os.Interrupt)
		uncalled.exits(0, "")

		if connected(network) {
			waiting, addr := p.serve(network)
			silent := p.call(network, addr, "")
			waiting.Process.Signal(os.Interrupt)
			waiting.exits(0, "")
			if n, err := silent.Read(make([]byte, 1)); n > 0 || err == nil {
				p.Errorf("received %d bytes, %v from a server that is gone", n, err)
			}
		}

		keeping, addr := p.serve(network, "-k")
		p.asks(network, addr, "hi")
		keeping.prints("hi")
		keeping.Process.Signal(os.Interrupt)
		keeping.exits(0, "")
	})
}

// taken is what a server says when its address is in use.
func taken(network, addr, hint string) string {
	call := "listen"
	if connectionless(network) {
		call = "bind"
	}
	return "echo-server: " + call + " " + addr + ": address already in use\necho-server: hint: " + hint + "\n"
}

// TestTaken starts a server where there is one already.
func TestTaken(t *testing.T) {
	inEach(t, every, func(p place, network string) {
		server, addr := p.serve(network, "-k")
		hint := "another program listens there; stop it, or use port 0"
		if onFile(network) {
			hint = "another program listens there; stop it, or use another path"
		}
		p.start("server", "-net", network, addr).exits(1, taken(network, addr, hint))
		p.asks(network, addr, "still there?") // and has its address
		server.prints("still there?")
		server.Process.Signal(syscall.SIGTERM)
		server.exits(0, "")
	})
}

// TestStale kills a server, which can't remove its file then.
func TestStale(t *testing.T) {
	inEach(t, onFile, func(p place, network string) {
		killed, addr := p.serve(network)
		killed.Process.Kill()
		killed.Wait()
		path := filepath.Join(p.dir, addr)
		before, err := os.Lstat(path)
		if err != nil {
			p.Fatal(err)
		}

		p.start("server", "-net", network).exits(1, taken(network, addr,
			"nobody listens there; a server that was killed has left echo.sock, and it may be removed"))
		p.start("client", "-net", network, "anybody").exits(1, "echo-client: dial echo.sock: connection refused\n"+
			"echo-client: hint: is echo-server running? one that was killed leaves its file, and nobody behind it\n")
		after, err := os.Lstat(path)
		if err != nil || !os.SameFile(before, after) {
			p.Fatalf("%s was touched: %v", path, err)
		}

		os.Remove(path) // as the hint says
		server, _ := p.serve(network)
		p.asks(network, addr, "again")
		server.prints("again")
		server.exits(0, "")
	})
}

// TestInTheWay has other things at the server's address: files that are no
// sockets, and a socket of another kind. That one serves a single caller, and our
// question whether it lives must not use this up.
func TestInTheWay(t *testing.T) {
	inEach(t, onFile, func(p place, network string) {
		defer func() {
			for _, name := range []string{"file", "directory", "link", "nowhere"} {
				os.Remove(filepath.Join(p.dir, name))
			}
		}()
		for name, make := range map[string]func(path string) error{
			"file":      func(path string) error { return os.WriteFile(path, []byte("precious"), 0o666) },
			"directory": func(path string) error { return os.Mkdir(path, 0o777) },
			"link":      func(path string) error { return os.Symlink("file", path) },
			"nowhere":   func(path string) error { return os.Symlink("nothing", path) },
		} {
			if err := make(filepath.Join(p.dir, name)); err != nil {
				p.Fatal(err)
			}
			p.start("server", "-net", network, name).exits(1, taken(network, name, name+" is there, and is no socket; use another path"))
		}
		p.start("client", "-net", network, "file", "hi").exits(1,
			"echo-client: dial file: connection refused\necho-client: hint: file is no socket\n")
		if text, err := os.ReadFile(filepath.Join(p.dir, "file")); string(text) != "precious" {
			p.Errorf("the file holds %q, %v", text, err)
		}
		for _, other := range []string{"unix", "unixgram", "unixpacket"} {
			if !every(other) {
				continue
			}
			server, addr := p.serve(other)
			p.start("server", "-net", network).exits(1, taken(network, addr, "another program listens there; stop it, or use another path"))
			p.asks(other, addr, "still there?")
			server.prints("still there?")
			server.exits(0, "")
		}
	})
}

// TestMissing asks where there is no server.
func TestMissing(t *testing.T) {
	inEach(t, every, func(p place, network string) {
		if onFile(network) {
			p.start("client", "-net", network, "anybody").exits(1, "echo-client: dial echo.sock: no such file or directory\n"+
				"echo-client: hint: is echo-server running? its path is looked up from this directory\n")
			return
		}
		// The port of a socket that is connected elsewhere is nobody else's,
		// and refuses all others.
		_, elsewhere := p.serve(network, "-k")
		addr := p.call(network, elsewhere, "").LocalAddr().String()
		call := "dial"
		if network == "udp" {
			call = "receive from" // a datagram's send is no call: the refusal comes at the receive
		}
		hint := "is echo-server running?"
		if network == "tcp6" {
			hint += " one that listens on 127.0.0.1 alone isn't reached at [::1], which localhost may be, too"
		}
		p.start("client", "-net", network, addr, "anybody").exits(1,
			"echo-client: "+call+" "+addr+": connection refused\necho-client: hint: "+hint+"\n")
	})
}

// TestOtherKind has a client connect to a socket of another kind.
func TestOtherKind(t *testing.T) {
	inEach(t, onFile, func(p place, network string) {
		server, addr := p.serve(network)
		for other := range defaultAddr {
			if other == network || !onFile(other) || other == "unixpacket" && runtime.GOOS == "darwin" {
				continue
			}
			p.start("client", "-net", other, "hi").exits(1, "echo-client: dial echo.sock: protocol wrong type for socket\n"+
				"echo-client: hint: the socket there is of another kind: was echo-server started with another -net?\n")
		}
		p.asks(network, addr, "hi") // the first that the server hears
		server.prints("hi")
		server.exits(0, "")
	})
}

// TestClosedWithoutAWord makes a server fail; it must remove its file all the
// same.
func TestClosedWithoutAWord(t *testing.T) {
	inEach(t, connected, func(p place, network string) {
		server, addr := p.serve(network)
		p.call(network, addr, "").Close()
		server.exits(1, "echo-server: receive: the caller closed without a word\n")
	})
}

func TestNoBytes(t *testing.T) {
	inEach(t, every, func(p place, network string) {
		if !connectionless(network) {
			p.start("client", "-net", network, "").exits(2,
				"echo-client: TEXT is empty, and a connection can't carry a message of no bytes\n")
			return
		}
		server, addr := p.serve(network)
		p.asks(network, addr, "")
		server.prints("")
		server.exits(0, "")
	})
}

// TestBoundaries sends two messages before the first is received, and one that is
// longer than what a receive asks for.
func TestBoundaries(t *testing.T) {
	inEach(t, bounded, func(p place, network string) {
		server, addr := p.serve(network, "-k")
		c := p.call(network, addr, "own")
		server.Process.Signal(syscall.SIGSTOP)
		c.says("one")
		c.says("two")
		c.says(strings.Repeat("x", receiveSize) + "rest")
		c.says("three")
		server.Process.Signal(syscall.SIGCONT)
		for _, text := range []string{"one", "two", strings.Repeat("x", receiveSize), "three"} {
			server.prints(text)
			c.hears("hello " + text)
		}
		server.Process.Signal(syscall.SIGTERM)
		server.exits(0, "")
	})
}

// TestHarmless has a stranger send orders to our terminal.
func TestHarmless(t *testing.T) {
	inEach(t, every, func(p place, network string) {
		server, addr := p.serve(network)
		c := p.call(network, addr, "own")
		c.says("\x1b[2Jred\xff")
		server.prints("␛[2Jred\ufffd")
		c.hears("hello \x1b[2Jred\xff")
		server.exits(0, "")
	})
}

// TestSilence has a client ask a server that says nothing.
func TestSilence(t *testing.T) {
	inEach(t, every, func(p place, network string) {
		addr := filepath.Join(p.dir, "silent")
		if host, ok := strings.CutSuffix(defaultAddr[network], ":8000"); ok {
			addr = host + ":0"
		}
		hint := ""
		if connectionless(network) {
			conn, err := net.ListenPacket(network, addr)
			if err != nil {
				p.Fatal(err)
			}
			defer os.Remove(addr)
			defer conn.Close()
			addr = conn.LocalAddr().String()
			hint = "echo-client: hint: a datagram may get lost, there or on the way back, and nobody says so\n"
		} else {
			listener, err := net.Listen(network, addr)
			if err != nil {
				p.Fatal(err)
			}
			defer listener.Close()
			addr = listener.Addr().String()
		}
		client := p.startWith(inEnv("ECHO_TEST_PATIENCE=50ms"), "client", "-net", network, addr, "anybody?")
		// On a busy machine the time may be up before we come to receive.
		_, said, _ := strings.Cut(client.ends(1), addr)
		if want := ": i/o timeout\n" + hint; said != want {
			p.Errorf("said %q about %s; want %q", said, addr, want)
		}
	})
}

// TestReturnAddress looks at the address that a unixgram client makes for
// itself, and at the ways in which the client may end.
func TestReturnAddress(t *testing.T) {
	p := newPlace(t)
	addr := filepath.Join(p.dir, "bare")
	conn, err := net.ListenPacket("unixgram", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer os.Remove(addr)
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(limit))
	asked := func(want string) (from string) {
		t.Helper()
		buf := make([]byte, receiveSize)
		n, sender, err := conn.ReadFrom(buf)
		if err != nil || string(buf[:n]) != want || sender == nil {
			t.Fatalf("received %q from %v, %v; want %q", buf[:n], sender, err, want)
		}
		return sender.String()
	}

	// What nohup(1) has us ignore, a child would ignore as well (execve(2)).
	if signal.Ignored(syscall.SIGHUP) {
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	}
	for _, deadly := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		client := p.start("client", "-net", "unixgram", addr, "are you there?")
		from := asked("are you there?")
		if _, err := os.Lstat(from); err != nil || !strings.HasPrefix(from, p.dir+"/") {
			t.Fatalf("from %s, %v; want a socket in %s", from, err, p.dir)
		}
		client.Process.Signal(deadly)
		client.exits(-1, "")
		if status := client.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != deadly {
			t.Errorf("ended by %v; want %v", status.Signal(), deadly)
		}
		if _, err := os.Lstat(from); err == nil {
			t.Errorf("after %v, %s is still there", deadly, from)
		}
	}

	// The server's directory is another than the client's.
	client := p.startWith(inEnv("TMPDIR=."), "client", "-net", "unixgram", addr, "relative")
	if from := asked("relative"); !filepath.IsAbs(from) {
		t.Errorf("from %s, which is not the same everywhere", from)
	}
	client.Process.Kill() // removes nothing
	client.Wait()
	left, _ := filepath.Glob(filepath.Join(p.dir, "echo-client-*"))
	if len(left) != 1 {
		t.Errorf("killed, it left %q", left)
	}
	for _, dir := range left {
		os.RemoveAll(dir)
	}

	p.startWith(inEnv("TMPDIR=none"), "client", "-net", "unixgram", addr, "hi").
		exits(1, "echo-client: no address of our own: stat "+filepath.Join(p.dir, "none")+": no such file or directory\n")

	long := filepath.Join(p.dir, strings.Repeat("x", pathMax))
	if err := os.Mkdir(long, 0o777); err != nil {
		t.Fatal(err)
	}
	client = p.startWith(inEnv("TMPDIR="+long), "client", "-net", "unixgram", addr, "hi")
	if said := client.ends(1); !strings.HasSuffix(said, "; set TMPDIR\n") {
		t.Errorf("said %q; want to set TMPDIR", said)
	}
	if err := os.Remove(long); err != nil { // empty, or it would not go
		t.Error(err)
	}
}

// TestNoWayBack sends datagrams that can't be answered. A server must go on
// serving others after that; one that serves a single caller ends.
func TestNoWayBack(t *testing.T) {
	p := newPlace(t)
	const nobody = "echo-server: send: the sender has no address to answer to\n"
	server, addr := p.serve("unixgram", "-k")
	p.call("unixgram", addr, "").says("from nobody")
	server.prints("from nobody")

	// A sender that is gone before the answer comes.
	gone := p.call("unixgram", addr, "gone\x1b")
	from := gone.LocalAddr().String()
	os.Remove(from)
	gone.says("from the past")
	server.prints("from the past")

	p.asks("unixgram", addr, "still there?")
	server.prints("still there?")
	server.Process.Signal(syscall.SIGTERM)
	server.exits(0, nobody+"echo-server: send to "+strings.ReplaceAll(from, "\x1b", "␛")+": no such file or directory\n")

	server, addr = p.serve("unixgram")
	p.call("unixgram", addr, "").says("from nobody")
	server.prints("from nobody")
	server.exits(1, nobody)
}

// TestDeaf has a sender that asks again and again, and never reads an answer. The
// server must answer what others ask after that, without waiting for it.
func TestDeaf(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	heard, says, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer heard.Close()
	heard.SetDeadline(time.Now().Add(limit))
	server := p.startWith(func(cmd *exec.Cmd) { cmd.Stderr = says }, "server", "-k", "-net", "unixgram")
	says.Close()
	server.prints("listening on echo.sock")
	go io.Copy(io.Discard, server.out)

	deaf := p.call("unixgram", "echo.sock", "deaf")
	for range 300 {
		deaf.says("?")
	}
	p.asks("unixgram", "echo.sock", "still there?")
	healthy := p.call("unixgram", "echo.sock", "healthy")
	for range 300 {
		healthy.says("!")
		healthy.hears("hello !")
		deaf.says("?")
	}
	got, err := bufio.NewReader(heard).ReadString('\n')
	if want := "echo-server: send to " + deaf.LocalAddr().String() + ": "; !strings.HasPrefix(got, want) {
		t.Fatalf("the server says %q, %v; want %q", got, err, want)
	}
	deaf.Close()
	p.asks("unixgram", "echo.sock", "still there?")
	server.Process.Signal(syscall.SIGTERM)
	if err := server.Wait(); err != nil {
		t.Error(err)
	}
}

// TestAbstract uses a name that is no file, beside a file of the same name.
func TestAbstract(t *testing.T) {
	need.Skip(t, "linux") // only it has abstract names
	for _, network := range []string{"unix", "unixgram", "unixpacket"} {
		p := newPlace(t)
		name := fmt.Sprintf("@echo-test-%d-%s", os.Getpid(), network)
		file := filepath.Join(p.dir, name)
		if err := os.WriteFile(file, nil, 0o666); err != nil {
			t.Fatal(err)
		}
		p.start("client", "-net", network, name, "anybody").exits(1,
			"echo-client: dial "+name+": connection refused\necho-client: hint: is echo-server running?\n")
		server := p.start("server", "-k", "-net", network, name)
		server.prints("listening on " + name)
		p.asks(network, name, "hi")
		server.prints("hi")
		server.Process.Signal(syscall.SIGTERM)
		server.exits(0, "")
		if err := os.Remove(file); err != nil {
			t.Errorf("a file that was not the server's: %v", err)
		}
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	long := strings.Repeat("x", pathMax+1)
	hint := func(network string) string {
		if strings.HasPrefix(network, "unix") {
			return fmt.Sprintf("hint: with -net %s, ADDR is a path of at most %d bytes, such as echo.sock\n", network, pathMax)
		}
		return fmt.Sprintf("hint: with -net %s, ADDR is HOST:PORT, such as %s\n", network, defaultAddr[network])
	}
	for _, test := range []struct{ network, addr, cause string }{
		{"tcp", "", `ADDR is ""`},
		{"tcp", "nowhere", "address nowhere: missing port in address"},
		{"tcp6", "127.0.0.1:8000", "address 127.0.0.1: no suitable address found"},
		{"tcp4", "[::1]:8000", "address ::1: no suitable address found"},
		{"tcp", "\x1b[2J:80", `ADDR is "\x1b[2J:80"`},
		{"udp", "", `ADDR is ""`},
		{"udp", "127.0.0.1:65536", "address 65536: invalid port"},
		{"unix", "", `ADDR is ""`},
		{"unix", long, "invalid argument"},
		{"unixgram", "", `ADDR is ""`},
		{"unixgram", long, "invalid argument"},
	} {
		server, client := "", ""
		if !strings.HasPrefix(test.cause, "ADDR") {
			server, client = "listen "+test.addr+": ", "dial "+test.addr+": "
			if connectionless(test.network) {
				server = "bind " + test.addr + ": "
			}
		}
		p.start("server", "-net", test.network, test.addr).exits(2,
			"echo-server: "+server+test.cause+"\necho-server: "+hint(test.network))
		p.start("client", "-net", test.network, test.addr, "hi").exits(2,
			"echo-client: "+client+test.cause+"\necho-client: "+hint(test.network))
	}
	const allowed = "NETWORK is one of tcp, tcp4, tcp6, udp, unix, unixgram, unixpacket\n"
	p.start("server", "-net", "sctp").exits(2, "echo-server: -net sctp: "+allowed)
	p.start("client", "-net", "ip", "hi").exits(2, "echo-client: -net ip: "+allowed)
	p.start("client", "-net", "", "hi").exits(2, "echo-client: -net : "+allowed)
	p.start("server", "too", "many").exits(2, serverUsage)
	p.start("client").exits(2, clientUsage)
	for kind, usage := range map[string]string{"server": serverUsage, "client": clientUsage} {
		help := p.start(kind, "-net", "nonsense", "-h")
		for line := range strings.Lines(usage) {
			help.prints(strings.TrimSuffix(line, "\n"))
		}
		help.exits(0, "")
		for network := range defaultAddr {
			for _, text := range []string{usage, allowed} {
				if !regexp.MustCompile(`\b` + network + `\b`).MatchString(text) {
					t.Errorf("echo-%s does not say that there is %s: %s", kind, network, text)
				}
			}
		}
	}
}
