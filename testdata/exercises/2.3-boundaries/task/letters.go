// letters ADDR prints the letters that ADDR sends, each on a line.
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
	// Which bytes are the length, and which the letter? Are there more?
	fmt.Printf("%q %v\n", buf[:n], err)
}
