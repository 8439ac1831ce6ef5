//go:build unix

package socksh

import (
	"bytes"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

func callPoll(sh *shell, a args) answer {
	var fds []unix.PollFd
	for _, fd := range a[0].([]int) {
		fds = append(fds, unix.PollFd{Fd: int32(fd), Events: int16(a.int(1))})
	}
	timeout := a[2].(time.Duration)
	deadline := time.Now().Add(timeout)
	n := 0
	err := sh.retry(func() (err error) {
		ms := -1
		if timeout != none {
			// Rounded up: a wait that ends early would be asked again.
			ms = int((max(time.Until(deadline), 0) + time.Millisecond - 1) / time.Millisecond)
		}
		n, err = unix.Poll(fds, ms)
		return err
	})
	if err != nil {
		return failed(err)
	}
	var text bytes.Buffer
	fmt.Fprint(&text, n)
	for _, fd := range fds {
		if fd.Revents != 0 {
			fmt.Fprintf(&text, ", %d %s", fd.Fd, events.bits(int(fd.Revents)))
		}
	}
	return answer{text: text.String()}
}
