// fetchall ADDR PATH... asks for pages, on one connection.
package main

import (
	"bufio"
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	addr, paths := os.Args[1], os.Args[2:]
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	stream := bufio.NewReader(conn)
	for _, path := range paths {
		fmt.Fprintf(conn, "GET %s\n", path)
		// Where does the answer end? Who may close meanwhile?
		line, err := stream.ReadString('\n')
		fmt.Printf("%q %v\n", line, err)
	}
}
