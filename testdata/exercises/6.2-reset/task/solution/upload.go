// upload BYTES ADDR sends bytes, and says how the connection ended.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
)

func main() {
	n, err := strconv.Atoi(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	called, err := net.Dial("tcp", os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	conn := called.(*net.TCPConn)
	defer conn.Close()
	_, sending := conn.Write(bytes.Repeat([]byte("x"), n))
	conn.CloseWrite()
	answer, receiving := io.ReadAll(conn) // also after a reset: something may have come before

	if len(answer) > 0 {
		fmt.Println(strings.TrimSuffix(string(answer), "\n"))
	}
	switch {
	case reset(sending), reset(receiving):
		fmt.Println("reset")
	case bytes.HasSuffix(answer, []byte("\n")):
		fmt.Println("closed")
		return
	default:
		fmt.Println("cut off")
	}
	os.Exit(1)
}

func reset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
