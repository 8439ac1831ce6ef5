package examples_test

import (
	"fmt"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// How long may what was sent stay unconfirmed? TCP_USER_TIMEOUT says it for
// one socket, in milliseconds (tcp(7), RFC 5482); package net has no method
// for it, and lets us at the socket before it calls.
func Example_userTimeout() {
	listener, _ := net.Listen("tcp", "127.0.0.1:0")
	defer listener.Close()

	dialer := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) error {
		var failed error
		err := raw.Control(func(fd uintptr) {
			failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, 30_000)
		})
		if err != nil {
			return err
		}
		return failed
	}}
	bob, err := dialer.Dial("tcp", listener.Addr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer bob.Close()

	raw, _ := bob.(*net.TCPConn).SyscallConn()
	raw.Control(func(fd uintptr) {
		fmt.Println(unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT))
	})
	// Output: 30000 <nil>
}
