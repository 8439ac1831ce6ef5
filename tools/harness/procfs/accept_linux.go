//go:build !386 && !s390x

package procfs

import "golang.org/x/sys/unix"

// 386 and s390x have no accept call (accept(2)): they use accept4 or
// socketcall(2).
func init() { calls[unix.SYS_ACCEPT] = "accept" }
