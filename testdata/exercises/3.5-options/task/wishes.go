// wishes ADDR NAME=VALUE... is a server that says what became of its options.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"os"
	"syscall"
)

func main() {
	addr, wishes := os.Args[1], os.Args[2:]
	config := net.ListenConfig{Control: func(_, _ string, socket syscall.RawConn) error {
		return socket.Control(func(fd uintptr) {
			fmt.Println(fd, wishes) // Which options, and what became of them?
		})
	}}
	listener, err := config.Listen(context.Background(), "tcp", addr)
	if err != nil {
		log.Fatal(err) // Is somebody there?
	}
	fmt.Println("listening on", addr)
	conn, err := listener.Accept()
	// What has this connection, and what does its caller want to know?
	fmt.Println(conn, err)
}
