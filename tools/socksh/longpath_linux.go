package socksh

import (
	"encoding/binary"
	"unsafe"

	"golang.org/x/sys/unix"
)

// longPath returns the bytes of an address of AF_UNIX whose path leaves no
// room for a final NUL. x/sys refuses it without asking the kernel, which takes
// 108 bytes (unix(7), BUGS). The answer must be the kernel's.
func longPath(sa unix.Sockaddr) []byte {
	path, ok := sa.(*unix.SockaddrUnix)
	if !ok || len(path.Name) < len(unix.RawSockaddrUnix{}.Path) {
		return nil
	}
	b := append(binary.NativeEndian.AppendUint16(nil, unix.AF_UNIX), path.Name...)
	if path.Name[0] == '@' {
		b[2] = 0
	}
	return b
}

func bind(fd int, sa unix.Sockaddr) error {
	if b := longPath(sa); b != nil {
		return call(unix.SYS_BIND, uintptr(fd), b)
	}
	return unix.Bind(fd, sa)
}

func connect(fd int, sa unix.Sockaddr) error {
	if b := longPath(sa); b != nil {
		return call(unix.SYS_CONNECT, uintptr(fd), b)
	}
	return unix.Connect(fd, sa)
}

func call(trap, fd uintptr, addr []byte) error {
	_, _, errno := unix.Syscall(trap, fd, uintptr(unsafe.Pointer(&addr[0])), uintptr(len(addr)))
	if errno != 0 {
		return errno
	}
	return nil
}
