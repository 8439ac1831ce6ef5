// frugal ADDR WORD... sends the words, and asks the kernel for little.
package main

import (
	"io"
	"log"
	"net"
	"os"
	"strings"
	"time"
)

func main() {
	dialer := net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 60 * time.Second}}
	called, err := dialer.Dial("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err) // Dial has closed its socket
	}
	conn := called.(*net.TCPConn)
	defer conn.Close()
	// Put together here, so that one call is enough.
	io.WriteString(conn, strings.Join(os.Args[2:], "\n")+"\n")
	conn.CloseWrite()
	io.Copy(os.Stdout, conn) // in pieces of 32 KiB
}
