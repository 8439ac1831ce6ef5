// onepiece ADDR WORD... asks about words, each in one packet.
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
	for _, word := range os.Args[2:] {
		fmt.Fprintf(conn, "length\n")
		fmt.Fprint(conn, word)
		// How many packets was that? Where does the answer end?
		buf := make([]byte, 1024)
		n, err := conn.Read(buf)
		fmt.Printf("%q %v\n", buf[:n], err)
	}
}
