//go:build unix

package httpget

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"socklab/tools/harness/all"
	"socklab/tools/harness/need"
	"socklab/tools/harness/testexec"
)

func TestMain(m *testing.M) { testexec.Main(m, Main) }

// run runs http-get to its end.
func run(t testing.TB, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, diag bytes.Buffer
	cmd := testexec.Command(t, args...)
	cmd.Stdout, cmd.Stderr = &out, &diag
	if err := cmd.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	return out.String(), diag.String(), cmd.ProcessState.ExitCode()
}

// serve takes one caller on a bare socket, reads its request, and leaves the
// rest to answer. It returns the caller's URL.
func serve(t testing.TB, answer func(conn *net.TCPConn)) string {
	t.Helper()
	return serveOn(t, listen(t), answer)
}

func listen(t testing.TB) *net.TCPListener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener.(*net.TCPListener)
}

func serveOn(t testing.TB, listener *net.TCPListener, answer func(conn *net.TCPConn)) string {
	deadline := time.Now().Add(testexec.TooLong)
	listener.SetDeadline(deadline)
	addr := listener.Addr().String()
	done := make(chan bool)
	t.Cleanup(func() { listener.Close(); <-done })
	go func() {
		defer close(done)
		conn, err := listener.AcceptTCP()
		if err != nil {
			t.Errorf("nobody called: %v", err)
			return
		}
		defer conn.Close()
		conn.SetDeadline(deadline)
		want := "GET /p?q HTTP/1.1\r\nHost: " + addr + "\r\nConnection: close\r\n\r\n"
		got := make([]byte, len(want))
		if _, err := io.ReadFull(conn, got); err != nil || string(got) != want {
			t.Errorf("request\n got %q %v\nwant %q", got, err, want)
		}
		answer(conn)
	}()
	return "http://" + addr + "/p?q"
}

// untilCallerCloses waits, without sending or closing, until the caller has left.
func untilCallerCloses(t testing.TB, conn net.Conn) {
	if n, err := io.Copy(io.Discard, conn); n != 0 || err != nil && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("after the request: %d more bytes, %v", n, err)
	}
}

// nobodyCalled asserts that no connection ever came to listener.
func nobodyCalled(t *testing.T, listener *net.TCPListener) {
	t.Helper()
	listener.SetDeadline(time.Now().Add(-time.Second))
	if conn, err := listener.Accept(); err == nil {
		conn.Close()
		t.Error("there was a connection")
	}
}

const oddHead = "HTTP/1.1 200 Fine\r\ncontent-LENGTH:  5 \r\nX-Odd:\tv\r\nx-odd: w\r\n\r\n"

