package socksh

import "golang.org/x/sys/unix"

// These hold small pieces back, until more comes (tcp(7), send(2)); on Linux only.
func init() {
	options[unix.IPPROTO_TCP]["TCP_CORK"] = unix.TCP_CORK
	flags["MSG_MORE"] = unix.MSG_MORE
}
