// postbox ADDR answers datagrams.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	box, err := net.ListenPacket("udp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", box.LocalAddr())
	buf := make([]byte, 1024)
	n, from, err := box.ReadFrom(buf)
	// What does it get for an answer? And which one of this sender's was it?
	fmt.Printf("%q from %v: %v\n", buf[:n], from, err)
}
