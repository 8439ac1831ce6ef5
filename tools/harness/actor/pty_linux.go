package actor

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// openPTY opens a terminal, both sides. The side of the program is had from the master
// (TIOCGPTPEER in ioctl_tty(2)), not by its name: under that name there may be a
// terminal of another instance of devpts, or none.
func openPTY() (master, tty *os.File, err error) {
	master, err = os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	conn, err := master.SyscallConn()
	if err == nil {
		var failed error
		err = errors.Join(conn.Control(func(fd uintptr) { tty, failed = peer(int(fd)) }), failed)
	}
	if err != nil {
		master.Close()
		return nil, nil, err
	}
	return master, tty, nil
}

func peer(master int) (*os.File, error) {
	if err := unix.IoctlSetPointerInt(master, unix.TIOCSPTLCK, 0); err != nil {
		return nil, fmt.Errorf("unlock it: %w", err)
	}
	number, err := unix.IoctlGetUint32(master, unix.TIOCGPTN)
	if err != nil {
		return nil, fmt.Errorf("ask for its number: %w", err)
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
