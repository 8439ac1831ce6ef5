//go:build unix

package socksh

import (
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// A wait is a call that may wait in the kernel.
type wait struct {
	thread      int // where the platform can signal it
	interrupted atomic.Bool
}

// retry makes a system call again after every interruption that nobody asked for:
// a window that changes its size, or Go's scheduler, ends some calls too
// (signal(7)).
func (sh *shell) retry(call func() error) error {
	for {
		err := call()
		if w := sh.waiting.Load(); err != unix.EINTR || w == nil || w.interrupted.Load() {
			return err
		}
	}
}
