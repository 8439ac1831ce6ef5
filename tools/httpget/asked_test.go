//go:build unix

package httpget

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"socklab/tools/harness/all"
	"socklab/tools/harness/need"
)

// asked is what a server was asked, and on how many connections.
type asked struct {
	mu       sync.Mutex
	requests []string
	calls    int
}

// take returns what came since the last take.
func (a *asked) take() (requests []string, calls int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	requests, calls = a.requests, a.calls
	a.requests, a.calls = nil, 0
	return requests, calls
}

// ServeHTTP notes a request, without the headers in which programs differ.
func (a *asked) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	data, err := io.ReadAll(r.Body)
	text := fmt.Sprintf("%s %s, Host %s, %d %q %v", r.Method, r.RequestURI, r.Host, r.ContentLength, data, err)
	for _, name := range []string{"User-Agent", "Accept", "Connection"} {
		if v := r.Header.Get(name); v != "*/*" && !strings.HasPrefix(v, "curl/") {
			continue
		}
		r.Header.Del(name)
	}
	r.Header.Del("Connection")
	var headers bytes.Buffer
	r.Header.Write(&headers) // sorted
	a.mu.Lock()
	a.requests = append(a.requests, text+"\n"+headers.String())
	a.mu.Unlock()
	switch path, _, _ := strings.Cut(r.URL.Path[1:], "-"); path {
	case "301", "302", "303", "307", "308":
		w.Header().Set("Location", "../end?"+path)
		w.WriteHeader(map[string]int{"301": 301, "302": 302, "303": 303, "307": 307, "308": 308}[path])
		io.WriteString(w, "a redirect\n")
	case "elsewhere":
		w.Header().Set("Location", "http://localhost:"+r.Host[strings.LastIndex(r.Host, ":")+1:]+"/end")
		w.WriteHeader(302)
	case "loop":
		w.Header().Set("Location", r.URL.Path)
		w.WriteHeader(302)
	case "404":
		w.WriteHeader(404)
		io.WriteString(w, "not found\n")
	default:
		fmt.Fprintf(w, "page %s\n", r.RequestURI)
	}
}