func TestAnswers(t *testing.T) {
	long := strings.Repeat("x", pieceSize-len("X: "))
	interim := "HTTP/1.1 100 Continue\r\n\r\n"
	ok := "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
	early := "HTTP/1.1 103 Early Hints\r\nX: " + strings.Repeat("x", 600_000) + "\r\n\r\n"
	endless := "HTTP/1.1 200 OK\r\n" + strings.Repeat("X: y\r\n", 400_000)
	chunked := "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

	for _, test := range []struct {
		name, answer string
		head, body   string // what -i and -body print
		err          string // what stderr says if the answer isn't whole
	}{
		{"odd casing", oddHead + "hello", oddHead, "hello", ""},
		{"bare newlines", "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", "HTTP/1.1 200 OK\nContent-Length: 2\n\n", "hi", ""},
		{"empty body", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", ""},
		{"no content", "HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n", "", ""},
		{"error status", "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nno\n",
			"HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\n", "no\n", ""},
		{"until close", "HTTP/1.1 200 OK\r\n\r\na\r\n\r\nb", "HTTP/1.1 200 OK\r\n\r\n", "a\r\n\r\nb", ""},
		{"HTTP/1.0", "HTTP/1.0 200 OK\r\nServer: old\r\n\r\nhi", "HTTP/1.0 200 OK\r\nServer: old\r\n\r\n", "hi", ""},
		{"chunked", chunked + "5\r\nhello\r\n1;x=y\r\n \r\n005\r\nworld\r\n0\r\n\r\n", chunked, "hello world", ""},
		{"chunked with trailers", chunked + "2\r\nhi\r\n0\r\nX-Sum: 1\r\nY: 2\r\n\r\n", chunked, "hi", ""},
		{"beyond the end", ok + "hi and more", ok, "hi", ""},
		{"interim", interim + "HTTP/1.1 103 Early Hints\r\nLink: </s>\r\n\r\n" + ok + "hi",
			interim + "HTTP/1.1 103 Early Hints\r\nLink: </s>\r\n\r\n" + ok, "hi", ""},
		// RFC 9110, section 15.2 has no largest number.
		{"a hundred interim", strings.Repeat(interim, 100) + ok + "hi", strings.Repeat(interim, 100) + ok, "hi", ""},
		{"binary", "HTTP/1.1 200 OK\r\n\r\n\x00\xff\r\n\x1b[2J", "HTTP/1.1 200 OK\r\n\r\n", "\x00\xff\r\n\x1b[2J", ""},
		// The line's CR LF comes alone, in the second buffer, and isn't empty.
		{"long header", "HTTP/1.1 200 OK\r\nX: " + long + "\r\nContent-Length: 1\r\n\r\n!",
			"HTTP/1.1 200 OK\r\nX: " + long + "\r\nContent-Length: 1\r\n\r\n", "!", ""},

		{"cut Content-Length", "HTTP/1.1 200 OK\r\nContent-Length: 1024\r\n\r\n" + strings.Repeat("b", 512),
			"HTTP/1.1 200 OK\r\nContent-Length: 1024\r\n\r\n", strings.Repeat("b", 512),
			"read body of http://host/: cut short: 512 of 1024 bytes came"},
		{"cut before the body", ok, ok, "", "read body of http://host/: cut short: 0 of 2 bytes came"},
		{"cut in a chunk", chunked + "5\r\nhello\r\n5\r\nwo", chunked, "hellowo",
			"read body of http://host/: cut short: 7 bytes came, and the end is missing"},
		{"cut before a chunk", chunked + "5\r\nhello\r\n", chunked, "hello",
			"read body of http://host/: cut short: 5 bytes came, and the end is missing"},
		{"cut in the last chunk", chunked + "5\r\nhello\r\n0\r\n", chunked, "hello",
			"read body of http://host/: cut short: 5 bytes came, and the end is missing"},
		{"cut in the trailers", chunked + "5\r\nhello\r\n0\r\nX: y\r\n", chunked, "hello",
			"read body of http://host/: cut short: 5 bytes came, and the end is missing"},
		{"a chunk longer than it said", chunked + "5\r\nhello world\r\n0\r\n\r\n", chunked, "hello",
			`read body of http://host/: behind a chunk's bytes comes " "; want CR LF, so its size was wrong (RFC 9112, section 7.1): 5 bytes came`},
		{"a chunk shorter than it said", chunked + "9\r\nhello\r\n0\r\n\r\n", chunked, "hello\r\n0\r",
			`read body of http://host/: behind a chunk's bytes comes "\n"; want CR LF, so its size was wrong (RFC 9112, section 7.1): 9 bytes came`},
		{"bad chunk", chunked + "5\r\nhello\r\nxyz\r\n", chunked, "hello",
			`read body of http://host/: the line with a chunk's size is "xyz"; want hexadecimal digits (RFC 9112, section 7.1): 5 bytes came`},

		{"nothing", "", "", "", "read headers of http://host/: closed without an answer"},
		{"interim only", interim, interim, "", "read headers of http://host/: closed without an answer"},
		{"interim without end", strings.Repeat(interim, 60_000) + ok + "hi", strings.Repeat(interim, 60_000)[:maxHead], "",
			"read headers of http://host/: interim answers and no other within 1048576 bytes"},
		{"long interim", early + early, (early + early)[:maxHead], "", "read headers of http://host/: interim answers and no other within 1048576 bytes"},
		{"half a word", "HTT", "HTT", "", "read headers of http://host/: cut short: 3 bytes came, and no empty line"},
		{"no end of headers", "HTTP/1.1 200 OK\r\nX: y\r\n", "HTTP/1.1 200 OK\r\nX: y\r\n", "", "read headers of http://host/: cut short: 23 bytes came, and no empty line"},
		{"garbage", "SSH-2.0-x\x1b[2J\r\nmore", "", "", `read headers of http://host/: not HTTP: the answer begins with "SSH-2.0-x\x1b[2J\r\n"`},
		{"short garbage", "hi", "", "", `read headers of http://host/: not HTTP: the answer begins with "hi"`},
		{"empty line first", "\r\n" + ok + "hi", "", "", `read headers of http://host/: not HTTP: the answer begins with "\r\n"`},
		{"bad status", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "",
			`read headers of http://host/: the status line is "HTTP/1.1 abc"; want HTTP/1.1, a space, and three digits (RFC 9112, section 4)`},
		{"bad header", "HTTP/1.1 200 OK\r\nnonsense\r\n\r\nhi", "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", "",
			`read headers of http://host/: a header without a colon, "nonsense" (RFC 9112, section 5)`},
		{"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nhi",
			"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "",
			`read headers of http://host/: two lengths, Content-Length: 1, 2; one of them is wrong (RFC 9112, section 6.3)`},
		{"headers without end", endless, endless[:maxHead], "",
			"read headers of http://host/: no empty line within 1048576 bytes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := outcomeOf([]byte(test.answer), nil, true)
			check(t, "all of it", got.raw, test.answer)
			check(t, "head", got.head, test.head)
			check(t, "body", got.body, test.body)
			check(t, "error", got.err, test.err)
		})
		if !slices.Contains([]string{"chunked", "cut Content-Length", "garbage"}, test.name) {
			continue
		}
		// How the program ends, in each mode.
		for _, mode := range []struct{ flag, want string }{{"-i=false", test.answer}, {"-i", test.head}, {"-body", test.body}} {
			t.Run(test.name+mode.flag, func(t *testing.T) {
				t.Parallel()
				url := serve(t, func(conn *net.TCPConn) { io.WriteString(conn, test.answer) })
				stdout, stderr, code := run(t, mode.flag, url)
				wantErr, wantCode := "", 0
				if mode.flag == "-i" && strings.HasPrefix(test.err, "read body") {
					// The part that was asked for is all there.
				} else if test.err != "" {
					wantErr, wantCode = "http-get: "+strings.Replace(test.err, "http://host/", url, 1)+"\n", 1
				}
				check(t, "stdout", stdout, mode.want)
				check(t, "stderr", stderr, wantErr)
				if code != wantCode {
					t.Errorf("exit %d, want %d", code, wantCode)
				}
			})
		}
	}
}

