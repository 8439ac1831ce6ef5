//go:build unix

package socksh

import (
	"errors"
	"fmt"
	"strconv"

	"golang.org/x/sys/unix"
)

// shown is how many of the received bytes an answer shows.
const shown = 200

// An answer is what the kernel said to one call.
type answer struct {
	text  string     // after "= "
	err   error      // why the call failed
	errno unix.Errno // the error that connect_ex and SO_ERROR return
	new   []int      // the descriptors it made, to be named
}

// done is an answer in words.
func done(format string, args ...any) answer {
	return answer{text: fmt.Sprintf(format, args...)}
}

// failed is the answer of a call that failed. C returns -1 and leaves the
// reason in errno (errno(3)).
func failed(err error) answer { return answer{text: "-1 " + reason(err), err: err} }

// either returns the answer 0, or the failure.
func either(err error) answer {
	if err != nil {
		return failed(err)
	}
	return done("0")
}

// reason is an error as its name, number and words.
func reason(err error) string {
	var late *late
	if errors.As(err, &late) {
		return late.Error()
	}
	errno, ok := err.(unix.Errno)
	if !ok {
		return err.Error()
	}
	return fmt.Sprintf("%s %d (%s)", errnoName(errno), int(errno), errno.Error())
}

// errnoName is what the man pages call an error. Linux has a second name for
// one of them.
func errnoName(errno unix.Errno) string {
	if errno == unix.EOPNOTSUPP {
		return "EOPNOTSUPP"
	}
	return unix.ErrnoName(errno)
}

// errnoAnswer is what connect_ex and SO_ERROR return: the number itself.
func errnoAnswer(errno unix.Errno) answer {
	if errno == 0 {
		return done("0")
	}
	ans := done("%d %s (%s)", int(errno), errnoName(errno), errno.Error())
	ans.errno = errno
	return ans
}

// showBytes is what came, in Go's quotes: no byte of it can reach the terminal.
func showBytes(b []byte) string {
	if len(b) <= shown {
		return strconv.Quote(string(b))
	}
	return fmt.Sprintf("%s and %d bytes more", strconv.Quote(string(b[:shown])), len(b)-shown)
}
