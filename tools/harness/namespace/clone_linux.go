//go:build linux && (amd64 || arm64) && !race

package namespace

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// stackSize is the size of process 1's stack, in bytes. It is small because
// process 1 makes system calls only.
const stackSize = 16 << 10

// spawn starts process 1 in our memory, on a stack of its own (clone(2),
// CLONE_VM). After a fork both processes would copy each page that we write:
// that took a third of a script's time.
func spawn(f *first) (pid int, stack []byte, errno syscall.Errno) {
	stack, err := unix.Mmap(-1, 0, stackSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		errno, _ = err.(syscall.Errno)
		return 0, nil, errno
	}
	top := uintptr(unsafe.Pointer(&stack[0])) + stackSize
	r := clone(unix.CLONE_VM|uintptr(unix.SIGCHLD), top, f)
	if r < 0 {
		unix.Munmap(stack)
		return 0, nil, syscall.Errno(-r)
	}
	return r, stack, 0
}

// clone is clone(2): it returns the child's number, or a negative errno. The
// child runs f on the stack that ends at top; Go's runtime can't move that
// stack.
func clone(flags, top uintptr, f *first) int

// runFirst is what the child calls. It never returns.
//
//go:nosplit
//lint:ignore U1000 assembly calls it
func runFirst(f *first) { f.run() }
