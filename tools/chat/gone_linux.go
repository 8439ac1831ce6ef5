package chat

import (
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// setUserTimeout tells the kernel how long it may go on sending data that nobody
// acknowledges. By itself it would take a quarter of an hour (tcp(7),
// TCP_USER_TIMEOUT). The probes of a quiet connection don't help here: while data
// is unacknowledged, none are sent.
func setUserTimeout(conn *net.TCPConn, after time.Duration) {
	raw, err := conn.SyscallConn()
	if err != nil || after <= 0 {
		return
	}
	raw.Control(func(fd uintptr) {
		unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(after.Milliseconds()))
	})
}
