// errand ADDR WORD... asks about each WORD, with few ports.
package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

func main() {
	for _, word := range os.Args[2:] {
		conn := call(os.Args[1])
		fmt.Fprintln(conn, word)
		io.Copy(os.Stdout, conn) // until the server has ended
		conn.Close()
	}
}

func call(addr string) net.Conn {
	told := false
	for {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			return conn
		}
		if !errors.Is(err, syscall.EADDRNOTAVAIL) {
			fmt.Println("no call")
			os.Exit(1)
		}
		if !told {
			fmt.Println("no port")
			told = true
		}
		time.Sleep(100 * time.Millisecond) // this error passes
	}
}
