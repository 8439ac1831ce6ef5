// surely receive ADDR, surely send ADDR SECONDS WORD... brings words over UDP.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	if os.Args[1] == "send" {
		conn, err := net.Dial("udp", os.Args[2])
		fmt.Println(conn, err)
		// Which word is sent, how often, and how long does it wait for the ack?
		return
	}
	conn, err := net.ListenPacket("udp", os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", conn.LocalAddr())
	buf := make([]byte, 1024)
	n, from, err := conn.ReadFrom(buf)
	// Which number has it, and is it its turn? Who is told?
	fmt.Printf("%q %v %v\n", buf[:n], from, err)
}
