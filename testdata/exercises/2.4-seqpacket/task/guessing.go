// guessing PATH NUMBER lets its callers guess the number.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	listener, err := net.Listen("unix", os.Args[1]) // Which kind keeps messages apart?
	if err != nil {
		log.Fatal(err)
	}
	conn, err := listener.Accept()
	if err != nil {
		log.Fatal(err)
	}
	buf := make([]byte, 3)
	n, err := conn.Read(buf)
	// Was that a guess, or too long for one, or the end? Is the number higher?
	fmt.Printf("%q %v\n", buf[:n], err)
}
