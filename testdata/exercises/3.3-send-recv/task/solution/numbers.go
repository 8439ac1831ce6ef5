// numbers PATH N sends the numbers from 1 to N, each on a line, and never waits in
// a send.
package main

import (
	"bytes"
	"fmt"
	"log"
	"net"
	"os"
	"strconv"
	"syscall"
)

func main() {
	conn, err := net.Dial("unix", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	last, _ := strconv.Atoi(os.Args[2])
	var text bytes.Buffer
	for number := 1; number <= last; number++ {
		fmt.Fprintln(&text, number)
	}
	if err := sendAll(conn.(*net.UnixConn), text.Bytes()); err != nil {
		fmt.Println("failed")
		os.Exit(1)
	}
	fmt.Println("sent", text.Len(), "bytes")
}

// sendAll sends until everything is taken. What a send did not take is the rest, and
// the next send begins there.
func sendAll(conn *net.UnixConn, rest []byte) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	for len(rest) > 0 {
		var n int
		var failed error
		// Go's sockets never wait in a call. When this function returns false, the
		// runtime waits for room, and calls it again.
		err := raw.Write(func(fd uintptr) bool {
			if n, failed = syscall.Write(int(fd), rest); failed == syscall.EAGAIN {
				fmt.Println("full")
			}
			return failed != syscall.EAGAIN
		})
		if err != nil {
			return err
		}
		if failed != nil {
			return failed
		}
		fmt.Println("took", n, "bytes")
		rest = rest[n:]
	}
	return nil
}
