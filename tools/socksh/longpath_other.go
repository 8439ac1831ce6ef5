//go:build unix && !linux

package socksh

import "golang.org/x/sys/unix"

func bind(fd int, sa unix.Sockaddr) error    { return unix.Bind(fd, sa) }
func connect(fd int, sa unix.Sockaddr) error { return unix.Connect(fd, sa) }
