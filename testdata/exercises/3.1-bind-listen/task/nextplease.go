// nextplease HOST PORT... takes a caller whenever a line is typed.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	host, port := os.Args[1], os.Args[2]
	listener, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if err != nil {
		log.Fatal(err) // Is this port taken? Is the next one? Is it about the port at all?
	}
	fmt.Printf("listening on %s:%s\n", host, port) // And if that is 0?
	conn, err := listener.Accept()
	// Was a line typed? Who is next?
	fmt.Println(conn, err)
}
