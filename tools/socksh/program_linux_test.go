package socksh

import (
	"go/format"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"socklab/tools/harness/all"
	"socklab/tools/harness/need"
	"socklab/tools/harness/netns"
)

// TestPrograms writes a session as programs and compares what they print with
// what the shell printed.
func TestPrograms(t *testing.T) {
	all.Skip(t)
	need.Skip(t, "tcp6")
	t.Parallel()
	host := network(t)
	lines := strings.ReplaceAll(conversation, "HOST", host)
	lines = regexp.MustCompile(`(?m)^= .*\n`).ReplaceAllString(lines, "")
	lines = strings.ReplaceAll(lines, "> ", "")
	lines += moreSteps + everyConstant() + everyName()
	shell := command(t, "-keep-going")
	have := play(t, shell, strings.NewReader(lines+"go prog.go\npython prog.py\n"))
	want := strings.Split(steady(have.out), "\n")

	t.Run("go", func(t *testing.T) {
		file := filepath.Join(shell.Dir, "prog.go")
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if formatted, err := format.Source(source); err != nil || string(formatted) != string(source) {
			t.Errorf("not as gofmt writes it: %v\n%s", err, formatted)
		}
		build := exec.CommandContext(t.Context(), "go", "build", "-o", shell.Dir, file)
		if out, err := build.CombinedOutput(); err != nil || len(out) > 0 {
			t.Fatalf("%v: %v\n%s", build, err, out)
		}
		cmd := exec.CommandContext(t.Context(), filepath.Join(shell.Dir, "prog"))
		cmd.SysProcAttr = netns.RawSockets()
		cmd.Dir = t.TempDir()
		have := strings.Split(steady(play(t, cmd, strings.NewReader("")).out), "\n")
		for i := range max(len(want), len(have)) {
			if i >= len(have) || i >= len(want) || have[i] != strings.Replace(want[i], "= 1,0", "= 1", 1) {
				t.Fatalf("answer %d: have %q, want %q", i+1, at(have, i), at(want, i))
			}
		}
	})
	t.Run("python", func(t *testing.T) {
		need.Skip(t, "python3")
		cmd := exec.CommandContext(t.Context(), "python3", filepath.Join(shell.Dir, "prog.py"))
		cmd.SysProcAttr = netns.RawSockets()
		cmd.Dir = t.TempDir()
		result := play(t, cmd, strings.NewReader(""))
		have := strings.Split(steady(result.out), "\n")
		for i := range max(len(want), len(have)) {
			if at(have, i) == at(want, i) {
				continue
			}
			// Python has errors of its own, and another way to write bytes.
			own := strings.HasPrefix(at(want, i), "= -1 ") || at(want, i) == `= 2 "h"` || strings.Contains(at(want, i), "é") || i > 0 && strings.HasPrefix(at(have, i), "= -1 [Errno")
			if !own || i >= len(have) {
				t.Fatalf("answer %d: have %q, want %q\n%v", i+1, at(have, i), at(want, i), result)
			}
		}
	})
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "nothing"
}

// steady removes what differs from run to run: ports that the kernel chose, and
// the sizes of its buffers.
func steady(text string) string {
	text = regexp.MustCompile(`(?m)^(= \d+, \d+\.\d+\.\d+\.\d+):\d+$`).ReplaceAllString(text, "$1:PORT")
	text = regexp.MustCompile(`(?m)^= \d+(,\d+,\d+)$`).ReplaceAllString(text, "= PID$1")
	return regexp.MustCompile(`after \d+ of`).ReplaceAllString(text, "after MANY of")
}

