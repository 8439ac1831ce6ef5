// turnstile ADDR serves as many callers as it has descriptors for.
package main

import (
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"sync"
	"syscall"
)

func main() {
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", listener.Addr())
	came, full := 0, false
	for {
		conn, err := listener.Accept()
		if errors.Is(err, syscall.EMFILE) {
			if !full {
				fmt.Println("full")
			}
			full = true
			<-freed // until one has left
			continue
		}
		if err != nil {
			log.Fatal(err)
		}
		full = false
		came++
		go serve(conn, came)
	}
}

func serve(conn net.Conn, number int) {
	defer leave(conn)
	fmt.Fprintf(conn, "you are %d\n", number)
	buf := make([]byte, 1024)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		conn.Write(buf[:n])
	}
}

var (
	freed = make(chan struct{}, 1) // a descriptor may be free
	lock  sync.Mutex               // guards left
	left  int
)

func leave(conn net.Conn) {
	conn.Close()
	lock.Lock()
	left++
	fmt.Println(left, "left")
	lock.Unlock()
	select {
	case freed <- struct{}{}:
	default: // main has not yet seen the last one
	}
}
