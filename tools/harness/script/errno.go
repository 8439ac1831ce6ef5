//go:build unix

package script

import (
	"regexp"
	"strings"

	"golang.org/x/sys/unix"
)

// errnos are the errors of the socket calls, and what each says about the
// other side or about us.
var errnos = []struct {
	errno   unix.Errno
	meaning string
}{
	{unix.ECONNREFUSED, "nobody listens at that address, or a firewall refuses for it: connect(2)"},
	{unix.ECONNRESET, "the other side dropped the connection, or closed with something unread, or got more after shutdown SHUT_RD: tcp(7)"},
	{unix.EPIPE, "sent to somebody who has gone: send(2)"},
	{unix.EADDRINUSE, "somebody has that address; after a restart, SO_REUSEADDR is missing: socket(7)"},
	{unix.EADDRNOTAVAIL, "this machine does not have that address, or no port is free for a call: bind(2), connect(2)"},
	{unix.EMFILE, "the process has as many descriptors as it may; are they closed?: accept(2)"},
	{unix.ENFILE, "the whole system has as many open files as it may: accept(2)"},
	{unix.EBADF, "that descriptor is closed, or never was one: close(2)"},
	{unix.ENOTSOCK, "that descriptor is no socket: send(2)"},
	{unix.ENOTCONN, "nobody is at the other end: a listening socket, or one that has not connected: recv(2)"},
	{unix.EISCONN, "it is connected already: connect(2)"},
	{unix.EDESTADDRREQ, "it is not connected, and no address was given: send(2)"},
	{unix.EMSGSIZE, "too long for one datagram: send(2)"},
	{unix.EAFNOSUPPORT, "an address of another family than the socket: connect(2)"},
	{unix.EPROTOTYPE, "a socket of another type is there: unix(7)"},
	{unix.EINPROGRESS, "connecting goes on; poll for writing says when it is over: connect(2)"},
	{unix.EAGAIN, "it would have to wait, and was told not to: recv(2)"},
	{unix.ETIMEDOUT, "no answer from the other side for long: tcp(7)"},
	{unix.EHOSTUNREACH, "there is no way to that host: ip(7)"},
	{unix.ENETUNREACH, "there is no way to that network: ip(7)"},
	{unix.EACCES, "not allowed: a port below 1024, or a file's permissions: bind(2)"},
	{unix.EFAULT, "that is not the program's memory, or fewer bytes than a header has: send(2)"},
	{unix.ENOENT, "there is no such file; a relative name is one in the script's directory, where programs run: unix(7)"},
	{unix.ENOPROTOOPT, "that kind of socket has no such option: setsockopt(2)"},
	{unix.EINVAL, "an argument that makes no sense here, or not any more: bind(2), setsockopt(2)"},
}

// errnoNamed reports whether name is an error's, but one that has a word of its own as
// the end of a socket.
func errnoNamed(name string) bool {
	for e := unix.Errno(1); e < 256; e++ {
		if unix.ErrnoName(e) == name {
			return e != unix.ECONNRESET && e != unix.ETIMEDOUT
		}
	}
	return false
}

// errnoIn explains the error that words speak of, by its name or in the
// system's own words; "" if there is none.
func errnoIn(words string) string {
	lower := strings.ToLower(words)
	for _, e := range errnos {
		name := unix.ErrnoName(e.errno)
		named, _ := regexp.MatchString(`\b`+name+`\b`, words)
		if named || strings.Contains(lower, strings.ToLower(e.errno.Error())) {
			return name + ": " + e.meaning + remedyIn(e.errno, words)
		}
	}
	if besideIt.MatchString(words) {
		return "A program runs in the script's directory, not in its own: what lies beside it is found by an absolute name, or through PYTHONPATH, NODE_PATH, CLASSPATH, go run -C DIR."
	}
	if strings.Contains(words, "SIGPIPE") {
		return "SIGPIPE: sent to somebody who has gone; unless it is caught or ignored, that ends a program: send(2), signal(7)"
	}
	return ""
}

// besideIt is how languages say that they miss what lies in a program's own
// directory.
var besideIt = regexp.MustCompile(`No module named|go\.mod file not found|cannot find main module|could not find .Cargo\.toml|Cannot find module|Could not find or load main class|relative import with no known parent`)

// remedyIn is the line of code that a program lacks, in the language that the error
// message is from; "" if that is not known.
func remedyIn(errno unix.Errno, words string) string {
	switch {
	case errno != unix.EADDRINUSE:
		return ""
	case strings.Contains(words, "OSError"):
		return "; before bind: s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)"
	case strings.Contains(words, "bind: Address already in use"): // perror(3)
		return "; before bind: int on = 1; setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);"
	}
	return ""
}
