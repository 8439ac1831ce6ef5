//go:build unix

package examples_test

import (
	"log"
	"net"
)

// connected makes a connection over loopback and returns both of its ends.
func connected() (caller, called *net.TCPConn) {
	door, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer door.Close()
	out, err := net.Dial("tcp", door.Addr().String())
	if err != nil {
		log.Fatal(err)
	}
	in, err := door.Accept()
	if err != nil {
		log.Fatal(err)
	}
	return out.(*net.TCPConn), in.(*net.TCPConn)
}
