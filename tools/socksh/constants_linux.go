package socksh

import "golang.org/x/sys/unix"

// On Linux only, or elsewhere under another name (tcp(7), send(2)).
func init() {
	options[unix.IPPROTO_TCP]["TCP_CORK"] = unix.TCP_CORK
	options[unix.IPPROTO_TCP]["TCP_KEEPIDLE"] = unix.TCP_KEEPIDLE
	flags["MSG_MORE"] = unix.MSG_MORE
}
