//go:build linux && (race || (!amd64 && !arm64))

package namespace

import (
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// spawn starts process 1 by fork(2), through clone(2), whose arguments s390x has
// in another order. The race detector checks every call of Go code, and fails on
// a stack that it doesn't know.
//
//go:norace
func spawn(f *first) (pid int, stack []byte, errno syscall.Errno) {
	var r uintptr
	if runtime.GOARCH == "s390x" {
		r, _, errno = unix.RawSyscall6(unix.SYS_CLONE, 0, uintptr(unix.SIGCHLD), 0, 0, 0, 0)
	} else {
		r, _, errno = unix.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	}
	if r == 0 && errno == 0 {
		f.run()
	}
	return int(r), nil, errno
}
