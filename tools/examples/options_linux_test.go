package examples_test

import (
	"context"
	"fmt"
	"log"
	"net"
	"syscall"
)

// Control is called after socket and before bind: the socket exists, and
// nobody can have called it yet. Sizes are as Linux doubles them.
func Example_listenConfig() {
	config := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		var err error
		failed := raw.Control(func(fd uintptr) {
			err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 10000)
		})
		if failed != nil {
			return failed
		}
		return err
	}}
	door, err := config.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer door.Close()
	fmt.Println("SO_RCVBUF", getsockopt(door.(*net.TCPListener), syscall.SOL_SOCKET, syscall.SO_RCVBUF))
	// Go has set this one without being asked.
	fmt.Println("SO_REUSEADDR", getsockopt(door.(*net.TCPListener), syscall.SOL_SOCKET, syscall.SO_REUSEADDR))

	conn, err := net.Dial("tcp", door.Addr().String())
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	bob := conn.(*net.TCPConn)
	// And these two.
	fmt.Println("SO_KEEPALIVE", getsockopt(bob, syscall.SOL_SOCKET, syscall.SO_KEEPALIVE))
	fmt.Println("TCP_NODELAY", getsockopt(bob, syscall.IPPROTO_TCP, syscall.TCP_NODELAY))
	bob.SetNoDelay(false)
	fmt.Println("TCP_NODELAY", getsockopt(bob, syscall.IPPROTO_TCP, syscall.TCP_NODELAY))
	bob.SetReadBuffer(20000)
	fmt.Println("SO_RCVBUF", getsockopt(bob, syscall.SOL_SOCKET, syscall.SO_RCVBUF))
	// Output:
	// SO_RCVBUF 20000
	// SO_REUSEADDR 1
	// SO_KEEPALIVE 1
	// TCP_NODELAY 1
	// TCP_NODELAY 0
	// SO_RCVBUF 40000
}

// getsockopt reads an option. Package net has no function for that, but lends
// the descriptor.
func getsockopt(conn syscall.Conn, level, option int) int {
	raw, err := conn.SyscallConn()
	if err != nil {
		log.Fatal(err)
	}
	var n int
	failed := raw.Control(func(fd uintptr) {
		n, err = syscall.GetsockoptInt(int(fd), level, option)
	})
	if failed != nil {
		log.Fatal(failed)
	}
	if err != nil {
		log.Fatal(err)
	}
	return n
}
