//go:build darwin || freebsd || netbsd || openbsd || dragonfly

package actor

import "golang.org/x/sys/unix"

const (
	getTermios = unix.TIOCGETA
	eofEcho    = "^D\b\b" // ^D is shown, and the cursor put back on it
)
