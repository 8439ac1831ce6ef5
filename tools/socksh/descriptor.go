//go:build unix

package socksh

import (
	"bufio"
	"io"
	"time"

	"golang.org/x/sys/unix"
)

// A descriptor is a socket that the session made. The kernel knows all of it
// except two things: the timeout, which is counted as in Python, and the file
// that makefile put over it.
type descriptor struct {
	fd      int
	timeout time.Duration
	file    *bufio.Reader
}

// add puts a new descriptor into the session.
func (sh *shell) add(fd int) {
	sh.open[fd] = &descriptor{fd: fd, timeout: none}
}

// timeoutOf is how long calls on fd may wait.
func (sh *shell) timeoutOf(fd int) time.Duration {
	if d, ok := sh.open[fd]; ok {
		return d.timeout
	}
	return none
}

// setTimeout gives the kernel what Python calls a timeout. With none the socket
// blocks, with 0 it doesn't, and with a number of seconds its calls give up after
// that time (SO_RCVTIMEO and SO_SNDTIMEO, socket(7)).
func setTimeout(fd int, d time.Duration) error {
	if err := unix.SetNonblock(fd, d == 0); err != nil {
		return err
	}
	if d == none {
		d = 0 // the kernel's word for none
	}
	return limit(fd, d, unix.SO_RCVTIMEO, unix.SO_SNDTIMEO)
}

func limit(fd int, d time.Duration, directions ...int) error {
	tv := unix.NsecToTimeval(d.Nanoseconds())
	for _, direction := range directions {
		if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, direction, &tv); err != nil {
			return err
		}
	}
	return nil
}

// late is the failure of a call that waited as long as it was allowed to.
type late struct {
	errno   unix.Errno
	timeout time.Duration
}

func (l *late) Error() string {
	return reason(l.errno) + ": timed out after " + showSeconds(l.timeout) + " s"
}

func (l *late) Unwrap() error { return l.errno }

// onTime tells a timeout from a call that never waits: the kernel's answer is
// the same for both.
func (sh *shell) onTime(fd int, err error, flags int) error {
	d := sh.timeoutOf(fd)
	if errno, ok := err.(unix.Errno); ok && d != none && d != 0 && flags&unix.MSG_DONTWAIT == 0 &&
		(errno == unix.EAGAIN || errno == unix.EINPROGRESS) {
		return &late{errno, d}
	}
	return err
}

// reader is a descriptor as the file under makefile's buffer.
type reader struct {
	sh *shell
	fd int
}

func (r reader) Read(p []byte) (n int, err error) {
	err = r.sh.retry(func() error {
		n, err = unix.Read(r.fd, p)
		return err
	})
	if n == 0 && err == nil {
		return 0, io.EOF
	}
	return max(n, 0), r.sh.onTime(r.fd, err, 0)
}
