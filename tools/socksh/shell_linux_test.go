package socksh

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"socklab/tools/harness/procfs"
)

// conversation calls every function twice: once with its ordinary answer, and
// once with a failure of its own. HOST is the test's own address.
const conversation = `
> srv = socket AF_INET SOCK_STREAM
= 3
> socket AF_INET SOCK_SEQPACKET
= -1 ESOCKTNOSUPPORT 94 (socket type not supported)
> socket 77 SOCK_STREAM
= -1 EAFNOSUPPORT 97 (address family not supported by protocol)
> accept srv
= -1 EINVAL 22 (invalid argument)
> setsockopt srv SOL_SOCKET SO_REUSEADDR 1
= 0
> setsockopt srv SOL_SOCKET SO_TYPE 1
= -1 ENOPROTOOPT 92 (protocol not available)
> bind srv HOST
= 0
> bind srv HOST
= -1 EINVAL 22 (invalid argument)
> listen srv 8
= 0
> getsockname srv
= HOST
> c = socket AF_INET SOCK_STREAM
= 4
> bind c HOST
= -1 EADDRINUSE 98 (address already in use)
> getpeername c
= -1 ENOTCONN 107 (transport endpoint is not connected)
> recv c 5
= -1 ENOTCONN 107 (transport endpoint is not connected)
> shutdown c SHUT_WR
= -1 ENOTCONN 107 (transport endpoint is not connected)
> connect_ex c 127.0.0.1:9
= 111 ECONNREFUSED (connection refused)
> connect c 127.0.0.1:9
= -1 ECONNREFUSED 111 (connection refused)
> connect_ex c HOST
= 0
> connect c HOST
= -1 EISCONN 106 (transport endpoint is already connected)
> getpeername c
= HOST
> conn = accept srv
= 5, CALLER
> settimeout srv 5
= 0
> late = socket AF_INET SOCK_STREAM
= 6
> connect late HOST
= 0
> settimeout srv 0.01
= 0
> heir = accept srv
= 7, CALLER
> getsockopt heir SOL_SOCKET 20
= 0
> close late
= 0
> close heir
= 0
> accept srv
= -1 EAGAIN 11 (resource temporarily unavailable): timed out after 0.01 s
> gettimeout srv
= 0.01
> gettimeout conn
= none
> send c "hello\n\x00\xff"
= 8
> recv conn 5 MSG_PEEK
= 5 "hello"
> recv conn 1024
= 8 "hello\n\x00\xff"
> settimeout conn 0.01
= 0
> recv conn 1
= -1 EAGAIN 11 (resource temporarily unavailable): timed out after 0.01 s
> recv conn 1 MSG_DONTWAIT
= -1 EAGAIN 11 (resource temporarily unavailable)
> setblocking conn 0
= 0
> gettimeout conn
= 0
> recvfrom conn 1
= -1 EAGAIN 11 (resource temporarily unavailable)
> setblocking conn 1
= 0
> sendall c "one\ntwo\nthree"
= 0
> makefile conn
= 0
> readline conn
= 4 "one\n"
> readline conn
= 4 "two\n"
> poll c,conn POLLIN|POLLOUT 0
= 2, 4 POLLOUT, 5 POLLOUT
> shutdown c SHUT_WR
= 0
> readline conn
= 5 "three"
> readline conn
= 0 ""
> poll conn,99 POLLIN none
= 2, 5 POLLIN, 99 POLLNVAL
> send c "x"
= -1 EPIPE 32 (broken pipe)
> sendall c "x"
= -1 EPIPE 32 (broken pipe), after 0 of 1 bytes
> getsockopt c SOL_SOCKET SO_TYPE
= 1 SOCK_STREAM
> getsockopt c SOL_SOCKET SO_ERROR
= 0
> getsockopt c SOL_SOCKET 9999
= -1 ENOPROTOOPT 92 (protocol not available)
> setsockopt c SOL_SOCKET SO_LINGER 1,0
= 0
> getsockopt c SOL_SOCKET SO_LINGER
= 1,0
> close c
= 0
> close c
= -1 EBADF 9 (bad file descriptor)
> recv conn 1
= 0 ""
> r = socket AF_INET SOCK_STREAM
= 4
> connect r HOST
= 0
> peer = accept srv
= 6, CALLER
> send peer "unread"
= 6
> close r
= 0
> recv peer 1
= -1 ECONNRESET 104 (connection reset by peer)
> close peer
= 0
> fileno conn
= 5
> fileno c
= -1 EBADF 9 (bad file descriptor)
> gettimeout c
= -1 EBADF 9 (bad file descriptor)
> settimeout c 1
= -1 EBADF 9 (bad file descriptor)
> setblocking c 1
= -1 EBADF 9 (bad file descriptor)
> makefile c
= -1 EBADF 9 (bad file descriptor)
> readline c
= -1 EBADF 9 (bad file descriptor)
> getsockname c
= -1 EBADF 9 (bad file descriptor)
> recv 0 1
= -1 ENOTSOCK 88 (socket operation on non-socket)
> makefile 0
= -1 ENOTSOCK 88 (socket operation on non-socket)
> getsockname -1
= -1 EBADF 9 (bad file descriptor)
> u = socket AF_INET SOCK_DGRAM
= 4
> listen u
= -1 EOPNOTSUPP 95 (operation not supported)
> bind u HOST
= 0
> sendto u "hi" HOST
= 2
> recvfrom u 10
= 2 "hi", HOST
> sendto u "hi" HOST
= 2
> recv u 1 MSG_TRUNC
= 2 "h"
> sendto u "x"*65508 HOST
= -1 EMSGSIZE 90 (message too long)
> send u "x"
= -1 EDESTADDRREQ 89 (destination address required)
> a, b = socketpair AF_UNIX SOCK_SEQPACKET
= 6, 7
> socketpair AF_INET SOCK_STREAM
= -1 EOPNOTSUPP 95 (operation not supported)
> send a "x"*300
= 300
> recv b 67108864
= 300 "MANYX" and 100 bytes more
> recv b 0 MSG_DONTWAIT
= -1 EAGAIN 11 (resource temporarily unavailable)
> getsockname a
= no name
> s = socket AF_UNIX SOCK_STREAM
= 8
> connect s ./nobody
= -1 ENOENT 2 (no such file or directory)
> bind s ./path
= 0
> getsockname s
= ./path
> v6 = socket AF_INET6 SOCK_STREAM
= 9
> connect v6 127.0.0.1:9
= -1 EINVAL 22 (invalid argument)
> getsockname v6
= [::]:0
> send_fds a "here" 999
= -1 EBADF 9 (bad file descriptor)
> recv_fds s 10
= -1 EINVAL 22 (invalid argument)
> send_fds a "here" u
= 4
> getsockname u
= HOST
> close u
= 0
> twin = recv_fds b 10
= 4 "here", 4
> getsockname twin
= HOST
> send_fds a "two" s,twin
= 3
> recv_fds b 10
= 3 "two", 10
> close 10
= 0
> send a "none"
= 4
> recv_fds b 10
= 4 "none"
> getsockopt v6 SOL_SOCKET SO_PEERCRED
= 0,4294967295,4294967295
> x, y = socketpair AF_UNIX SOCK_STREAM
= 10, 11
> settimeout x 0.01
= 0
> sendall x "x"*5000000
= -1 EAGAIN 11 (resource temporarily unavailable): timed out after 0.01 s, after MANY of 5000000 bytes
`