func check(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s\n got %.300q (%d)\nwant %.300q (%d)", what, got, len(got), want, len(want))
	}
}

func TestOneByteAtATime(t *testing.T) {
	t.Parallel()
	answer := "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n"
	url := serve(t, func(conn *net.TCPConn) {
		for i := range len(answer) {
			io.WriteString(conn, answer[i:i+1])
		}
	})
	stdout, stderr, code := run(t, "-body", url)
	check(t, "stdout", stdout, "hello")
	check(t, "stderr", stderr, "")
	if code != 0 {
		t.Errorf("exit %d", code)
	}
}

func TestStreams(t *testing.T) {
	t.Parallel()
	// The second half is sent when the first has reached stdout.
	for _, mode := range []string{"-t=1m", "-body"} {
		seen := make(chan bool)
		url := serve(t, func(conn *net.TCPConn) {
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
			<-seen
			io.WriteString(conn, "world")
		})
		cmd := testexec.Command(t, mode, url)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		got := ""
		buf := make([]byte, 100)
		for !strings.HasSuffix(got, "hello") {
			n, err := out.Read(buf)
			got += string(buf[:n])
			if err != nil {
				t.Errorf("%s: %q, then %v", mode, got, err)
				break
			}
		}
		close(seen)
		rest, _ := io.ReadAll(out)
		check(t, mode, string(rest), "world")
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
}

func TestSilence(t *testing.T) {
	t.Parallel()
	ok := "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"
	for _, test := range []struct {
		flag, answer, stdout, stderr string
		code                         int
	}{
		{"-body", "", "", "read headers of http://host/: nothing came for 250ms", 1},
		{"-i=false", "", "", "read headers of http://host/: nothing came for 250ms", 1},
		{"-i", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\n", "read headers of http://host/: nothing came for 250ms", 1},
		// -i is complete at the empty line, whatever is still to come.
		{"-i", ok, ok, "", 0},
		{"-i", "HTTP/1.1 200 OK\r\n\r\nab", "HTTP/1.1 200 OK\r\n\r\n", "", 0},
		{"-i=false", "220 hello", "220 hello", `read headers of http://host/: not HTTP: the answer begins with "220 hello"`, 1},
		{"-body", ok + "ab", "ab", "read body of http://host/: nothing came for 250ms: 2 of 4 bytes came", 1},
		{"-body", "HTTP/1.1 200 OK\r\n\r\nab", "ab", "read body of http://host/: nothing came for 250ms: 2 bytes came, and the end is missing", 1},
		{"-body", ok + "abcd", "abcd", "", 0},
		{"-i=false", ok + "abcd", ok + "abcd", "hint: the answer is complete, but the server did not close within 250ms", 0},
	} {
		t.Run(test.flag+test.answer, func(t *testing.T) {
			t.Parallel()
			url := serve(t, func(conn *net.TCPConn) {
				io.WriteString(conn, test.answer)
				untilCallerCloses(t, conn)
			})
			stdout, stderr, code := run(t, "-t", "250ms", test.flag, url)
			check(t, "stdout", stdout, test.stdout)
			want := ""
			if test.stderr != "" {
				want = "http-get: " + strings.Replace(test.stderr, "http://host/", url, 1) + "\n"
			}
			check(t, "stderr", stderr, want)
			if code != test.code {
				t.Errorf("exit %d", code)
			}
		})
	}
}

// The limit is for one silence: a whole answer may take longer, and so may its
// headers.
func TestSlowButSteady(t *testing.T) {
	t.Parallel()
	const limit = time.Second
	const answer = "HTTP/1.1 200 OK\n\nxx"
	start := time.Now()
	url := serve(t, func(conn *net.TCPConn) {
		tick := time.NewTicker(limit / 8)
		defer tick.Stop()
		for i := range answer {
			<-tick.C
			io.WriteString(conn, answer[i:i+1])
		}
	})
	stdout, stderr, code := run(t, "-t", limit.String(), "-body", url)
	check(t, "stdout", stdout, "xx")
	check(t, "stderr", stderr, "")
	if took := time.Since(start); code != 0 || took < limit {
		t.Errorf("exit %d after %v", code, took)
	}
}

func TestReset(t *testing.T) {
	t.Parallel()
	url := serve(t, func(conn *net.TCPConn) {
		io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
		conn.SetLinger(0)
	})
	// A reset may destroy what was sent before it, but the failure must show.
	_, stderr, code := run(t, url)
	check(t, "stderr", stderr, "http-get: read headers of "+url+": connection reset by peer\n")
	if code != 1 {
		t.Errorf("exit %d", code)
	}
}

func TestRefusedConnection(t *testing.T) {
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
	addr := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: name.(*syscall.SockaddrInet4).Port}

	file := filepath.Join(t.TempDir(), "page")
	stdout, stderr, code := run(t, "-o", file, "http://"+addr.String()+"/")
	check(t, "stdout", stdout, "")
	check(t, "stderr", stderr, "http-get: dial "+addr.String()+": connection refused\nhttp-get: hint: is a web server running there?\n")
	if code != 1 {
		t.Errorf("exit %d", code)
	}
	onlyFiles(t, filepath.Dir(file))
}

func followable(status int) string {
	return fmt.Sprintf("redirect %d is not followed (-L does): it leads to ", status)
}

// A redirect is a whole answer, and stderr says where it leads.
func TestRedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	elsewhere := listen(t)
	there := "http://" + elsewhere.Addr().String() + "/"
	for _, test := range all.Of([]struct {
		head, want string
	}{
		{"302 Found\r\nLocation: " + there, followable(302) + there},
		{"301 Moved Permanently\r\nlocation:  /new?a#b", followable(301) + "http://HOST/new?a"},
		{"301 Moved Permanently\r\nlocation: ../b", followable(301) + "http://HOST/b"},
		{"301 Moved Permanently\r\nlocation: ?b", followable(301) + "http://HOST/p?b"},
		{"301 Moved Permanently\r\nlocation: //" + there[len("http://"):], followable(301) + there},
		{"308 Gone \x1b[2J\r\nLocation: /\u009b2J\xff", "redirect 308 is not followed: it leads to /\uFFFD2J\uFFFD: " +
			"the character at byte 2 is not ASCII; percent-encode it (%C2...), or, in a host name, use its xn-- form"},
		{"307 Far\r\nLocation: " + there + strings.Repeat("x", 5000), followable(307) + there + strings.Repeat("x", 200-len(there))},
		{"300 Choices", ""},
		{"304 Not Modified\r\nX: y", ""},
		{"201 Created\r\nLocation: /new", ""},
	}, 4) {
		answer := "HTTP/1.1 " + test.head + "\r\nContent-Length: 0\r\n\r\n"
		for flag, want := range map[string]string{"-i=false": answer, "-i": answer, "-body": ""} {
			url := serve(t, func(conn *net.TCPConn) { io.WriteString(conn, answer) })
			stdout, stderr, code := run(t, flag, url)
			check(t, "stdout", stdout, want)
			said := ""
			if test.want != "" {
				host, _, _ := strings.Cut(url[len("http://"):], "/")
				said = "http-get: " + strings.Replace(test.want, "HOST", host, 1) + "\n"
			}
			check(t, "stderr", stderr, said)
			if code != 0 {
				t.Errorf("exit %d", code)
			}
		}
	}
	nobodyCalled(t, elsewhere)
}

