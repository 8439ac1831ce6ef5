package socksh

import "golang.org/x/sys/unix"

// On Linux only, or elsewhere under another name (tcp(7), send(2)).
func init() {
	options[unix.IPPROTO_TCP]["TCP_CORK"] = unix.TCP_CORK
	options[unix.IPPROTO_TCP]["TCP_KEEPIDLE"] = unix.TCP_KEEPIDLE
	flags["MSG_MORE"] = unix.MSG_MORE
	options[unix.SOL_SOCKET]["SO_PEERCRED"] = unix.SO_PEERCRED
}

// credentialsOf asks for the process, user and group of the other side, if that is
// the option (SO_PEERCRED, unix(7)).
func credentialsOf(level, option int) func(fd int) (pid int32, uid, gid uint32, err error) {
	if level != unix.SOL_SOCKET || option != unix.SO_PEERCRED {
		return nil
	}
	return func(fd int) (pid int32, uid, gid uint32, err error) {
		c, err := unix.GetsockoptUcred(fd, level, option)
		if err != nil {
			return 0, 0, 0, err
		}
		return c.Pid, c.Uid, c.Gid, nil
	}
}
