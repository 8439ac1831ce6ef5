package syscalls

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// A socket is one descriptor from its making to its close. NOTE: descriptors
// are taken for those of one process, as threads share them; a program that
// forks has others.
type socket struct {
	role string
	used bool // it took part in a conversation
}

// A step is a call and the sockets it is about.
type step struct {
	call
	on  *socket
	new []*socket
}

// Transcript is the record as text, a line for each call on a socket. What is
// left out: other files, sockets that only tried what the system can do (as Go
// does once), calls that would have had to wait (EAGAIN) and are made again,
// and the waiting itself, whose number and order are chance.
func Transcript(trace io.Reader) (string, error) {
	calls, err := read(trace)
	if err != nil {
		return "", err
	}
	steps := follow(calls)
	name(steps)
	var text strings.Builder
	waited := false
	for _, s := range steps {
		switch {
		case !s.on.used || failedBy(s.call, "EAGAIN") || failedBy(s.call, "EINTR") || strings.HasPrefix(s.result, "?"):
		case s.name == "epoll_ctl":
			if s.args[1] != "EPOLL_CTL_ADD" {
				continue
			}
			if !waited {
				text.WriteString("epoll_create1(EPOLL_CLOEXEC) = poller\n")
			}
			fmt.Fprintf(&text, "epoll_ctl(poller, EPOLL_CTL_ADD, %s) = 0\n", s.on.role)
			if !waited {
				text.WriteString("epoll_pwait(poller) = whichever is ready, each time somebody has to wait\n")
			}
			waited = true
		default:
			text.WriteString(s.line() + "\n")
		}
	}
	return text.String(), nil
}

func failedBy(c call, errno string) bool { return strings.HasPrefix(c.result, "-1 "+errno) }

// follow finds the calls that are about sockets, and which.
func follow(calls []call) (steps []step) {
	open := map[string]*socket{}
	for _, c := range calls {
		s := step{call: c}
		if len(c.args) == 0 || c.name == "epoll_ctl" && len(c.args) < 3 {
			continue
		}
		fd := c.args[0]
		switch {
		case c.name == "epoll_ctl":
			fd = c.args[2]
		case polled.MatchString(fd): // poll and ppoll
			fd = polled.FindStringSubmatch(fd)[1]
		}
		ok := !strings.HasPrefix(c.result, "-") && !strings.HasPrefix(c.result, "?")
		switch c.name {
		case "socket":
			if !ok {
				continue
			}
			s.on = &socket{}
			s.new = []*socket{s.on}
			open[number(c.result)] = s.on
		case "socketpair":
			if !ok || len(c.args) < 4 || !pair.MatchString(c.args[3]) {
				continue
			}
			for _, fd := range pair.FindStringSubmatch(c.args[3])[1:] {
				open[fd] = &socket{role: "end", used: true}
				s.new = append(s.new, open[fd])
			}
			s.on = s.new[0]
		default:
			if s.on = open[fd]; s.on == nil {
				continue
			}
		}
		switch c.name {
		case "accept", "accept4":
			if ok {
				caller := &socket{role: "caller", used: true}
				open[number(c.result)] = caller
				s.new = []*socket{caller}
			}
		case "connect":
			// The C library looks for its name service by itself (nscd(8)).
			s.on.used = s.on.used || len(c.args) > 1 && !strings.Contains(c.args[1], "/nscd/")
		case "listen":
			s.on.role, s.on.used = "listener", true
		case "read", "write", "readv", "writev", "sendto", "recvfrom", "sendmsg", "recvmsg":
			s.on.used = true
		case "close":
			delete(open, fd)
		}
		steps = append(steps, s)
	}
	return steps
}

var pair = regexp.MustCompile(`^\[(\d+), (\d+)\]$`)

func number(result string) string { n, _, _ := strings.Cut(result, " "); return n }

// name gives every socket a role of its own.
func name(steps []step) {
	var seen []*socket
	count := map[string]int{}
	for _, s := range steps {
		for _, socket := range append([]*socket{s.on}, s.new...) {
			if !socket.used || slices.Contains(seen, socket) {
				continue
			}
			seen = append(seen, socket)
			if socket.role == "" {
				socket.role = "socket"
			}
			if count[socket.role]++; count[socket.role] > 1 {
				socket.role = fmt.Sprintf("%s#%d", socket.role, count[socket.role])
			}
		}
	}
}

var (
	inet  = regexp.MustCompile(`^\{sa_family=AF_INET, sin_port=htons\((\d+)\), sin_addr=inet_addr\("([^"]*)"\)\}$`)
	inet6 = regexp.MustCompile(`^\{sa_family=AF_INET6, sin6_port=htons\((\d+)\),.* inet_pton\(AF_INET6, "([^"]*)", .*\}$`)
	unix  = regexp.MustCompile(`^\{sa_family=AF_UNIX, sun_path=@?("[^"]*")\}$`)
	// NOTE: accept4 has its flags after the length.
	measured = regexp.MustCompile(`^(.etsockopt|getsockname|getpeername|accept)$`)
	pointer  = regexp.MustCompile(`^(0x[0-9a-f]+|NULL)$`)
	polled   = regexp.MustCompile(`^\[\{fd=(\d+),`)
	length   = regexp.MustCompile(`^(\[\d+( => \d+)?\]|\d+)$`)
)

// line is the call in words.
func (s step) line() string {
	args := slices.Clone(s.args)
	result := s.result
	if i := strings.Index(result, " ("); i > 0 {
		result = result[:i] // the error's words
	}
	switch {
	case s.name == "socket":
		result = s.on.role
	case s.name == "socketpair":
		args[3] = s.new[0].role + ", " + s.new[1].role
	case polled.MatchString(args[0]):
		args[0] = polled.ReplaceAllString(args[0], "[{fd="+s.on.role+",")
	default:
		args[0] = s.on.role
		if len(s.new) > 0 {
			result = s.new[0].role
		}
	}
	// The length of the value, or of the address, comes last.
	if n := len(args) - 1; measured.MatchString(s.name) && length.MatchString(args[n]) {
		args = args[:n]
	}
	var shown []string
	for i := 0; i < len(args); i++ {
		a := args[i]
		addr := address(a)
		switch {
		case addr != "":
			shown = append(shown, addr)
			i++ // its length
		case a == "NULL" && i+1 < len(args) && args[i+1] == "0":
			i++ // no address, of no length
		case pointer.MatchString(a):
		default:
			shown = append(shown, a)
		}
	}
	return fmt.Sprintf("%s(%s) = %s", s.name, strings.Join(shown, ", "), result)
}

// address is a socket address as HOST:PORT or a path, or "".
func address(arg string) string {
	if m := inet.FindStringSubmatch(arg); m != nil {
		return m[2] + ":" + m[1]
	}
	if m := inet6.FindStringSubmatch(arg); m != nil {
		return "[" + m[2] + "]:" + m[1]
	}
	if m := unix.FindStringSubmatch(arg); m != nil {
		return m[1]
	}
	if arg == "{sa_family=AF_UNIX}" {
		return "no name"
	}
	return ""
}
