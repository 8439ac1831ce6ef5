// wsay ADDR KEY TEXT... says texts over a WebSocket, and prints what comes.
package main

import (
	"bufio"
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	addr, key, texts := os.Args[1], os.Args[2], os.Args[3:]
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	stream := bufio.NewReader(conn)
	fmt.Fprintf(conn, "GET /room HTTP/1.1\r\nHost: %s\r\nSec-WebSocket-Key: %s\r\n\r\n", addr, key)
	// What else does the request say? Which answer is right? How is a text sent?
	line, err := stream.ReadString('\n')
	fmt.Printf("%q %v %q\n", line, err, texts)
}
