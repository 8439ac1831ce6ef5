// frugal ADDR WORD... sends the words, and asks the kernel for little.
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
	for _, word := range os.Args[2:] {
		// How many calls is this?
		fmt.Fprint(conn, word)
	}
	buf := make([]byte, 1)
	n, err := conn.Read(buf)
	fmt.Printf("%q %v\n", buf[:n], err)
}
