// who ADDR SECONDS asks everybody on a network for a name.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	// Go asks for SO_BROADCAST by itself. Who answers such a socket?
	conn, err := net.Dial("udp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	conn.Write([]byte("who"))
	// How many answers are there, and when is it over?
	buf := make([]byte, 1024)
	n, err := conn.Read(buf)
	fmt.Printf("%q %v\n", buf[:n], err)
}