func TestIPv6(t *testing.T) {
	t.Parallel()
	need.Skip(t, "tcp6")
	listener, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Fatal(err)
	}
	url := serveOn(t, listener.(*net.TCPListener), func(conn *net.TCPConn) {
		io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\nsix")
	})
	stdout, stderr, _ := run(t, "-body", url)
	check(t, "stdout", stdout, "six")
	check(t, "stderr", stderr, "")
}

func TestRefusedBeforeConnecting(t *testing.T) {
	t.Parallel()
	listener := listen(t)
	addr := listener.Addr().String()
	dir := t.TempDir()
	for _, test := range all.Of([]struct {
		args []string
		err  string
		code int
	}{
		{nil, "no URL; http-get -h says more", 2},
		{[]string{"-o", dir + "/page", "http://" + addr, "http://" + addr}, "-o " + dir + "/page: of 2 pages, which? ask for one", 2},
		{[]string{"http://" + addr, "-i"}, "-i comes behind the URL; flags go before it", 2},
		{[]string{"-i", "-body", "http://" + addr}, "-i is the headers only, -body the body only; choose one, or neither for both", 2},
		{[]string{"-k", "http://" + addr}, "-k is no flag of http-get; http-get -h says what there is", 2},
		{[]string{"-i", "-framing", "http://" + addr}, "-framing and -i: each shows the answer in its own way; choose one", 2},
		{[]string{"-4", "-6", "http://" + addr}, "-4 and -6: no address is both; leave them out for either", 2},
		{[]string{"-I", "-d", "x", "http://" + addr}, "-I asks with HEAD, -d with POST; choose one", 2},
		{[]string{"-I", "-X", "GET", "http://" + addr}, "-I asks with HEAD, -X with GET; choose one", 2},
		{[]string{"-I", "-body", "http://" + addr}, "-I asks for the headers only, and -body shows more; choose one", 2},
		{[]string{"-X", "GET /", "http://" + addr}, `-X "GET /": no method of HTTP; a method is one word, as GET (RFC 9110, section 9.1)`, 2},
		{[]string{"-X", "CONNECT", "http://" + addr}, "-X CONNECT: asks for a tunnel, and http-get has nothing to send through it", 2},
		{[]string{"-H", "X", "http://" + addr}, `-H "X": want 'Name: value', or 'Name:' to leave it out; http-get -h says what there is`, 2},
		{[]string{"-H", "X y: z", "http://" + addr}, `-H "X y: z": "X y" is no name of a header (RFC 9110, section 5.1); http-get -h says what there is`, 2},
		{[]string{"-H", "X: y\r\nZ: z", "http://" + addr}, `-H "X: y\r\nZ: z": a control character, '\r', in the value (RFC 9110, section 5.5); http-get -h says what there is`, 2},
		{[]string{"-d", "@" + dir + "/no", "http://" + addr}, `-d "@` + dir + `/no": no such file or directory; http-get -h says what there is`, 2},
		{[]string{"-d", "a", "-d", "b", "http://" + addr}, `-d "b": -d was there before; put all into one file, and say -d @FILE; http-get -h says what there is`, 2},
		{[]string{"-to", "unix:", "http://" + addr}, "-to unix:: want unix:PATH", 2},
		{[]string{"-4", "-to", "unix:" + dir, "http://" + addr}, "-4 chooses among addresses, and -to unix:" + dir + " is a path", 2},
		{[]string{"-o"}, "-o wants something behind it; http-get -h says what there is", 2},
		{[]string{"-t", "5", "http://" + addr}, `"5" for -t; want a number and its unit, such as 5s or 1m; http-get -h says what there is`, 2},
		{[]string{"-to", "127.0.0.1:99999", "http://" + addr}, `-to 127.0.0.1:99999: port "99999" is not a number from 1 to 65535`, 2},
		{[]string{"-t", "0", "http://" + addr}, "-t 0s: leaves no time for an answer", 2},
		{[]string{"-t", "-1s", "http://" + addr}, "-t -1s: leaves no time for an answer", 2},
		{[]string{addr}, "split URL: no scheme; a URL to ask begins with http:// or https://", 2},
		{[]string{"ftp://" + addr}, `split URL: scheme "ftp" is not http or https`, 2},
		{[]string{"-to", "nowhere", "http://" + addr}, "-to nowhere: want HOST:PORT, or unix:PATH", 2},
		{[]string{"-cacert", "x.pem", "http://" + addr}, "-cacert x.pem: a server has a certificate if the URL begins with https://", 2},
		{[]string{"-cacert", dir + "/no.pem", "https://" + addr}, "read " + dir + "/no.pem: no such file or directory", 1},
		{[]string{"-cacert", "get_test.go", "https://" + addr}, "read get_test.go: no certificate in it; it is text that begins with -----BEGIN CERTIFICATE-----", 1},
		{[]string{"http://u:p@" + addr}, "split URL: a name or password before @ is not part of a request; leave it out", 2},
		{[]string{"http://" + addr + "/a b"}, "split URL: a space at byte " + strconv.Itoa(len("http://"+addr+"/a ")) + "; write it as %20", 2},
		{[]string{"http://" + addr + "/\r\nX: y"}, "split URL: a control character, '\\r', at byte " + strconv.Itoa(len("http://"+addr+"/\r")), 2},
		{[]string{"-o", dir, "http://" + addr}, "open " + dir + ": is a directory", 1},
		{[]string{"-o", dir + "/no/page", "http://" + addr}, "open " + dir + "/no/page: no such file or directory", 1},
	}, 8) {
		stdout, stderr, code := run(t, test.args...)
		check(t, "stdout", stdout, "")
		check(t, "stderr", stderr, "http-get: "+test.err+"\n")
		if code != test.code {
			t.Errorf("%q: exit %d", test.args, code)
		}
	}
	nobodyCalled(t, listener)
	onlyFiles(t, dir)
}

