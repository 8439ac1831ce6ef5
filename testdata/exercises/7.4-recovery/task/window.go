// window ADDR WORD... sends words over UDP, as many at once as its window says.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	words := os.Args[2:]
	conn, err := net.Dial("udp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Fprintf(conn, "1 %s", words[0])
	// How many more may leave? What does each answer say, and how often?
	buf := make([]byte, 100)
	n, err := conn.Read(buf)
	fmt.Printf("%q %v\n", buf[:n], err)
}
