// errand ADDR WORD... asks about each WORD, with few ports.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	for _, word := range os.Args[2:] {
		// Which error says that no port is free?
		conn, err := net.Dial("tcp", os.Args[1])
		if err != nil {
			log.Fatal(err)
		}
		fmt.Fprintln(conn, word)
		// Who is the first to end?
		buf := make([]byte, 1024)
		n, err := conn.Read(buf)
		fmt.Printf("%q %v\n", buf[:n], err)
		conn.Close()
	}
}
