package actor

import "golang.org/x/sys/unix"

const (
	getTermios = unix.TCGETS
	setTermios = unix.TCSETS
	eofEcho    = "" // ^D shows nothing on the screen
	iutf8      = unix.IUTF8
)
