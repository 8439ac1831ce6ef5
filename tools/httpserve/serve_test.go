//go:build unix

package httpserve

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"socklab/tools/harness/testexec"
)

func TestMain(m *testing.M) { testexec.Main(m, Main) }

// server is http-serve as a process of its own.
type server struct {
	*exec.Cmd
	addr   string
	lines  *bufio.Reader // its stdout
	stderr bytes.Buffer
}

func start(t *testing.T, args ...string) *server {
	t.Helper()
	s := &server{Cmd: testexec.Command(t, args...)}
	s.Stderr = &s.stderr
	out, err := s.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Process.Kill(); s.Wait() })
	s.lines = bufio.NewReader(out)
	line, err := s.lines.ReadString('\n')
	addr, found := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "listening on ")
	if err != nil || !found {
		t.Fatalf("first line %q, %v", line, err)
	}
	s.addr = addr
	return s
}

// ask sends a request by hand and returns the answer's bytes.
func (s *server) ask(t *testing.T, path string) string {
	t.Helper()
	conn, err := net.DialTimeout("tcp", s.addr, testexec.TooLong)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(testexec.TooLong))
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: somebody:1\r\nConnection: close\r\n\r\n", path)
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

// stop ends the server as a person would, and checks that it ends quietly.
func (s *server) stop(t *testing.T, signal os.Signal) {
	t.Helper()
	s.Process.Signal(signal)
	rest, _ := io.ReadAll(s.lines)
	if err := s.Wait(); err != nil || len(rest) > 0 || s.stderr.Len() > 0 {
		t.Errorf("after %v: %v, stdout %q, stderr %q", signal, err, rest, s.stderr.String())
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	dir := filepath.Join(top, "www")
	for name, content := range map[string]string{
		"secret": "secret", "www/index.html": "<p>home", "www/a b.txt": "spaced", "www/sub/x.txt": "x",
	} {
		os.MkdirAll(filepath.Dir(filepath.Join(top, name)), 0o777)
		if err := os.WriteFile(filepath.Join(top, name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("../secret", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}

	s := start(t, "-d", dir, "127.0.0.1:0")
	for _, test := range []struct {
		path   string
		status int
		body   string // as it is on the wire
		log    string // the line logged, if it isn't the path
	}{
		{"/", 200, "<p>home", ""},
		{"/a%20b.txt?x=%0d%0a", 200, "spaced", ""},
		{"/none", 404, "404 page not found\n", ""},
		{"/chunked", 200, "4\r\none\n\r\n4\r\ntwo\n\r\n6\r\nthree\n\r\n0\r\n\r\n", ""},
		{"/empty", 200, "", ""},
		{"/status/200", 200, "200 OK\n", ""},
		{"/status/404", 404, "404 Not Found\n", ""},
		{"/status/503", 503, "503 Service Unavailable\n", ""},
		{"/status/204", 204, "", ""},
		{"/status/199", 400, "a status is a number from 200 to 999\n", ""},
		{"/status/1000", 400, "a status is a number from 200 to 999\n", ""},
		{"/status/teapot", 400, "a status is a number from 200 to 999\n", ""},
		{"/echo", 200, "GET /echo\nHost: somebody:1\n", ""},
		{"/echo?a=1&b=%20", 200, "GET /echo?a=1&b=%20\nHost: somebody:1\n", ""},
		{"/echo/%41+b", 200, "GET /echo/%41+b\nHost: somebody:1\n", ""},
		{"/echo?\u009b[2J\xff", 200, "GET /echo?\u009b[2J\xff\nHost: somebody:1\n", "/echo?\uFFFD[2J\uFFFD"},
		{"/link", 500, "500 Internal Server Error\n", ""},
	} {
		answer := s.ask(t, test.path)
		head, body, _ := strings.Cut(answer, "\r\n\r\n")
		if !strings.HasPrefix(head, fmt.Sprintf("HTTP/1.1 %d ", test.status)) || body != test.body {
			t.Errorf("GET %q\n got %q\nwant %d and %q", test.path, answer, test.status, test.body)
		}
		if length := "Content-Length: 0"; strings.Contains(head, length) != (test.path == "/empty") {
			t.Errorf("GET %q: %s, or not, in\n%s", test.path, length, head)
		}
		if test.log == "" {
			test.log = test.path
		}
		want := fmt.Sprintf("GET %s %d\n", test.log, test.status)
		if got, err := s.lines.ReadString('\n'); err != nil || got != want {
			t.Errorf("it printed %q, %v; want %q", got, err, want)
		}
	}
	for _, path := range []string{"/../secret", "/sub/../../secret", "/%2e%2e/secret", "/..%2fsecret", "/..%5csecret", "//../secret"} {
		if answer := s.ask(t, path); strings.HasSuffix(answer, "\r\n\r\nsecret") {
			t.Errorf("GET %s left the directory", path)
		}
		s.lines.ReadString('\n')
	}
	s.stop(t, os.Interrupt)
}

// Methods are words in capital letters. An unknown one gets 501. One that is
// known but not allowed here gets 405, and the list of those that are (RFC 9110,
// sections 9.1, 15.5.6, 15.6.2).
func TestMethods(t *testing.T) {
	t.Parallel()
	s := start(t, "-q", "-d", t.TempDir(), "127.0.0.1:0")
	for method, want := range map[string]string{
		"GET": "200", "HEAD": "200", "OPTIONS": "204 Allow",
		"POST": "405 Allow", "PUT": "405 Allow", "DELETE": "405 Allow", "PATCH": "405 Allow", "TRACE": "405 Allow",
		"get": "501", "Get": "501", "BREW": "501", "PROPFIND": "501", "GETX": "501",
	} {
		for _, path := range []string{"/", "/echo", "/empty", "/status/200"} {
			conn, err := net.DialTimeout("tcp", s.addr, testexec.TooLong)
			if err != nil {
				t.Fatal(err)
			}
			conn.SetDeadline(time.Now().Add(testexec.TooLong))
			fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", method, path)
			answer, err := io.ReadAll(conn)
			conn.Close()
			got := strings.TrimPrefix(string(answer[:min(len(answer), 12)]), "HTTP/1.1 ")
			if strings.Contains(string(answer), "\r\nAllow: GET, HEAD, OPTIONS\r\n") {
				got += " Allow"
			}
			if err != nil || got != want {
				t.Errorf("%s %s: %q, %v; want %s", method, path, answer, err, want)
			}
		}
	}
}

func TestQuiet(t *testing.T) {
	t.Parallel()
	s := start(t, "-q", "127.0.0.1:0")
	if answer := s.ask(t, "/echo"); !strings.HasSuffix(answer, "\r\n\r\nGET /echo\nHost: somebody:1\n") {
		t.Errorf("it answered %q", answer)
	}
	s.stop(t, syscall.SIGTERM) // and has printed nothing
}

// The line is printed before the answer leaves: when an answer begins, its line
// is on the server's screen.
func TestChunksAreFlushed(t *testing.T) {
	t.Parallel()
	first := make(chan string, 1)
	handler := logged(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "one")
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		select {
		case got := <-first:
			if got != "one" {
				t.Errorf("first piece %q", got)
			}
		case <-time.After(testexec.TooLong):
			t.Error("the first piece did not leave")
		}
	}))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	web := &http.Server{Handler: handler}
	go web.Serve(listener)
	defer web.Close()
	answer, err := http.Get("http://" + listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	piece := make([]byte, 3)
	io.ReadFull(answer.Body, piece)
	first <- string(piece)
	io.Copy(io.Discard, answer.Body)
}

func TestKeepsAConnection(t *testing.T) {
	t.Parallel()
	s := start(t, "127.0.0.1:0")
	conn, err := net.DialTimeout("tcp", s.addr, testexec.TooLong)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(testexec.TooLong))
	in := bufio.NewReader(conn)
	for range 2 {
		io.WriteString(conn, "HEAD /echo HTTP/1.1\r\nHost: h\r\n\r\n")
		answer, err := http.ReadResponse(in, &http.Request{Method: "HEAD"})
		if err != nil || answer.StatusCode != 200 {
			t.Fatalf("%v %v", answer, err)
		}
		if line, _ := s.lines.ReadString('\n'); line != "HEAD /echo 200\n" {
			t.Errorf("it printed %q", line)
		}
	}
	// A caller is still connected, and the server leaves all the same.
	s.stop(t, syscall.SIGTERM)
}

func TestRefusesToStart(t *testing.T) {
	t.Parallel()
	s := start(t, ":0")
	if host, _, _ := net.SplitHostPort(s.addr); host != "127.0.0.1" {
		t.Errorf("with no host it listens on %s", s.addr)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args []string
		want string
		code int
	}{
		{[]string{"a", "b"}, usage, 2},
		{[]string{"-d", file + "/no"}, "http-serve: open " + file + "/no: not a directory\n", 1},
		{[]string{"-d", file}, "http-serve: open " + file + ": not a directory\n", 1},
		{[]string{s.addr}, "http-serve: listen " + s.addr + ": address already in use\n" +
			"http-serve: hint: another program listens there; stop it, or use port 0\n", 1},
	} {
		out, err := testexec.Command(t, test.args...).CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != test.code || string(out) != test.want {
			t.Errorf("%q: %v\n got %q\nwant %q", test.args, err, out, test.want)
		}
	}
}
