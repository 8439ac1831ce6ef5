// seats ADDR serves three callers at a time without a goroutine.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
	"syscall"
)

func main() {
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", listener.Addr())
	// The number of the socket, for the kernel's own calls: syscall.Accept, Read,
	// Write, Close, and EpollCreate1, EpollCtl and EpollWait to wait for many.
	file, err := listener.(*net.TCPListener).File()
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	door := int(file.Fd())
	conn, _, err := syscall.Accept(door)
	// Who else has something to say?
	fmt.Println(conn, err)
}
