// Package syscalls shows which network system calls a program made, from the
// record of strace(1): descriptors by their role, addresses in words, and
// nothing that changes between runs.
package syscalls

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Arguments is the strace command that records a program's calls in a file, with the
// wall-clock time of each (-ttt). The program stays our own child: strace attaches
// from outside (-DD).
func Arguments(file string, program ...string) []string {
	return append([]string{"-DD", "-f", "-ttt", "-qq", "-s", "64", "-o", file, "-e",
		"trace=%network,read,write,readv,writev,close,epoll_create1,epoll_ctl,poll,ppoll,select,pselect6", "-e", "signal=none", "--"}, program...)
}

// A call is one system call in strace's record.
type call struct {
	when   time.Time // when the call was made; zero if the record doesn't say
	name   string
	args   []string
	result string // a number, or -1 and the error's name, or ?
}

var (
	// The thread and the time begin each line; the time may be missing.
	begins     = lazy(`^(\d+) +(?:(\d{1,10})\.(\d{6}) )?`)
	complete   = lazy(`^(\w+)\((.*)\) += (.*)$`)
	unfinished = lazy(`^(\w+)\((.*?),? *<unfinished \.\.\.>$`)
	resumed    = lazy(`^<\.\.\. (\w+) resumed>,? *(.*?)\) += (.*)$`)

	// When a program ends, its threads are killed. For a thread inside a call strace
	// writes no result, or not even a name: "???( <detached ...>".
	lost = lazy(`^(\w+\(.*<detached \.\.\.>$|(<\.\.\. )?\?+[( ])`)
)

// lazy compiles a pattern when it is first used: all who play scripts have this package,
// and few have strace.
func lazy(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

// read parses strace's record. A call interrupted by another thread's is in two
// pieces; they are joined where the call ended.
func read(r io.Reader) ([]call, error) {
	var calls []call
	pending := map[string]call{} // the unfinished call of each thread
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		begin := begins().FindStringSubmatch(lines.Text())
		if begin == nil {
			return nil, fmt.Errorf("strace wrote a line that is not a call: %.200q", lines.Text())
		}
		thread, when := begin[1], clock(begin[2], begin[3])
		line := lines.Text()[len(begin[0]):]
		if m := complete().FindStringSubmatch(line); m != nil {
			calls = append(calls, call{when, m[1], arguments(m[2]), m[3]})
		} else if m := unfinished().FindStringSubmatch(line); m != nil {
			pending[thread] = call{when: when, args: []string{m[2]}}
		} else if m := resumed().FindStringSubmatch(line); m != nil {
			first := pending[thread]
			args := strings.Join(first.args, "")
			if args != "" && m[2] != "" {
				args += ", "
			}
			if first.when.IsZero() {
				first.when = when
			}
			calls = append(calls, call{first.when, m[1], arguments(args + m[2]), m[3]})
		} else if !lost().MatchString(line) && !strings.Contains(line, "+++") && !strings.Contains(line, "---") {
			return nil, fmt.Errorf("strace wrote a line that is not a call: %.200q", lines.Text())
		}
	}
	return calls, lines.Err()
}

// clock makes a time from seconds since 1970 and microseconds.
func clock(seconds, micros string) time.Time {
	s, err := strconv.ParseInt(seconds, 10, 64)
	us, err2 := strconv.ParseInt(micros, 10, 64)
	if err != nil || err2 != nil {
		return time.Time{}
	}
	return time.Unix(s, us*1000)
}

// arguments splits at commas outside quotes and brackets.
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
