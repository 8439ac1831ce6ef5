// parcels ADDR SECONDS receives parcels, which may be slow but not silent.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"strconv"
	"strings"
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
		go serve(conn, patience)
	}
}

// serve receives a caller's parcels. Its reader keeps what came behind the end of one.
func serve(conn net.Conn, patience time.Duration) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for {
		conn.SetReadDeadline(time.Now().Add(patience)) // once, for the whole line
		line, err := in.ReadString('\n')
		if errors.Is(err, os.ErrDeadlineExceeded) {
			fmt.Fprintln(conn, "too late")
		}
		if err != nil {
			return
		}
		size, err := strconv.Atoi(strings.TrimSpace(line))
		if err != nil {
			return
		}
		for missing := size; missing > 0; {
			conn.SetReadDeadline(time.Now().Add(patience)) // anew, before each receive
			n, err := in.Read(make([]byte, min(missing, 1024)))
			missing -= n
			if errors.Is(err, os.ErrDeadlineExceeded) {
				fmt.Fprintln(conn, "silent")
			}
			if err != nil {
				return
			}
		}
		fmt.Fprintln(conn, "got", size)
	}
}
