//go:build unix

package socksh

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// TestMistakes has lines that never reach the kernel. Each gets one clear line,
// and the shell goes on.
func TestMistakes(t *testing.T) {
	for _, test := range []struct{ line, want string }{
		{"sokcet AF_INET SOCK_STREAM", "sokcet: no such function; help lists them"},
		{"socket", "socket: want socket FAMILY TYPE [PROTOCOL]"},
		{"socket AF_INET SOCK_STREAM 0 0", "socket: want socket FAMILY TYPE [PROTOCOL]"},
		{"socket AF_INET6X SOCK_STREAM", "socket: FAMILY: AF_INET6X: want AF_INET, AF_INET6 or AF_UNIX"},
		{"socket 4294967298 SOCK_STREAM", "socket: FAMILY: 4294967298: want AF_INET"},
		{"bind 3 localhost:80", "bind: ADDR: localhost:80: want an address in numbers"},
		{"bind 3 127.0.0.1:80000", "want an address in numbers"},
		{"bind 3 [::1%nowhere]:80", "no network interface is called nowhere"},
		{`bind 3 "x"`, "without quotes"},
		{"close s", "close: FD: s: want a descriptor"},
		{"close 99999999999", "want a descriptor"},
		{"send 3 hello", "a socket takes bytes: write them in quotes"},
		{`send 3 "hello`, "the quotes don't close"},
		{`send 3 "\q"`, "an escape that Go doesn't know"},
		{`send 3 "x"y`, "want a space after the quotes"},
		{`send 3 "x"*y`, `*y: want a number`},
		{`send 3 "x"*-1`, `*-1: want a number`},
		{`send 3 "xy"*33554433`, "more than 67108864 bytes"},
		{`send 3 "xy"*9223372036854775807`, "more than 67108864 bytes"},
		{"recv 3 67108865", "recv: SIZE: 67108865: want a number from 0 to 67108864"},
		{"recv 3 -1", "want a number from 0"},
		{"recv 3 5 MSG_WHATEVER", "want MSG_DONTWAIT,"},
		{"setsockopt 3 SOL_SOCKET TCP_NODELAY 1", "(of SOL_SOCKET)"},
		{"setsockopt 3 SOL_SOCKET SO_LINGER on", "want a number, or several joined by commas"},
		{"setsockopt 3 99 X 1", "level 99 has no names here"},
		{"settimeout 3 -1", "want seconds such as 1.5, or 0, or none"},
		{"settimeout 3 nan", "want seconds"},
		{"settimeout 3 inf", "want seconds"},
		{"setblocking 3 2", "want a number from 0 to 1"},
		{"poll 3, POLLIN 0", "want a descriptor"},
		{"poll 3 65537 0", "poll has 16 bits for events"},
		{"= socket AF_INET SOCK_STREAM", "want NAME = FUNCTION"},
		{"s =", "want NAME = FUNCTION"},
		{"1s = socket AF_INET SOCK_STREAM", "1s: no name"},
		{"send = socket AF_INET SOCK_STREAM", "send: no name"},
		{"go = socket AF_INET SOCK_STREAM", "go: no name"},
		{"a, b = socket AF_INET SOCK_STREAM", "socket: 2 names for 1 new descriptors"},
		{"a = socketpair AF_UNIX SOCK_STREAM", "socketpair: 1 names for 2 new descriptors"},
		{"x = close 3", "close: 1 names for 0 new descriptors"},
		{"s = help", "help: no such function"},
		{"go", "nothing to write yet"},
		{"python", "nothing to write yet"},
		{"\x00\xff\x1b[2J", `\x00\xff\x1b[2J: no such function`},
		{strings.Repeat("x", 60000), strings.Repeat("x", 40) + "...: no such function"},
		{strings.Repeat(`"x" `, 10000), `"x": no such function`},
	} {
		var out bytes.Buffer
		err := newShell(&out).run(test.line)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%.80s: want %s, have %v", test.line, test.want, err)
		}
		if out.Len() > 0 {
			t.Errorf("%.80s: it was done: %s", test.line, &out)
		}
	}
	for _, line := range []string{"", "   ", "# nothing", "\t# \x00"} {
		if err := newShell(io.Discard).run(line); err != nil {
			t.Errorf("%q: %v", line, err)
		}
	}
}

