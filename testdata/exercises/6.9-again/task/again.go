// again ADDR ORDER orders once, however often it has to ask.
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
	// What if no answer comes? And how will the shop know the order again?
	fmt.Fprintln(conn, os.Args[2])
	buf := make([]byte, 1024)
	n, err := conn.Read(buf)
	fmt.Printf("%q %v\n", buf[:n], err)
}
