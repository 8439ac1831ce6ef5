// nextplease HOST PORT... takes a caller whenever a line is typed.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"syscall"
)

func main() {
	listener, err := listen(os.Args[1], os.Args[2:])
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("listening on", listener.Addr())
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		conn, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		fmt.Fprintln(conn, "next")
		conn.Close()
	}
}

// listen listens at the first port that is free.
func listen(host string, ports []string) (net.Listener, error) {
	for _, port := range ports {
		listener, err := net.Listen("tcp", net.JoinHostPort(host, port))
		switch {
		case err == nil:
			return listener, nil
		case errors.Is(err, syscall.EADDRNOTAVAIL):
			return nil, errors.New(host + " is not here")
		case !errors.Is(err, syscall.EADDRINUSE):
			return nil, err
		}
	}
	return nil, errors.New("no port is free")
}
