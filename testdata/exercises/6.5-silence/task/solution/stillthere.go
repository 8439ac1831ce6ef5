// stillthere ADDR SECONDS prints what ADDR says, and asks when it is silent.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"time"
)

func main() {
	silence, err := time.ParseDuration(os.Args[2] + "s")
	if err != nil {
		log.Fatal(err)
	}
	conn, err := net.Dial("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	unanswered := 0
	var kept []byte
	buf := make([]byte, 1024)
	for {
		conn.SetReadDeadline(time.Now().Add(silence)) // anew, before each receive
		n, err := conn.Read(buf)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			unanswered++
			if unanswered > 3 {
				fmt.Println("gone")
				os.Exit(1)
			}
			fmt.Fprintln(conn, "ping")
			fmt.Println("ping", unanswered)
			continue
		case err == io.EOF:
			fmt.Println("closed")
			return
		case err != nil:
			log.Fatal(err)
		}
		unanswered = 0 // whatever it was, somebody is there
		kept = append(kept, buf[:n]...)
		for {
			line, rest, whole := bytes.Cut(kept, []byte("\n"))
			if !whole {
				break
			}
			heard(conn, string(line))
			kept = rest
		}
	}
}

func heard(conn net.Conn, line string) {
	switch line {
	case "ping":
		fmt.Fprintln(conn, "pong")
	case "pong": // it was asked, and is there
	default:
		fmt.Println("heard", line)
	}
}
