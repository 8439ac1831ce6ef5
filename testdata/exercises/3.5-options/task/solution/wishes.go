// wishes ADDR NAME=VALUE... is a server that says what became of its options.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
)

var options = map[string]struct{ level, option int }{
	"rcvbuf":    {syscall.SOL_SOCKET, syscall.SO_RCVBUF},
	"nodelay":   {syscall.IPPROTO_TCP, syscall.TCP_NODELAY},
	"keepalive": {syscall.SOL_SOCKET, syscall.SO_KEEPALIVE},
}

func main() {
	addr, wishes := os.Args[1], os.Args[2:]
	config := net.ListenConfig{Control: func(_, _ string, socket syscall.RawConn) error {
		for _, wish := range wishes {
			name, value, _ := strings.Cut(wish, "=")
			fmt.Printf("%s: asked %s, got %d\n", name, value, set(socket, wish))
		}
		return nil
	}}
	listener, err := config.Listen(context.Background(), "tcp", addr) // sets SO_REUSEADDR
	if errors.Is(err, syscall.EADDRINUSE) {
		fmt.Println(addr, "is taken")
		os.Exit(1)
	}
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", addr)
	for {
		conn, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		socket, err := conn.(*net.TCPConn).SyscallConn()
		if err != nil {
			log.Fatal(err)
		}
		for _, wish := range wishes { // again: Go has set two options meanwhile
			name, _, _ := strings.Cut(wish, "=")
			fmt.Fprintln(conn, name, set(socket, wish))
		}
		conn.Close()
	}
}

// set sets an option of a socket, and returns what the kernel says of it then.
func set(socket syscall.RawConn, wish string) (answer int) {
	name, text, _ := strings.Cut(wish, "=")
	value, err := strconv.Atoi(text)
	o, known := options[name]
	if err != nil || !known {
		log.Fatal("no wish: ", wish)
	}
	failed := socket.Control(func(fd uintptr) {
		err = syscall.SetsockoptInt(int(fd), o.level, o.option, value)
		if err == nil {
			answer, err = syscall.GetsockoptInt(int(fd), o.level, o.option)
		}
	})
	if err := errors.Join(failed, err); err != nil {
		log.Fatal(err)
	}
	return answer
}
