// Package shout is a server that answers in capitals.
package shout

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"strings"
)

// Main serves one caller, whose lines it answers until the caller closes.
//
//	shout ADDR
func Main() {
	if err := serve(os.Args[len(os.Args)-1]); err != nil {
		fmt.Fprintln(os.Stderr, "shout:", err)
		os.Exit(1)
	}
}

func serve(addr string) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	defer l.Close()
	fmt.Println("listening on", l.Addr())
	conn, err := l.Accept()
	if err != nil {
		return err
	}
	defer conn.Close()
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		if _, err := fmt.Fprintln(conn, strings.ToUpper(lines.Text())); err != nil {
			return err
		}
	}
	return lines.Err()
}
