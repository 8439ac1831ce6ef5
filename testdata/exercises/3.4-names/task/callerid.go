// callerid ADDR tells callers who they are, and calls them back.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	listener, err := net.Listen("tcp4", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", os.Args[1]) // Is it this port?
	conn, err := listener.Accept()
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	// Which name has the caller, and which have you in this call?
	fmt.Println(conn)
}
