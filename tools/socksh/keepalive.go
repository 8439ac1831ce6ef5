//go:build unix && !openbsd

package socksh

import "golang.org/x/sys/unix"

// OpenBSD keeps these for the whole system alone (sysctl(2)).
func init() {
	options[unix.IPPROTO_TCP]["TCP_KEEPINTVL"] = unix.TCP_KEEPINTVL
	options[unix.IPPROTO_TCP]["TCP_KEEPCNT"] = unix.TCP_KEEPCNT
}
