// Package syscalls shows which network system calls a program made, from the
// record of strace(1): descriptors by their role, addresses in words, and
// nothing that changes between runs.
package syscalls

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// Arguments are what strace is called with to record a program's calls in a
// file. The program stays our own child: strace attaches from outside (-DD).
func Arguments(file string, program ...string) []string {
	return append([]string{"-DD", "-f", "-qq", "-s", "64", "-o", file, "-e",
		"trace=%network,read,write,readv,writev,close,epoll_create1,epoll_ctl,poll,ppoll,select,pselect6", "-e", "signal=none", "--"}, program...)
}

// A call is one system call, as strace has it.
type call struct {
	name   string
	args   []string
	result string // a number, or -1 and the error's name, or ?
}

var (
	complete   = regexp.MustCompile(`^(\d+) +(\w+)\((.*)\) += (.*)$`)
	unfinished = regexp.MustCompile(`^(\d+) +(\w+)\((.*?),? *<unfinished \.\.\.>$`)
	resumed    = regexp.MustCompile(`^(\d+) +<\.\.\. (\w+) resumed>,? *(.*?)\) += (.*)$`)

	// When a program ends, its threads are killed: one that was in a call leaves
	// it without an end, or even without a name, as in "???( <detached ...>".
	lost = regexp.MustCompile(`^\d+ +(\w+\(.*<detached \.\.\.>$|(<\.\.\. )?\?+[( ])`)
)

// read reads strace's record. A call that another thread interrupted stands in
// two pieces, which are joined where it ended.
func read(r io.Reader) ([]call, error) {
	var calls []call
	pending := map[string]string{} // a thread's unfinished arguments
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		if m := complete.FindStringSubmatch(line); m != nil {
			calls = append(calls, call{m[2], arguments(m[3]), m[4]})
		} else if m := unfinished.FindStringSubmatch(line); m != nil {
			pending[m[1]] = m[3]
		} else if m := resumed.FindStringSubmatch(line); m != nil {
			args := pending[m[1]]
			if args != "" && m[3] != "" {
				args += ", "
			}
			calls = append(calls, call{m[2], arguments(args + m[3]), m[4]})
		} else if !lost.MatchString(line) && !strings.Contains(line, "+++") && !strings.Contains(line, "---") {
			return nil, fmt.Errorf("strace wrote a line that is no call: %.200q", line)
		}
	}
	return calls, lines.Err()
}

// arguments splits at commas that stand in no quotes and no brackets.
func arguments(s string) (args []string) {
	depth, quoted, begin := 0, false, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case strings.IndexByte("([{", c) >= 0:
			depth++
		case strings.IndexByte(")]}", c) >= 0:
			depth--
		case c == ',' && depth == 0:
			args = append(args, strings.TrimSpace(s[begin:i]))
			begin = i + 1
		}
	}
	if last := strings.TrimSpace(s[begin:]); last != "" {
		args = append(args, last)
	}
	return args
}
