// alive HOST ID SECONDS sends three pings to a machine.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	host, err := net.ResolveIPAddr("ip4", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	conn, err := net.ListenPacket("ip4:icmp", "")
	if err != nil {
		log.Fatal(err)
	}
	// Type 8, code 0. What is the checksum, and which numbers follow?
	message := append([]byte{8, 0, 0, 0, 0, 0, 0, 0}, "are you there"...)
	if _, err := conn.WriteTo(message, host); err != nil {
		log.Fatal(err)
	}
	buf := make([]byte, 1024)
	n, from, err := conn.ReadFrom(buf) // without the IP header
	// Is it the answer? Whose is it?
	fmt.Printf("%q %v %v\n", buf[:n], from, err)
}
