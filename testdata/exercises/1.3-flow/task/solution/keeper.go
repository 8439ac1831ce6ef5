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
	door, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	answer("socket", err, door)
	err = syscall.Bind(door, &syscall.SockaddrInet4{Addr: [4]byte(addr.IP.To4()), Port: addr.Port})
	answer("bind", err, 0)
	if err != nil {
		answer("close", syscall.Close(door), 0)
		os.Exit(1)
	}
	answer("listen", syscall.Listen(door, 5), 0)
	for {
		caller, from, err := syscall.Accept(door) // a second socket
		if err != nil {
			log.Fatal(err)
		}
		peer := from.(*syscall.SockaddrInet4)
		answer("accept", err, fmt.Sprintf("%d, %s:%d", caller, net.IP(peer.Addr[:]), peer.Port))
		serve(caller)
		answer("close", syscall.Close(caller), 0) // its number is free again
	}
}

func serve(caller int) {
	buf := make([]byte, 1024)
	for {
		n, err := syscall.Read(caller, buf) // recv without flags
		answer("recv", err, fmt.Sprintf("%d %q", n, buf[:max(n, 0)]))
		if n <= 0 {
			return // the caller has ended, or vanished
		}
		n, err = syscall.Write(caller, buf[:n])
		answer("send", err, n)
	}
}

func answer(call string, err error, value any) {
	if err != nil {
		value = fmt.Sprint("-1 ", err)
	}
	fmt.Println(call, "=", value)
}
