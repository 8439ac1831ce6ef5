// roster ADDR prints who comes, and who is gone.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	// A net.ListenConfig has a KeepAliveConfig, for all whom its listener accepts.
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", listener.Addr())
	conn, err := listener.Accept()
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	buf := make([]byte, 1024)
	n, err := conn.Read(buf)
	// Has it ended? Who else is waiting? How does Read hear of one that is gone?
	fmt.Println(conn.RemoteAddr(), n, err)
}