// TestConversation asks the kernel. Option 20 is SO_RCVTIMEO: its seconds.
func TestConversation(t *testing.T) {
	t.Parallel()
	host := network(t)
	var lines []string
	want := strings.NewReplacer("HOST", host, "MANYX", strings.Repeat("x", 200)).Replace(conversation)
	for line := range strings.Lines(strings.ReplaceAll(want, "> ", "")) {
		if !strings.HasPrefix(line, "= ") {
			lines = append(lines, strings.TrimSuffix(line, "\n"))
		}
	}
	called := map[string]bool{}
	for _, line := range lines {
		for word := range strings.FieldsSeq(line) {
			called[word] = true
		}
	}
	for _, f := range functions {
		if !called[f.name] {
			t.Errorf("%s isn't called", f.name)
		}
	}
	have := play(t, command(t, "-keep-going"), lineOf(lines...))
	answers := strings.Split(have.out, "\n")
	i := 0
	for line := range strings.Lines(want) {
		answer, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "= ")
		if !ok {
			continue
		}
		pattern := "= " + regexp.QuoteMeta(answer)
		pattern = strings.Replace(pattern, "CALLER", `127\.[0-9.]+:\d+`, 1)
		pattern = strings.Replace(pattern, "MANY", `\d+`, 1)
		if !regexp.MustCompile("^" + pattern + "$").MatchString(answers[i]) {
			t.Fatalf("%s: have %s, want = %s\n%s", lines[i+1], answers[i], answer, have.err)
		}
		i++
	}
	if have.code != 1 {
		t.Errorf("exit %d", have.code)
	}
}

