//go:build unix

package procfs

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// Inode is the number of a socket, by which Sockets and a Diag know it; 0 if it is
// closed.
func Inode(c syscall.Conn) (inode uint64) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0
	}
	raw.Control(func(fd uintptr) { inode = InodeOf(fd) })
	return inode
}

// InodeOf is the number of a socket, from its descriptor.
func InodeOf(fd uintptr) uint64 {
	var stat unix.Stat_t
	if unix.Fstat(int(fd), &stat) != nil {
		return 0
	}
	return uint64(stat.Ino)
}
