// kitchen ADDR takes orders, each a line, and answers with their numbers.
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
	defer conn.Close()
	buf := make([]byte, 1024)
	n, err := conn.Read(buf)
	// How many orders are in it: none, one, two, two and a half?
	fmt.Printf("%q %v\n", buf[:n], err)
	// Who serves the next caller?
}
