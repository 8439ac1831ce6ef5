//go:build unix

package socksh

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"golang.org/x/sys/unix"
)

func callMakefile(sh *shell, a args) answer {
	d, ok := sh.open[a.int(0)]
	if !ok {
		return noSocket(a.int(0))
	}
	d.file = bufio.NewReader(reader{sh, d.fd})
	return done("0")
}

// noSocket returns the kernel's error for fd. makefile and readline need it,
// because they don't ask the kernel themselves.
func noSocket(fd int) answer {
	_, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	return either(err)
}

// lineMax bounds what readline collects, in bytes.
const lineMax = 1 << 20

func callReadline(sh *shell, a args) answer {
	d, ok := sh.open[a.int(0)]
	if !ok {
		return noSocket(a.int(0))
	}
	var line []byte
	for {
		piece, err := d.file.ReadSlice('\n')
		line = append(line, piece...)
		switch {
		case len(line) > lineMax:
			return failed(fmt.Errorf("a line longer than %d bytes", lineMax))
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && err != io.EOF:
			if len(line) > 0 {
				return answer{err: err, text: fmt.Sprintf("-1 %s, after %s", reason(err), showBytes(line))}
			}
			return failed(err)
		}
		return done("%d %s", len(line), showBytes(line))
	}
}
