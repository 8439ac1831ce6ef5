package actor

import "golang.org/x/sys/unix"

const (
	getTermios = unix.TCGETS
	eofEcho    = "" // ^D leaves no trace on the screen
)