// onlyFiles asserts what is in dir: NAME, CONTENT, NAME, CONTENT...
func onlyFiles(t *testing.T, dir string, want ...string) {
	t.Helper()
	var got []string
	fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			content, _ := os.ReadFile(filepath.Join(dir, path))
			got = append(got, path, string(content))
		}
		return err
	})
	check(t, "files", strings.Join(got, "|"), strings.Join(want, "|"))
}

func TestOutputFile(t *testing.T) {
	t.Parallel()
	ok := "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"
	file := filepath.Join(t.TempDir(), "page")
	if err := os.WriteFile(file, []byte("an old and longer page"), 0o666); err != nil {
		t.Fatal(err)
	}

	url := serve(t, func(conn *net.TCPConn) { io.WriteString(conn, ok+"ab") })
	stdout, stderr, code := run(t, "-body", "-o", file, url)
	check(t, "stdout", stdout, "")
	check(t, "stderr", stderr, "http-get: read body of "+url+": cut short: 2 of 4 bytes came\nhttp-get: hint: what came is in "+file+".part\n")
	if code != 1 {
		t.Errorf("exit %d", code)
	}
	onlyFiles(t, filepath.Dir(file), "page", "an old and longer page", "page.part", "ab")

	url = serve(t, func(conn *net.TCPConn) { io.WriteString(conn, ok+"abcd") })
	stdout, stderr, code = run(t, "-o", file, url)
	check(t, "output", stdout+stderr, "")
	if code != 0 {
		t.Errorf("exit %d", code)
	}
	onlyFiles(t, filepath.Dir(file), "page", ok+"abcd")

	// A pipe has no parts, and is still a pipe afterwards.
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o666); err != nil {
		t.Fatal(err)
	}
	reader, err := os.OpenFile(pipe, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	reader.SetDeadline(time.Now().Add(testexec.TooLong))
	url = serve(t, func(conn *net.TCPConn) { io.WriteString(conn, ok+"abcd") })
	stdout, stderr, code = run(t, "-o", pipe, url)
	check(t, "output", stdout+stderr, "")
	if code != 0 {
		t.Errorf("exit %d", code)
	}
	if info, err := os.Lstat(pipe); err != nil || info.Mode().Type() != fs.ModeNamedPipe {
		t.Fatalf("%s is not what it was: %v %v", pipe, info, err)
	}
	got := make([]byte, len(ok+"abcd"))
	_, err = io.ReadFull(reader, got)
	check(t, "pipe", string(got), ok+"abcd")
	if err != nil {
		t.Error(err)
	}
}

