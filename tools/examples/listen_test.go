//go:build unix

package examples_test

import (
	"errors"
	"fmt"
	"log"
	"net"
	"syscall"
)

// Listen is socket, bind and listen in one. Port 0 asks for any free port, and
// Addr is getsockname.
func Example_listen() {
	door, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer door.Close()
	fmt.Println(door.Addr().(*net.TCPAddr).Port != 0)

	_, err = net.Listen("tcp", door.Addr().String())
	fmt.Println(errors.Is(err, syscall.EADDRINUSE))

	_, err = net.Listen("tcp", "192.0.2.1:8000")
	fmt.Println(errors.Is(err, syscall.EADDRNOTAVAIL))
	// Output:
	// true
	// true
	// true
}
