//go:build unix

package examples_test

import (
	"errors"
	"fmt"
	"log"
	"net"
	"syscall"
)

// Package net has a type for sockets that belong to nobody in particular.
// Each ReadFrom says who sent, each WriteTo says to whom.
func Example_datagrams() {
	// socket and bind. In spite of its name it does not call listen: on a
	// datagram socket the kernel would refuse that.
	box, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	s, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()

	s.WriteTo([]byte("baihuixin"), box.LocalAddr()) // sendto
	buf := make([]byte, 1024)
	n, from, err := box.ReadFrom(buf) // recvfrom
	fmt.Printf("%q from s: %t, %v\n", buf[:n], from.String() == s.LocalAddr().String(), err)

	// socket and connect. The kernel notes the address, nothing travels.
	conn, err := net.Dial("udp", box.LocalAddr().String())
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	box.Close()
	_, err = conn.Write([]byte("are you there?")) // send
	fmt.Println("sent:", err)
	_, err = conn.Read(buf) // recv
	fmt.Println("refused:", errors.Is(err, syscall.ECONNREFUSED))

	// Output:
	// "baihuixin" from s: true, <nil>
	// sent: <nil>
	// refused: true
}