// moreSteps are what the conversation lacks.
const moreSteps = `
raw = socket AF_INET SOCK_RAW IPPROTO_ICMP
setsockopt raw IPPROTO_IP IP_HDRINCL 1
setsockopt raw IPPROTO_IP 35 224.0.0.1,0.0.0.0
sendto raw "\x45\x00" 127.0.0.1:0
six = socket AF_INET6 SOCK_DGRAM
bind six [::1]:7000
getsockname six
sendto six "to the \"same\"\r\n" [::1]:7000
recvfrom six 100
setsockopt six SOL_SOCKET SO_LINGER 1
setsockopt six SOL_SOCKET 9999 1,2,3
abstract = socket AF_UNIX SOCK_DGRAM
bind abstract @strings.time.io
getsockname abstract
sendto abstract "fmt. bufio. \x00 é" @strings.time.io
recvfrom abstract 100
late = socket AF_UNIX SOCK_STREAM
bind late ./late
listen late
settimeout late 1.5
caller = socket AF_UNIX SOCK_STREAM
connect caller ./late
taken = accept late
gettimeout taken
gettimeout late
settimeout taken 0.02
makefile taken
send caller "par"
readline taken
settimeout taken none
poll taken,caller POLLIN|POLLOUT 0.01
close taken
recv caller 1
settimeout late 0.02
caller = accept late
caller = socket AF_UNIX SOCK_DGRAM
caller = socket AF_INET 99
again = socket AF_UNIX SOCK_STREAM
gettimeout again
settimeout again 3
close again
other = socket AF_UNIX SOCK_STREAM
gettimeout other
close other
again = socket AF_UNIX SOCK_STREAM
close 999
recv 999 5
socket AF_INET SOCK_STREAM
close again
again = socketpair AF_UNIX SOCK_STREAM
again, other = socketpair AF_UNIX SOCK_STREAM
getsockopt again SOL_SOCKET SO_PEERCRED
send_fds again "no" 999
settimeout other 0.01
nothing = recv_fds other 5
send again "` + "`é\\n\\t\\\\`" + `"
recv other 100
`

// everyConstant mentions each constant.
func everyConstant() string {
	text := "n = socket AF_INET SOCK_STREAM\n"
	each := func(set constants, line string) {
		for _, name := range set.names() {
			text += strings.ReplaceAll(line, "NAME", name) + "\n"
		}
	}
	each(families, "k = socket NAME SOCK_STREAM\nclose k")
	each(types, "k = socket AF_INET NAME\nclose k")
	each(protocols, "k = socket AF_INET SOCK_RAW NAME\nclose k")
	each(levels, "getsockopt n NAME 9999")
	for _, level := range levels.names() {
		each(options[levels[level]], "setsockopt n "+level+" NAME 1")
	}
	each(flags, "recv n 5 NAME|MSG_DONTWAIT")
	each(directions, "shutdown n NAME")
	each(events, "poll n NAME 0")
	return text
}

// everyName gives sockets names that nobody would choose.
func everyName() string {
	names := maps.Clone(reserved())
	for _, h := range goHelpers {
		maps.Copy(names, goWords(h.code))
	}
	for _, h := range pyHelpers {
		maps.Copy(names, goWords(h.code))
	}
	for tok := token.BREAK; tok <= token.VAR; tok++ {
		names[tok.String()] = true
	}
	text := ""
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if isName(name) {
			text += name + " = socket AF_UNIX SOCK_DGRAM\nfileno " + name + "\nclose " + name + "\n"
		}
	}
	return text
}

// TestProgramText has the text of a small session, for a person to read.
func TestProgramText(t *testing.T) {
	sh := newShell(new(strings.Builder))
	// This asks the kernel nothing.
	for _, line := range []string{`s = socket AF_INET SOCK_STREAM`, `send s "hello strings."`} {
		words, _ := split(line)
		names, words, _ := assignment(words)
		f, _ := find(words[0].text)
		a, err := f.read(sh, words[1:])
		if err != nil {
			t.Fatal(err)
		}
		s := step{line: line, function: f, args: a, names: names}
		if f.makes() > 0 {
			s.new, sh.names["s"] = []int{3}, 3
		}
		sh.remember(s)
	}
	for _, test := range []struct {
		file  string
		write func(*program) (string, error)
	}{
		{"hello.go.txt", func(p *program) (string, error) { return p.inGo(sh.steps) }},
		{"hello.py", func(p *program) (string, error) { return p.inPython(sh.steps), nil }},
	} {
		p, err := sh.newProgram()
		if err != nil {
			t.Fatal(err)
		}
		have, err := test.write(p)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join("testdata", test.file))
		if os.Getenv("UPDATE") != "" {
			err = os.WriteFile(filepath.Join("testdata", test.file), []byte(have), 0o644)
			want = []byte(have)
		}
		if err != nil || have != string(want) {
			t.Errorf("%s: %v, have\n%s", test.file, err, have)
		}
	}
}
