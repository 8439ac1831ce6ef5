package examples_test

import (
	"fmt"
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// The kernel counts, for each connection, what it had to send again, and knows
// how long it would wait for a confirmation now: never less than 200 ms, unless
// the machine was told otherwise (tcp(7), TCP_INFO; RFC 6298).
func Example_retransmissions() {
	listener, _ := net.Listen("tcp", "127.0.0.1:0")
	defer listener.Close()
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer conn.Close()

	raw, _ := conn.(*net.TCPConn).SyscallConn()
	raw.Control(func(fd uintptr) {
		info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
		if err != nil {
			fmt.Println(err)
			return
		}
		patience := time.Duration(info.Rto) * time.Microsecond
		fmt.Println("sent again:", info.Total_retrans)
		fmt.Println("waits at least a fifth of a second:", patience >= 200*time.Millisecond)
	})
	// Output:
	// sent again: 0
	// waits at least a fifth of a second: true
}
