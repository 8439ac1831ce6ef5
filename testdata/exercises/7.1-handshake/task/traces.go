// traces N ADDR WORD calls ADDR so that trace N is what travels.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	trace, addr, word := os.Args[1], os.Args[2], os.Args[3]
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		log.Fatal(err)
	}
	// Trace 1: which call makes bytes 1-9? What must come before the FIN?
	fmt.Println("not yet:", trace, word)
	conn.Close()
}
