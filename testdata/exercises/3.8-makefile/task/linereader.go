// linereader ADDR prints the lines that ADDR sends, and the raw bytes.
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
	// Is this one line? Where is the rest kept until you want it?
	fmt.Printf("%q %v\n", buf[:n], err)
	// And who says "waiting"? After conn.SetReadDeadline, Read returns the
	// error os.ErrDeadlineExceeded.
}