// TestAsCurl asks the same of http-get and of curl: the same request must reach
// the server, on as many connections, and both must print the same, and fail alike.
func TestAsCurl(t *testing.T) {
	t.Parallel()
	need.Skip(t, "curl")
	var a asked
	server := httptest.NewUnstartedServer(&a)
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			a.mu.Lock()
			a.calls++
			a.mu.Unlock()
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	if err := os.WriteFile(data, []byte("one two"), 0o600); err != nil {
		t.Fatal(err)
	}
	short, err := os.MkdirTemp("/tmp", "get")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(short) })
	socket := filepath.Join(short, "socket")
	local, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	unix := &http.Server{Handler: &a}
	go unix.Serve(local)
	t.Cleanup(func() { unix.Close() })
	url := server.URL
	for _, args := range all.Of([]string{
		"URL/a",
		"-H X-One:_1 -H X-Two:_2 URL/a",
		"-H Host:_other.example URL/a",
		"-H X-None: URL/a",
		"-X DELETE URL/a",
		"-X POST URL/a",
		"-d a=b&c=d URL/a",
		"-d  URL/a",
		"-d @DATA URL/a",
		"-X PUT -d x URL/a",
		"-d x -H Content-Type:_text/plain URL/a",
		"-d x -H Content-Type: URL/a",
		"-f URL/a",
		"URL/404",
		"URL/a URL/b URL/c",
		"-d x URL/a URL/b",
		"-L URL/a",
		"URL/302",
		"-L URL/301",
		"-L URL/302?x",
		"-L URL/303",
		"-L URL/307",
		"-L URL/308",
		"-L -d x URL/301",
		"-L -d x URL/302",
		"-L -d x URL/303",
		"-L -d x URL/307",
		"-L -d x URL/308",
		"-L -H Authorization:_me -H X:_y URL/elsewhere",
		"-L -H Authorization:_me -H X:_y URL/302",
		"-4 URL/a",
		"-4 -to ADDR http://shop.example/a?b",
		"-to unix:SOCKET http://shop.example/a",
	}, 12) {
		t.Run(args, func(t *testing.T) {
			var words, curls []string
			for word := range strings.SplitSeq(args, " ") {
				word = strings.NewReplacer("URL", url, "DATA", data, "SOCKET", socket, "ADDR", url[len("http://"):], "_", " ").Replace(word)
				words = append(words, word)
			}
			curls = append([]string{"-s", "--globoff"}, words...)
			if i := slices.Index(curls, "-to"); i > 0 {
				curls[i] = "--connect-to"
				if path, is := strings.CutPrefix(curls[i+1], "unix:"); is {
					curls[i], curls[i+1] = "--unix-socket", path
				} else {
					curls[i+1] = "::" + curls[i+1]
				}
			}
			stdout, stderr, code := run(t, append([]string{"-body"}, words...)...)
			got, gotCalls := a.take()
			page, err := exec.Command("curl", curls...).Output()
			if err != nil && !errors.As(err, new(*exec.ExitError)) {
				t.Fatal(err)
			}
			want, wantCalls := a.take()
			if !slices.Equal(got, want) {
				t.Errorf("the server was asked\n%s\nand by curl\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			if len(want) == 0 {
				t.Error("curl asked for nothing")
			}
			// curl hears only from the answer that a connection is kept.
			if !slices.Contains(words, "-L") && gotCalls != wantCalls {
				t.Errorf("on %d connections, and curl on %d", gotCalls, wantCalls)
			}
			check(t, "stdout", stdout, string(page))
			if (code == 0) != (err == nil) {
				t.Errorf("exit %d, and curl's end %v; stderr %q", code, err, stderr)
			}
		})
	}

	t.Run("HEAD", func(t *testing.T) {
		head, _, code := run(t, "-I", url+"/a")
		curls, err := exec.Command("curl", "-s", "-I", url+"/a").Output()
		if err != nil || code != 0 {
			t.Fatal(err, code)
		}
		got, _ := a.take()
		if len(got) != 2 || got[0] != got[1] {
			t.Errorf("asked\n%s", strings.Join(got, "\n"))
		}
		// Only ours asks for the close; the date may be another.
		plain := func(head string) string {
			lines := strings.SplitAfter(head, "\n")
			return strings.Join(slices.DeleteFunc(lines, func(s string) bool {
				return strings.HasPrefix(s, "Connection: ") || strings.HasPrefix(s, "Date: ")
			}), "")
		}
		check(t, "stdout", plain(head), plain(string(curls)))
	})
	// curl -f prints nothing of the page; ours does.
	t.Run("fail", func(t *testing.T) {
		stdout, stderr, code := run(t, "-f", "-body", url+"/404")
		if code != 1 || stdout != "not found\n" || stderr != fmt.Sprintf("http-get: status 404 of %s/404 (-f)\n", url) {
			t.Errorf("%q, %q, exit %d", stdout, stderr, code)
		}
		if err := exec.Command("curl", "-s", "-f", url+"/404").Run(); err == nil {
			t.Error("curl does not fail")
		}
	})
	t.Run("loop", func(t *testing.T) {
		a.take()
		_, stderr, code := run(t, "-L", "-body", url+"/loop")
		if got, _ := a.take(); len(got) != hopsMax+1 || code != 1 || !strings.HasSuffix(stderr, fmt.Sprintf("more than 10 redirects; the next leads to %s/loop\n", url)) {
			t.Errorf("asked %d times, exit %d, %s", len(got), code, stderr)
		}
	})
}

