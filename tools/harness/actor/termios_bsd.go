//go:build darwin || freebsd || netbsd || openbsd || dragonfly

package actor

import "golang.org/x/sys/unix"

const (
	getTermios = unix.TIOCGETA
	setTermios = unix.TIOCSETA
	eofEcho    = "^D\b\b" // ^D is shown, and the cursor moves back on it
	iutf8      = 0x4000   // IUTF8 in termios.h of darwin and FreeBSD
)
