// keeper ADDR makes the calls of a server, each with the kernel's answer.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
	"syscall"
)

func main() {
	addr, err := net.ResolveTCPAddr("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	where := &syscall.SockaddrInet4{Addr: [4]byte(addr.IP.To4()), Port: addr.Port}
	door, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	fmt.Println("socket =", door)
	// Which two calls make a door of it? Package syscall has them all; recv
	// and send are Read and Write there.
	_, _ = where, err
}
