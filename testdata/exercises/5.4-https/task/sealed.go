// sealed ADDR NAME FILE talks TLS with NAME, and says how it ended.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"os"
)

func main() {
	addr, name, file := os.Args[1], os.Args[2], os.Args[3]
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		log.Fatal(err)
	}
	// This goes out in plain. What must lie between it and the socket, and
	// what must that know of these two?
	_, _ = name, file
	fmt.Fprintln(conn, "good day")
	_, err = io.Copy(os.Stdout, conn)
	// Is this an end that the server meant?
	fmt.Println("end", err)
}
