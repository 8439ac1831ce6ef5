// helpdesk ADDR: many callers ask, one operator answers at the terminal.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", listener.Addr())
	conn, err := listener.Accept()
	if err != nil {
		log.Fatal(err)
	}
	buf := make([]byte, 1024)
	n, err := conn.Read(buf)
	fmt.Printf("%q %v\n", buf[:n], err)
	// The next thing may come from this caller, from a new one, or from the terminal.
}
