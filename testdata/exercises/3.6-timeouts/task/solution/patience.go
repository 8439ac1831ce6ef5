// patience ADDR SECONDS gives each caller some time to send a line.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"time"
)

func main() {
	patience, err := time.ParseDuration(os.Args[2] + "s")
	if err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", listener.Addr())
	for {
		conn, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		serve(conn, time.Now().Add(patience))
	}
}

func serve(conn net.Conn, deadline time.Time) {
	defer conn.Close()
	conn.SetReadDeadline(deadline) // for all receives of ReadString
	line, err := bufio.NewReader(conn).ReadString('\n')
	switch {
	case err == nil:
		fmt.Fprintf(conn, "you said %s", line)
	case errors.Is(err, os.ErrDeadlineExceeded):
		fmt.Fprintln(conn, "too late")
	case err == io.EOF:
		fmt.Fprintln(conn, "cut off")
	}
}