func TestDiskFull(t *testing.T) {
	t.Parallel()
	need.Skip(t, "/dev/full")
	// Through a link of our own: if this test has a bug, root must not lose the
	// device.
	full := filepath.Join(t.TempDir(), "full")
	if err := os.Symlink("/dev/full", full); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []string{"-i=false", "-i", "-body"} {
		url := serve(t, func(conn *net.TCPConn) { io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\nabcd") })
		_, stderr, code := run(t, mode, "-o", full, url)
		check(t, mode, stderr, "http-get: write "+full+": no space left on device\n")
		if code != 1 {
			t.Errorf("exit %d", code)
		}
	}
}

// endless sends a body until the caller leaves.
func endless(conn *net.TCPConn) {
	io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
	for piece := make([]byte, 1<<20); ; {
		if _, err := conn.Write(piece); err != nil {
			return
		}
	}
}

// As with "| head -1": a reader that has read enough leaves, and so do we,
// quietly.
func TestStdoutClosed(t *testing.T) {
	t.Parallel()
	checkDeath(t, syscall.SIGPIPE, func(_ *os.Process, out io.Closer) { out.Close() })
}

func TestInterrupt(t *testing.T) {
	t.Parallel()
	checkDeath(t, syscall.SIGINT, func(p *os.Process, _ io.Closer) { p.Signal(os.Interrupt) })
}

func checkDeath(t *testing.T, want syscall.Signal, kill func(*os.Process, io.Closer)) {
	cmd := testexec.Command(t, serve(t, endless))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "HTTP/1.1 200 OK\r\n" {
		t.Errorf("%q %v", line, err)
	}
	kill(cmd.Process, out)
	cmd.Wait()
	check(t, "stderr", stderr.String(), "")
	if status := cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != want {
		t.Errorf("ended with %v, want signal %v", cmd.ProcessState, want)
	}
}

// When a stream has ended, for whatever reason, no call waits for it again.
func TestEndIsFinal(t *testing.T) {
	t.Parallel()
	listener := listen(t)
	conn, err := net.DialTimeout("tcp", listener.Addr().String(), testexec.TooLong)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	peer, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()

	in := &wire{conn: conn, limit: time.Millisecond}
	buf := make([]byte, 10)
	if n, err := in.Read(buf); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("a silence reads as %d bytes, %v", n, err)
	}
	io.WriteString(peer, "late")
	in.limit = testexec.TooLong
	if n, err := in.Read(buf); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("after a silence: %d bytes, %v", n, err)
	}
}