// TestPiped reads from a pipe.
func TestPiped(t *testing.T) {
	t.Parallel()
	network(t)
	const sock = "s = socket AF_INET SOCK_STREAM"
	long := strings.Repeat("x", 10<<20)
	for _, test := range []struct {
		name string
		args []string
		in   string
		want result
	}{
		{"success", nil, sock + "\r\n\n# end\nclose s", result{"= 3\n= 0\n", "", 0}},
		{"a byte order mark", nil, "\ufeff" + sock + "\r\n", result{"= 3\n", "", 0}},
		{"nothing", nil, "", result{"", "", 0}},
		{"exit", nil, "exit\nclose 99\n", result{"", "", 0}},
		{"an answer that failed", nil, sock + "\nrecv s 5\nclose s\n",
			result{"= 3\n= -1 ENOTCONN 107 (transport endpoint is not connected)\n",
				"socksh: line 2: recv s 5: ENOTCONN 107 (transport endpoint is not connected)\n", 1}},
		{"a mistake", nil, "\nsokcet\n" + sock, result{"", "socksh: line 2: sokcet: no such function; help lists them\n", 1}},
		{"keep going", []string{"-keep-going"}, "sokcet\nclose 99\n" + sock + "\n",
			result{"= -1 EBADF 9 (bad file descriptor)\n= 3\n",
				"socksh: line 1: sokcet: no such function; help lists them\nsocksh: line 2: close 99: EBADF 9 (bad file descriptor)\n", 1}},
		{"keep going without a failure", []string{"-keep-going"}, sock, result{"= 3\n", "", 0}},
		{"10 MB", []string{"-keep-going"}, long + "\n" + sock + "\n" + long,
			result{"= 3\n", "socksh: line 1: the line is longer than the 65536 bytes that are read; nothing of it was done\n" +
				"socksh: line 3: the line is longer than the 65536 bytes that are read; nothing of it was done\n", 1}},
		{"junk", []string{"-keep-going"}, "\x00\xff\xfe\x1b[2J\n" + sock + "\n",
			result{"= 3\n", `socksh: line 1: \x00\xff\xfe\x1b[2J: no such function; help lists them` + "\n", 1}},
		{"usage", []string{"x"}, "", result{"", usage, 2}},
		{"-h", []string{"-h"}, "", result{usage, "", 0}},
	} {
		if have := play(t, command(t, test.args...), strings.NewReader(test.in)); have != test.want {
			t.Errorf("%s: have %v, want %v", test.name, have, test.want)
		}
	}
}

// TestOwnDescriptors tries to close and to redirect the descriptors that the
// shell needs, before and after a socket had the number.
func TestOwnDescriptors(t *testing.T) {
	t.Parallel()
	network(t)
	sock := "s = socket AF_UNIX SOCK_DGRAM"
	in := []string{sock, "close s"}
	for fd := range 64 {
		for _, call := range []string{"close %d", "settimeout %d 0", "setblocking %d 0", "makefile %d", "readline %d",
			"send_fds 999 \"x\" %d", "shutdown %d SHUT_RDWR", "recv %d 1 MSG_DONTWAIT", "bind %d @x", "poll %d POLLIN 0"} {
			in = append(in, fmt.Sprintf(call, fd))
		}
	}
	in = append(in, "close s", sock, "settimeout s 0.01", "recv s 1", "poll s POLLIN 0.01")
	have := play(t, command(t, "-keep-going"), lineOf(in...))
	if !strings.HasSuffix(have.out, "= 3\n= 0\n= -1 EAGAIN 11 (resource temporarily unavailable): timed out after 0.01 s\n= 0\n") {
		t.Errorf("out:\n%s\nerr:\n%s", have.out, have.err)
	}
	for _, want := range []string{
		"close: 0 is the shell's own terminal or pipe", "setblocking: 2 is the shell's own", "poll: 34 is open, but not by this session",
	} {
		if !strings.Contains(have.err, want) {
			t.Errorf("want %q in\n%s", want, have.err)
		}
	}

	// A shell whose terminal is a socket, as inetd(8) would start it.
	cmd := command(t, "-keep-going")
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	here, there := os.NewFile(uintptr(fds[0]), "here"), os.NewFile(uintptr(fds[1]), "there")
	defer here.Close()
	io.WriteString(here, "shutdown 0 SHUT_RDWR\nrecv 0 100\n"+sock+"\n")
	unix.Shutdown(fds[0], unix.SHUT_WR)
	have = play(t, cmd, there)
	if have.out != "= 3\n" || strings.Count(have.err, "0 is the shell's own") != 2 {
		t.Errorf("a socket for a terminal: %v", have)
	}
}

