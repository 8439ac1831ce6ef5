package chat

import (
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// giveUp tells the kernel how long it may go on sending what nobody
// acknowledges; by itself it would for a quarter of an hour (tcp(7),
// TCP_USER_TIMEOUT). The probes of a quiet connection are another matter: where
// something is unacknowledged there are none.
func giveUp(conn *net.TCPConn, after time.Duration) {
	raw, err := conn.SyscallConn()
	if err != nil || after <= 0 {
		return
	}
	raw.Control(func(fd uintptr) {
		unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(after.Milliseconds()))
	})
}
