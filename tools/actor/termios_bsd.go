//go:build darwin || freebsd || netbsd || openbsd || dragonfly

package actor

import "golang.org/x/sys/unix"

const getTermios = unix.TIOCGETA
