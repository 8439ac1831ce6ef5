// stillthere ADDR SECONDS prints what ADDR says, and asks when it is silent.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	conn, err := net.Dial("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	buf := make([]byte, 1024)
	n, err := conn.Read(buf)
	// Is it a line, half a line, more than one? Is it a ping?
	// How long may the next receive wait, and what if nothing comes?
	fmt.Printf("%q %v\n", buf[:n], err)
}
