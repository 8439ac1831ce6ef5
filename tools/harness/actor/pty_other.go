//go:build unix && !linux

package actor

import (
	"os"

	"github.com/creack/pty"
)

// openPTY opens a terminal, both sides.
func openPTY() (master, tty *os.File, err error) { return pty.Open() }
