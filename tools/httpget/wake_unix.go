//go:build unix

package httpget

import "syscall"

// wakeFor asks the kernel to wake us when that many bytes have come, or the end.
func (c *bursts) wakeFor(bytes int) (err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	if failed := raw.Control(func(fd uintptr) {
		err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVLOWAT, bytes)
	}); failed != nil {
		return failed
	}
	return err
}
