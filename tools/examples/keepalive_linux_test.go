package examples_test

import (
	"fmt"
	"log"
	"net"
	"syscall"
	"time"
)

// Go asks for keepalive on every TCP connection, unless told not to: after 15
// seconds of silence, every 15 seconds, and gives up after 9 unanswered ones.
// KeepAliveConfig says otherwise; the kernel counts in whole seconds.
func Example_keepAlive() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer listener.Close()
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	bob := conn.(*net.TCPConn)
	show := func() {
		fmt.Println(
			getsockopt(bob, syscall.SOL_SOCKET, syscall.SO_KEEPALIVE),
			getsockopt(bob, syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE),
			getsockopt(bob, syscall.IPPROTO_TCP, syscall.TCP_KEEPINTVL),
			getsockopt(bob, syscall.IPPROTO_TCP, syscall.TCP_KEEPCNT))
	}
	show()

	bob.SetKeepAliveConfig(net.KeepAliveConfig{
		Enable:   true,
		Idle:     time.Minute,
		Interval: 10 * time.Second,
		Count:    3,
	})
	show()
	// Output:
	// 1 15 15 9
	// 1 60 10 3
}
