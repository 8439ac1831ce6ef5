package pty

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Open opens a terminal, both sides. The side of the program is had from the master
// (TIOCGPTPEER in ioctl_tty(2)), not by its name: under that name there may be a terminal
// of another instance of devpts, or none.
func Open() (master, tty *os.File, err error) {
	master, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	if tty, err = peer(int(master.Fd())); err != nil {
		master.Close()
		return nil, nil, err
	}
	return master, tty, nil
}

func peer(master int) (*os.File, error) {
	if err := unix.IoctlSetPointerInt(master, unix.TIOCSPTLCK, 0); err != nil {
		return nil, fmt.Errorf("unlock a terminal: %w", err)
	}
	number, err := unix.IoctlGetUint32(master, unix.TIOCGPTN)
	if err != nil {
		return nil, fmt.Errorf("ask for a terminal's number: %w", err)
	}
	name := fmt.Sprintf("/dev/pts/%d", number)
	const flags = unix.O_RDWR | unix.O_NOCTTY | unix.O_CLOEXEC
	fd, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(master), unix.TIOCGPTPEER, flags)
	switch errno {
	case 0:
		return os.NewFile(fd, name), nil
	case unix.ENOTTY, unix.EINVAL: // before Linux 4.13
		return os.OpenFile(name, flags, 0)
	}
	return nil, fmt.Errorf("open %s: %w", name, errno)
}