// TestKeptConnection: what one connection carries, and when another is made.
func TestKeptConnection(t *testing.T) {
	t.Parallel()
	const ok = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"
	type answers [][]string // of each connection, in order
	for _, test := range []struct {
		name    string
		args    []string
		answers answers
		stdout  string
		stderr  string // a part of it
		code    int
	}{
		{"one for both", []string{"-body"}, answers{{ok + "a1\n", ok + "a2\n"}}, "a1\na2\n", "", 0},
		{"every byte", nil, answers{{ok + "a1\n", ok + "a2\n"}}, ok + "a1\n" + ok + "a2\n", "", 0},
		{"a chunked page has an end, too", []string{"-body"}, answers{{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na1\n\r\n0\r\n\r\n", ok + "a2\n"}}, "a1\na2\n", "", 0},
		{"304 has no body", []string{"-body"}, answers{{"HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n", ok + "a2\n"}}, "a2\n", "", 0},
		{"the server says close", []string{"-body"}, answers{{"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 3\r\n\r\na1\n"}, {ok + "a2\n"}}, "a1\na2\n", "", 0},
		{"HTTP/1.0 closes", []string{"-body"}, answers{{"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\na1\n"}, {ok + "a2\n"}}, "a1\na2\n", "", 0},
		{"the close was the end", []string{"-body"}, answers{{"HTTP/1.1 200 OK\r\n\r\na1\n"}, {ok + "a2\n"}}, "a1\na2\n", "", 0},
		{"-i leaves a body behind", []string{"-i"}, answers{{ok + "a1\n"}, {ok + "a2\n"}}, ok + ok, "", 0},
		// What nobody asked for is not the answer to the next question.
		{"bytes behind the end", []string{"-body"}, answers{{ok + "a1\n" + ok + "no\n"}, {ok + "a2\n"}}, "a1\na2\n", "", 0},
		{"the server closes as we ask", []string{"-v", "-body"}, answers{{ok + "a1\n"}, {ok + "a2\n"}}, "a1\na2\n", "once more, on a new one", 0},
		{"and a POST is not repeated", []string{"-d", "x", "-body"}, answers{{ok + "a1\n"}}, "a1\n", "nobody knows whether the POST was done", 1},
		{"half an answer is not asked for again", []string{"-body"}, answers{{ok + "a1\n", "HTTP/1.1 200"}}, "a1\n", "cut short: 12 bytes came", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			listener := listen(t)
			done := make(chan struct{})
			go func() {
				defer close(done)
				for _, said := range test.answers {
					conn, err := listener.Accept()
					if err != nil {
						t.Errorf("%d connections were made, want %d", len(test.answers)-1, len(test.answers))
						return
					}
					for _, answer := range said {
						if _, err := readRequest(conn); err != nil {
							t.Error("read a request:", err)
						}
						io.WriteString(conn, answer)
					}
					conn.(*net.TCPConn).CloseWrite()
					io.Copy(io.Discard, conn)
					conn.Close()
				}
				listener.Close()
			}()
			url := "http://" + listener.Addr().String()
			stdout, stderr, code := run(t, append(test.args, url+"/1", url+"/2")...)
			<-done
			check(t, "stdout", stdout, test.stdout)
			if code != test.code || !strings.Contains(stderr, test.stderr) || test.stderr == "" && stderr != "" {
				t.Errorf("exit %d, stderr\n%s\nwant %d, %q", code, stderr, test.code, test.stderr)
			}
		})
	}
}

// readRequest reads a request, with its data if there is a Content-Length of 1.
func readRequest(conn net.Conn) (string, error) {
	var all []byte
	one := make([]byte, 1)
	for !bytes.HasSuffix(all, []byte("\r\n\r\n")) {
		if _, err := io.ReadFull(conn, one); err != nil {
			return string(all), err
		}
		all = append(all, one...)
	}
	if bytes.Contains(all, []byte("Content-Length: 1\r\n")) {
		io.ReadFull(conn, one)
	}
	return string(all), nil
}

func TestFraming(t *testing.T) {
	t.Parallel()
	const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	head := `head    "HTTP/1.1 200 OK\r\n"` + "\n" + `head    "Transfer-Encoding: chunked\r\n"` + "\n" + `head    "\r\n"` + "\n"
	for _, test := range []struct{ name, answer, want, stderr string }{
		{"chunks, a trailer, and more", chunked + "7\r\nhello, \r\n1;x=y\r\n!\r\n0\r\nX-Sum: 8\r\n\r\nHTTP/1.1 404 Not Found\r\n", head +
			`size    "7\r\n"
body    "hello, "
size    "\r\n"
size    "1;x=y\r\n"
body    "!"
size    "\r\n"
size    "0\r\n"
trailer "X-Sum: 8\r\n"
trailer "\r\n"
behind  "HTTP/1.1 404 Not Found\r\n"
= chunked: 2 chunks, 8 bytes; 24 bytes behind the end
`, ""},
		{"a length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\na\n\xff\x1b[", `head    "HTTP/1.1 200 OK\r\n"
head    "Content-Length: 5\r\n"
head    "\r\n"
body    "a\n"
body    "\xff\x1b["
= Content-Length: 5 bytes
`, ""},
		{"the close", "HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("ö", 40), `head    "HTTP/1.1 200 OK\r\n"
head    "\r\n"
body    "` + strings.Repeat("ö", 30) + `"
body    "` + strings.Repeat("ö", 10) + `"
= until the close: 80 bytes
`, ""},
		{"no body", "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nhi", `head    "HTTP/1.1 204 No Content\r\n"
head    "Content-Length: 2\r\n"
head    "\r\n"
behind  "hi"
= no body; 2 bytes behind the end
`, ""},
		{"cut short", chunked + "7\r\nhel", head + `size    "7\r\n"
body    "hel"
`, "cut short: 3 bytes came"},
		{"two ends", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", `head    "HTTP/1.1 200 OK\r\n"
head    "Transfer-Encoding: chunked\r\n"
head    "Content-Length: 3\r\n"
head    "\r\n"
behind  "0\r\n"
behind  "\r\n"
`, "one of them is wrong (RFC 9112, section 6.3)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			url := serve(t, func(conn *net.TCPConn) { io.WriteString(conn, test.answer) })
			stdout, stderr, code := run(t, "-framing", url)
			check(t, "stdout", stdout, test.want)
			if (code == 0) != (test.stderr == "") || !strings.Contains(stderr, test.stderr) {
				t.Errorf("exit %d, stderr %q", code, stderr)
			}
		})
	}
}

// Nobody answers, and each way to look at an answer says so, once for each page.
func TestNobodyToAsk(t *testing.T) {
	t.Parallel()
	listener := listen(t)
	addr := listener.Addr().String()
	listener.Close()
	refused := "http-get: dial " + addr + ": connection refused\nhttp-get: hint: is a web server running there?\n"
	for _, flag := range []string{"-i", "-body", "-framing", "-L", "-f", "-I", "-4"} {
		stdout, stderr, code := run(t, flag, "http://"+addr+"/1", "http://"+addr+"/2")
		if stdout != "" || stderr != refused+refused || code != 1 {
			t.Errorf("%s: %q, %q, exit %d", flag, stdout, stderr, code)
		}
	}
}

// An answer to HEAD has no body, though its headers describe one.
func TestHeadHasNoBody(t *testing.T) {
	t.Parallel()
	const head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
	for _, flags := range [][]string{{"-I"}, {"-X", "HEAD", "-body"}, {"-X", "HEAD", "-i"}} {
		listener := listen(t)
		left := make(chan bool)
		go func() {
			defer close(left)
			conn, err := listener.Accept()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			if asked, err := readRequest(conn); err != nil || !strings.HasPrefix(asked, "HEAD /p HTTP/1.1\r\n") {
				t.Errorf("asked %q, %v", asked, err)
			}
			io.WriteString(conn, head)
			untilCallerCloses(t, conn)
		}()
		stdout, stderr, code := run(t, append(flags, "http://"+listener.Addr().String()+"/p")...)
		<-left
		want := head
		if slices.Contains(flags, "-body") {
			want = ""
		}
		if code != 0 || stdout != want || stderr != "" {
			t.Errorf("%q: exit %d, %q, %q", flags, code, stdout, stderr)
		}
	}
}

// What -v says, line by line.
func TestVerbose(t *testing.T) {
	t.Parallel()
	url := serve(t, func(conn *net.TCPConn) {
		io.WriteString(conn, "HTTP/1.1 200 \x1b[2J\r\nContent-Length: 2\r\n\r\nhi")
	})
	addr := strings.TrimSuffix(url[len("http://"):], "/p?q")
	stdout, stderr, code := run(t, "-v", "-body", url)
	if code != 0 || stdout != "hi" {
		t.Errorf("exit %d, %q", code, stdout)
	}
	lines := strings.Split(stderr, "\n")
	want := []string{"* call " + addr, "* connected, from 127.0.0.1:", "> GET /p?q HTTP/1.1", "> Host: " + addr, "> Connection: close", ">",
		"< HTTP/1.1 200 ␛[2J", "< Content-Length: 2", "<", "* connect ", ""}
	if len(lines) != len(want) {
		t.Fatalf("%d lines, want %d:\n%s", len(lines), len(want), stderr)
	}
	for i, line := range lines {
		if !strings.HasPrefix(line, want[i]) {
			t.Errorf("line %d is %q, want %q", i+1, line, want[i])
		}
	}
	for _, step := range []string{" ms, first byte ", " ms, whole "} {
		if !strings.Contains(stderr, step) {
			t.Errorf("no %q in %s", step, stderr)
		}
	}
}
