// goodbye HOW ADDR ends a connection, the polite way or the rude way.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"syscall"
)

func main() {
	how, addr := os.Args[1], os.Args[2]
	called, err := net.Dial("tcp", addr)
	if err != nil {
		log.Fatal(err)
	}
	conn := called.(*net.TCPConn)
	fmt.Fprintln(conn, "that is all")
	if how == "polite" {
		polite(conn)
	} else {
		rude(conn)
	}
}

func polite(conn *net.TCPConn) {
	conn.CloseWrite() // we don't speak any more, but we listen
	if _, err := io.Copy(os.Stdout, conn); errors.Is(err, syscall.ECONNRESET) {
		fmt.Println("reset")
		os.Exit(1)
	} else if err != nil {
		log.Fatal(err)
	}
	fmt.Println("closed")
	conn.Close()
}

func rude(conn *net.TCPConn) {
	line, _ := bufio.NewReader(conn).ReadString('\n')
	fmt.Print(line)
	conn.SetLinger(0) // no time to linger: Close resets the connection
	conn.Close()
}
