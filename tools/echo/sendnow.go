//go:build unix

package echo

import (
	"net"
	"syscall"
)

// sendNow sends a datagram without waiting. When there is no room for it, WriteTo
// would wait. Here the kernel says EAGAIN, and we return that.
func sendNow(conn *net.UnixConn, datagram []byte, to *net.UnixAddr) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var refused error
	err = raw.Write(func(fd uintptr) bool {
		if refused = readers.may(fd, to.Name); refused == nil {
			refused = syscall.Sendto(int(fd), datagram, 0, &syscall.SockaddrUnix{Name: to.Name})
			readers.sent(fd, to.Name)
		}
		return true // don't wait until it can be written, and try again
	})
	if err != nil {
		return err
	}
	return refused
}
