package syscalls

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"socklab/tools/harness/recording"
)

// TestTranscript checks which calls of a record are shown, and how.
func TestTranscript(t *testing.T) {
	for _, test := range []struct{ name, trace, want string }{
		{"a server", `
7 read(3, "\177ELF, (", 832) = 832
7 socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3
7 close(3) = 0
7 socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = 3
7 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
7 bind(3, {sa_family=AF_INET, sin_port=htons(8000), sin_addr=inet_addr("127.0.0.1")}, 16) = 0
7 listen(3, 5) = 0
7 accept4(3, 0xc000, [112], SOCK_CLOEXEC) = -1 EAGAIN (Resource temporarily unavailable)
7 epoll_ctl(9, EPOLL_CTL_ADD, 3, {events=EPOLLIN, data={u32=1, u64=1}}) = 0
7 accept4(3, {sa_family=AF_INET, sin_port=htons(40000), sin_addr=inet_addr("127.0.0.1")}, [112 => 16], SOCK_CLOEXEC) = 4
7 epoll_ctl(9, EPOLL_CTL_ADD, 4, {events=EPOLLIN, data={u32=1, u64=1}}) = 0
7 read(4, "a, \"b\" (c", 1024) = 9
7 write(1, "noise", 5) = 5
7 write(4, "hello", 5) = -1 EPIPE (Broken pipe)
7 close(4) = 0
7 +++ exited with 0 +++
`, `
socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = listener
setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, [1]) = 0
bind(listener, 127.0.0.1:8000) = 0
listen(listener, 5) = 0
epoll_create1(EPOLL_CLOEXEC) = poller
epoll_ctl(poller, EPOLL_CTL_ADD, listener) = 0
epoll_pwait(poller) = whichever is ready, each time somebody has to wait
accept4(listener, 127.0.0.1:40000, SOCK_CLOEXEC) = caller
epoll_ctl(poller, EPOLL_CTL_ADD, caller) = 0
read(caller, "a, \"b\" (c", 1024) = 9
write(caller, "hello", 5) = -1 EPIPE
close(caller) = 0
`},
		{"two threads at once", `
7 socket(AF_INET6, SOCK_STREAM, IPPROTO_IP) = 3
7 connect(3, {sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "::1", &sin6_addr), sin6_scope_id=0}, 28 <unfinished ...>
8 socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 5
8 recvfrom(5,  <unfinished ...>
7 <... connect resumed>) = -1 ECONNREFUSED (Connection refused)
8 <... recvfrom resumed>"x", 10, 0, NULL, NULL) = 1
8 poll([{fd=5, events=POLLIN}], 1, 50) = 0 (Timeout)
8 getpeername(5, 0xffff, [16]) = -1 ENOTCONN (Transport endpoint is not connected)
7 getsockopt(3, SOL_SOCKET, SO_ERROR, [0], [4]) = 0
7 accept(5, NULL, NULL) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)
`, `
socket(AF_INET6, SOCK_STREAM, IPPROTO_IP) = socket
socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = socket#2
connect(socket, [::1]:80) = -1 ECONNREFUSED
recvfrom(socket#2, "x", 10, 0) = 1
poll([{fd=socket#2, events=POLLIN}], 1, 50) = 0
getpeername(socket#2) = -1 ENOTCONN
getsockopt(socket, SOL_SOCKET, SO_ERROR, [0]) = 0
`},
		{"a pair, and a path", `
7 socketpair(AF_UNIX, SOCK_STREAM, 0, [3, 4]) = 0
7 socket(AF_UNIX, SOCK_STREAM, 0) = 5
7 bind(5, {sa_family=AF_UNIX, sun_path="door, left"}, 110) = 0
7 listen(5, 1) = 0
7 sendto(3, "x", 1, MSG_NOSIGNAL, NULL, 0) = 1
8  ???( <detached ...>
9 ????( <unfinished ...>
9 <... ???? resumed>) = ?
8 read(3,  <detached ...>
7 socket(AF_UNIX, SOCK_STREAM, 0) = 6
7 connect(6, {sa_family=AF_UNIX, sun_path="/var/run/nscd/socket"}, 110) = -1 ENOENT (No such file or directory)
7 close(6) = 0
`, `
socketpair(AF_UNIX, SOCK_STREAM, 0, end, end#2) = 0
socket(AF_UNIX, SOCK_STREAM, 0) = listener
bind(listener, "door, left") = 0
listen(listener, 1) = 0
sendto(end, "x", 1, MSG_NOSIGNAL) = 1
`},
	} {
		transcript, err := Record(nil, "it", strings.NewReader(test.trace[1:]))
		if got := transcript.String(); err != nil || got != test.want[1:] {
			t.Errorf("%s: %v; got:\n%swant:%s", test.name, err, got, test.want)
		}
	}
	if _, err := Record(nil, "it", strings.NewReader("strace: something else\n")); err == nil {
		t.Error("a line that is no call was taken for one")
	}
}

// TestClock checks that strace's times are converted to the recording's clock.
func TestClock(t *testing.T) {
	rec := recording.New()
	at := func(d time.Duration) string {
		when := time.Now().Add(d)
		return fmt.Sprintf("%d.%06d", when.Unix(), when.Nanosecond()/1000)
	}
	trace := fmt.Sprintf(`7 %s socket(AF_INET, SOCK_STREAM, 0) = 3
7 %s listen(3, 5 <unfinished ...>
7 %s <... listen resumed>) = 0
7 %[3]s +++ exited with 0 +++
`, at(time.Second), at(2*time.Second), at(3*time.Second))
	if _, err := Record(rec, "it", strings.NewReader(trace)); err != nil {
		t.Fatal(err)
	}
	const exact = 200_000 // µs of tolerance, for a busy machine
	const rounded = 1000
	for i, e := range rec.Events() {
		if want := int64(i+1) * 1e6; e.At < want-rounded || e.At > want+exact || e.Actor != "it" {
			t.Errorf("%s of %s is at %d µs, want %d", e.Text, e.Actor, e.At, want)
		}
	}
	if n := len(rec.Events()); n != 2 {
		t.Errorf("%d events, want 2", n)
	}
}

// FuzzTranscript checks that no record, however broken, makes Record panic.
func FuzzTranscript(f *testing.F) {
	f.Add("7 socket(AF_INET, SOCK_STREAM, 0) = 3\n7 accept4(3, {, [1 => 2], 0) = 4\n7 epoll_ctl(9, EPOLL_CTL_ADD, 3) = 0\n")
	f.Add("7 socketpair(AF_UNIX, SOCK_STREAM, 0, [3, 4]) = 0\n7 read( <unfinished ...>\n7 <... read resumed>\"x\", 1) = 1\n")
	f.Add("7 1764349200.123456 socket(AF_INET, SOCK_STREAM, 0) = 3\n7 1. listen(3, 1) = 0\n")
	f.Add("7 socketpair(AF_UNIX, 1, 0, 0x3) = 0\n7 listen() = 0\n")
	f.Fuzz(func(_ *testing.T, trace string) { Record(nil, "it", strings.NewReader(trace)) })
}
