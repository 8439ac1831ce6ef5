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
	{unix.ECONNREFUSED, "nobody listens at that address: connect(2)"},
	{unix.ECONNRESET, "the other side dropped the connection, or closed with something unread: tcp(7)"},
	{unix.EPIPE, "sent to somebody who has gone: send(2)"},
	{unix.EADDRINUSE, "somebody has that address; after a restart, SO_REUSEADDR is missing: socket(7)"},
	{unix.EADDRNOTAVAIL, "this machine does not have that address: bind(2)"},
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
	{unix.ENOENT, "there is no such file: unix(7)"},
	{unix.ENOPROTOOPT, "that kind of socket has no such option: setsockopt(2)"},
	{unix.EINVAL, "an argument that makes no sense here, or not any more: bind(2), setsockopt(2)"},
}

// errnoIn explains the error that words speak of, by its name or in the
// system's own words; "" if there is none.
func errnoIn(words string) string {
	lower := strings.ToLower(words)
	for _, e := range errnos {
		name := unix.ErrnoName(e.errno)
		named, _ := regexp.MatchString(`\b`+name+`\b`, words)
		if named || strings.Contains(lower, strings.ToLower(e.errno.Error())) {
			return name + ": " + e.meaning
		}
	}
	if strings.Contains(words, "SIGPIPE") {
		return "SIGPIPE: sent to somebody who has gone; unless it is caught or ignored, that ends a program: send(2), signal(7)"
	}
	return ""
}
