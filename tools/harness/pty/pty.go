//go:build unix

// Package pty opens terminals (pty(7)).
//
// A package for that exists, github.com/creack/pty. But on Linux it gives the kernel the
// address of a variable as a number (uintptr). When the garbage collector moves the
// goroutine's stack meanwhile, the kernel's answer is lost, and the terminal is taken for
// number 0: about once in 15,000 times, while a collection goes on.
package pty

import (
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// Resize sets the size of a terminal, of which f is either side.
func Resize(f *os.File, rows, columns uint16) error {
	return unix.IoctlSetWinsize(int(f.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: rows, Col: columns})
}

// Start starts a command on a terminal of its own, and returns the side of the person.
func Start(cmd *exec.Cmd, rows, columns uint16) (master *os.File, err error) {
	master, tty, err := Open()
	if err != nil {
		return nil, err
	}
	defer tty.Close()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err = Resize(master, rows, columns); err == nil {
		err = cmd.Start()
	}
	if err != nil {
		master.Close()
		return nil, err
	}
	return master, nil
}