// TestWords reads lines that are right.
func TestWords(t *testing.T) {
	words, err := split("a, b =\tsend  3 \"x y\\n\\x00\" `z`*3 # and \"that")
	if err != nil {
		t.Fatal(err)
	}
	names, words, err := assignment(words)
	if err != nil || fmt.Sprint(names) != "[a b]" {
		t.Errorf("names are %v, %v", names, err)
	}
	have := ""
	for _, w := range words {
		have += fmt.Sprintf("%s %q\n", w.text, w.data.bytes())
	}
	if want := "send \"\"\n3 \"\"\n\"x y\\n\\x00\" \"x y\\n\\x00\"\n`z`*3 \"zzz\"\n"; have != want {
		t.Errorf("have\n%s\nwant\n%s", have, want)
	}
}

// TestBytesAreMadeLate has a short line that stands for very many bytes.
func TestBytesAreMadeLate(t *testing.T) {
	line := "send 3 " + strings.Repeat(`"x"*67108864 `, 4)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := newShell(io.Discard).run(line)
	runtime.ReadMemStats(&after)
	if err == nil || after.TotalAlloc-before.TotalAlloc > 10<<20 {
		t.Errorf("%v, after %d bytes", err, after.TotalAlloc-before.TotalAlloc)
	}
}

// TestSessionMax fills what a session may remember.
func TestSessionMax(t *testing.T) {
	sh := newShell(io.Discard)
	line := "fileno 0 # " + strings.Repeat("x", 60000)
	for range sessionMax/len(line) + 1 {
		if err := sh.run(line); err != nil {
			t.Fatal(err)
		}
	}
	if len(sh.steps)*len(line) > sessionMax {
		t.Errorf("%d steps are remembered", len(sh.steps))
	}
	for _, line := range []string{"go", "python"} {
		if err := sh.run(line); err == nil || !strings.Contains(err.Error(), "too long") {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// FuzzRun reads lines as far as the kernel, and no further.
func FuzzRun(f *testing.F) {
	f.Fuzz(func(t *testing.T, line string) {
		sh := newShell(io.Discard)
		sh.names["s"] = 3
		s, err := func() (step, error) {
			words, err := split(line)
			if err != nil || len(words) == 0 {
				return step{}, err
			}
			names, words, err := assignment(words)
			if err != nil {
				return step{}, err
			}
			sh.complete(line, len(line)/2, '\t')
			f, ok := find(words[0].text)
			if !ok {
				return step{}, fmt.Errorf("%s: no such function", clip(words[0].text))
			}
			a, err := f.read(sh, words[1:])
			return step{line: line, function: f, args: a, names: names}, err
		}()
		if err != nil {
			text := err.Error()
			if len(text) > 600 || !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("%q: %q", line, text)
			}
			return
		}
		if s.function == nil {
			return
		}
		// Whatever can be read can be written.
		sh.remember(s)
		p, err := sh.newProgram()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.inGo([]step{s}); err != nil {
			t.Errorf("%q: %v", line, err)
		}
		p, _ = sh.newProgram()
		p.inPython([]step{s})
	})
}

// TestKeys reads bytes that no keyboard sends.
func TestKeys(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	w.WriteString("a\xffb\xe2\x82\x03\x03c\xe2\x82\xac")
	w.Close()
	k, have := &keys{in: r}, ""
	for {
		var b [16]byte
		n, err := k.Read(b[:])
		have += string(b[:n])
		if err == errForget {
			have += "^C"
		} else if err != nil {
			break
		}
	}
	if want := "a?b??^C^Cc€"; have != want {
		t.Errorf("have %q, want %q", have, want)
	}
	if _, err := k.Read(make([]byte, 3)); err != errForget {
		t.Errorf("an editor without room: %v", err)
	}
}
