// goodbye HOW ADDR ends a connection, the polite way or the rude way.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	how, addr := os.Args[1], os.Args[2]
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	// What does it say first? CloseWrite and SetLinger are methods of a
	// *net.TCPConn, which conn.(*net.TCPConn) is.
	buf := make([]byte, 1024)
	n, err := conn.Read(buf)
	fmt.Printf("%s: %q %v\n", how, buf[:n], err)
}