// TestRoom starts the shell in unusual surroundings. Its first socket is 3 where
// that is possible; elsewhere there must still be a first socket.
func TestRoom(t *testing.T) {
	t.Parallel()
	network(t)
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	inherits := command(t)
	for range 40 {
		inherits.ExtraFiles = append(inherits.ExtraFiles, null)
	}
	few := command(t)
	few.Path, few.Args = "/bin/sh", []string{"sh", "-c", `ulimit -n 20; exec "$0"`, self}
	for _, test := range []struct {
		name, want string
		cmd        *exec.Cmd
	}{
		{"as usual", "= 3\n= 4\n", command(t)},
		{"inherited descriptors", "= 3\n= 4\n", inherits},
		{"few descriptors", `= \d+\n= \d+\n`, few},
	} {
		have := play(t, test.cmd, lineOf("socket AF_UNIX SOCK_DGRAM", "s = socket AF_UNIX SOCK_DGRAM", "poll s POLLIN 0.05"))
		if !regexp.MustCompile("^"+test.want+"= 0\n$").MatchString(have.out) || have.code != 0 {
			t.Errorf("%s: %v", test.name, have)
		}
	}
}

// TestForeignMark checks that the runtime keeps its poller when the mark in the
// environment isn't the shell's own.
func TestForeignMark(t *testing.T) {
	t.Parallel()
	network(t)
	cmd := command(t)
	cmd.Env = append(cmd.Env, roomMark+"=1")
	cmd.Stdin = lineOf("s = socket AF_UNIX SOCK_DGRAM", "poll s POLLIN none")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waitsIn(t, cmd.Process.Pid, unix.SYS_PPOLL)
	fds := fmt.Sprintf("%d/fd", cmd.Process.Pid)
	pollers := slices.DeleteFunc(procfs.List(fds), func(fd string) bool {
		return procfs.Readlink(fds+"/"+fd) != "anon_inode:[eventpoll]"
	})
	if len(pollers) != 1 || len(pollers[0]) != 2 {
		t.Errorf("pollers are %v, want one above %d", pollers, roomTo)
	}
	cmd.Process.Kill()
	cmd.Wait()
}

// TestLostAnswers gives the shell an output that can't be written.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	cmd := command(t, "-keep-going")
	var errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = lineOf("fileno 0", "fileno 0"), full, &errs
	if err := cmd.Run(); cmd.ProcessState.ExitCode() != 1 || errs.String() != "socksh: write /dev/stdout: no space left on device\n" {
		t.Errorf("%v: %s", err, &errs)
	}
}

// TestDisturbed sends signals that are not meant to end a call.
func TestDisturbed(t *testing.T) {
	t.Parallel()
	network(t)
	cmd := command(t)
	stdin, _ := cmd.StdinPipe()
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	io.WriteString(stdin, "s = socket AF_UNIX SOCK_DGRAM\nbind s ./s\nsettimeout s 20\npoll s POLLIN 20\nrecv s 9\nrecv s 9\n")
	stdin.Close()
	for _, call := range []int{unix.SYS_PPOLL, unix.SYS_RECVFROM} {
		for range 3 {
			waitsIn(t, cmd.Process.Pid, call)
			cmd.Process.Signal(syscall.SIGWINCH)
			cmd.Process.Signal(syscall.SIGUSR1)
			cmd.Process.Signal(syscall.SIGSTOP)
			cmd.Process.Signal(syscall.SIGCONT)
		}
		waitsIn(t, cmd.Process.Pid, call)
		conn, err := net.Dial("unixgram", cmd.Dir+"/s")
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(conn, "hi")
		conn.Close()
	}
	cmd.Wait()
	if want := "= 3\n= 0\n= 0\n= 1, 3 POLLIN\n= 2 \"hi\"\n= 2 \"hi\"\n"; out.String() != want {
		t.Errorf("have %q, want %q", &out, want)
	}
}

// waitsIn returns when a thread of the process waits in a system call.
func waitsIn(t *testing.T, pid int, call int) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; {
		tasks := procfs.List(fmt.Sprintf("%d/task", pid))
		if len(tasks) == 0 {
			t.Fatalf("process %d is no more", pid)
		}
		for _, task := range tasks {
			text, _ := procfs.ReadFile(fmt.Sprintf("%d/task/%s/syscall", pid, task))
			fields := strings.Fields(string(text))
			// The prompt itself reads from 0.
			if len(fields) > 2 && fields[0] == strconv.Itoa(call) && !(call == unix.SYS_READ && fields[1] == "0x0") {
				return
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("process %d is not in system call %d", pid, call)
		}
		time.Sleep(time.Millisecond)
	}
}
