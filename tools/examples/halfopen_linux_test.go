package examples_test

import (
	"fmt"
	"log"
	"syscall"
)

// Package net has switched SO_KEEPALIVE on in every TCP connection it makes,
// and asks after 15 s of silence. net.KeepAliveConfig says otherwise.
func Example_halfOpen() {
	alice, bob := connected()
	defer alice.Close()
	defer bob.Close()

	raw, err := bob.SyscallConn()
	if err != nil {
		log.Fatal(err)
	}
	raw.Control(func(fd uintptr) {
		on, _ := syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_KEEPALIVE)
		idle, _ := syscall.GetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE)
		fmt.Println(on, idle)
	})
	// Output: 1 15
}
