package syscalls

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"socklab/tools/harness/recording"
)

// A socket is one descriptor from its creation to its close. NOTE: all descriptors
// count as one process's, because threads share them. In a program that forks, this
// mixes up parent and child.
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

// callsMax is the most calls of a program to record.
const callsMax = 100000

// Record reads strace's record of an actor's calls, and returns the calls on sockets
// as events (package recording, layer syscalls, kind call). If rec is not nil they
// go there too. It leaves out other files, and sockets that only test what the
// system can do (as Go does once). It leaves out calls that returned EAGAIN, which
// are made again. It leaves out the waiting itself too, whose number and order
// depend on chance.
//
// A call's time is when strace saw the program enter it, by the wall clock. That is
// late by the time that strace needs to get a processor: at the median of 200 calls
// 15 µs, at most 87, on a busy machine. A call that takes less than 1 µs took 81
// under strace.
func Record(rec *recording.Recording, actor string, trace io.Reader) (Transcript, error) {
	calls, err := read(trace)
	if err != nil {
		return Transcript{}, err
	}
	t := Transcript{rec.Track(recording.Limit{Events: callsMax})}
	add := func(s step, line string) {
		e := recording.Event{Layer: "syscalls", Kind: "call", Actor: actor, Text: []byte(line)}
		if !s.when.IsZero() {
			e.At = t.track.At(s.when)
		}
		t.track.Add(e)
	}
	steps := follow(calls)
	name(steps)
	waited := false
	for _, s := range steps {
		switch {
		case !s.on.used || failedBy(s.call, "EAGAIN") || failedBy(s.call, "EINTR") || strings.HasPrefix(s.result, "?"):
		case s.name == "epoll_ctl":
			if s.args[1] != "EPOLL_CTL_ADD" {
				continue
			}
			if !waited {
				add(s, "epoll_create1(EPOLL_CLOEXEC) = poller")
			}
			add(s, fmt.Sprintf("epoll_ctl(poller, EPOLL_CTL_ADD, %s) = 0", s.on.role))
			if !waited {
				add(s, "epoll_pwait(poller) = whichever is ready, each time somebody has to wait")
			}
			waited = true
		default:
			add(s, s.line())
		}
	}
	return t, nil
}

// A Transcript is the calls that Record has found.
type Transcript struct{ track *recording.Track }

// String is the transcript, one line for each call.
func (t Transcript) String() string {
	var text strings.Builder
	for _, e := range t.track.Events() {
		fmt.Fprintf(&text, "%s\n", e.Text)
	}
	if more, _ := t.track.Left(); more > 0 {
		fmt.Fprintf(&text, "... %d calls more\n", more)
	}
	return text.String()
}

func failedBy(c call, errno string) bool { return strings.HasPrefix(c.result, "-1 "+errno) }

// follow finds the calls on sockets, and which sockets those are.
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
		case polled().MatchString(fd): // poll and ppoll
			fd = polled().FindStringSubmatch(fd)[1]
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
			if !ok || len(c.args) < 4 || !pair().MatchString(c.args[3]) {
				continue
			}
			for _, fd := range pair().FindStringSubmatch(c.args[3])[1:] {
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
			// The C library tries to reach its name-service daemon by itself
			// (nscd(8)).
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

var pair = lazy(`^\[(\d+), (\d+)\]$`)

func number(result string) string { n, _, _ := strings.Cut(result, " "); return n }

// name gives every socket a unique role.
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
	inet  = lazy(`^\{sa_family=AF_INET, sin_port=htons\((\d+)\), sin_addr=inet_addr\("([^"]*)"\)\}$`)
	inet6 = lazy(`^\{sa_family=AF_INET6, sin6_port=htons\((\d+)\),.* inet_pton\(AF_INET6, "([^"]*)", .*\}$`)
	unix  = lazy(`^\{sa_family=AF_UNIX, sun_path=@?("[^"]*")\}$`)
	// NOTE: accept4 has its flags after the length.
	measured = lazy(`^(.etsockopt|getsockname|getpeername|accept)$`)
	pointer  = lazy(`^(0x[0-9a-f]+|NULL)$`)
	polled   = lazy(`^\[\{fd=(\d+),`)
	length   = lazy(`^(\[\d+( => \d+)?\]|\d+)$`)
)

// line is the call as the transcript shows it.
func (s step) line() string {
	args := slices.Clone(s.args)
	result := s.result
	if i := strings.Index(result, " ("); i > 0 {
		result = result[:i] // without strace's text for the error
	}
	switch {
	case s.name == "socket":
		result = s.on.role
	case s.name == "socketpair":
		args[3] = s.new[0].role + ", " + s.new[1].role
	case polled().MatchString(args[0]):
		args[0] = polled().ReplaceAllString(args[0], "[{fd="+s.on.role+",")
	default:
		args[0] = s.on.role
		if len(s.new) > 0 {
			result = s.new[0].role
		}
	}
	// The length of the value, or of the address, comes last.
	if n := len(args) - 1; measured().MatchString(s.name) && length().MatchString(args[n]) {
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
		case pointer().MatchString(a):
		default:
			shown = append(shown, a)
		}
	}
	return fmt.Sprintf("%s(%s) = %s", s.name, strings.Join(shown, ", "), result)
}

// address formats a socket address as HOST:PORT or a path; "" if there is none.
func address(arg string) string {
	if m := inet().FindStringSubmatch(arg); m != nil {
		return m[2] + ":" + m[1]
	}
	if m := inet6().FindStringSubmatch(arg); m != nil {
		return "[" + m[2] + "]:" + m[1]
	}
	if m := unix().FindStringSubmatch(arg); m != nil {
		return m[1]
	}
	if arg == "{sa_family=AF_UNIX}" {
		return "no name"
	}
	return ""
}
