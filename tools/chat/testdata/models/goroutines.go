// room ADDR: what one caller says, the others hear. A goroutine for each caller.
//
// NOTE: it waits for who doesn't read.
package main

import (
	"log"
	"net"
	"os"
	"sync"
)

var (
	lock    sync.Mutex
	callers = map[net.Conn]bool{}
)

func main() {
	door, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	for {
		conn, err := door.Accept()
		if err != nil {
			log.Fatal(err)
		}
		lock.Lock()
		callers[conn] = true
		lock.Unlock()
		go listen(conn)
	}
}

func listen(conn net.Conn) {
	buf := make([]byte, 4096)
	for {
		n, err := conn.Read(buf)
		lock.Lock()
		for other := range callers {
			if other != conn {
				other.Write(buf[:n])
			}
		}
		if err != nil {
			delete(callers, conn)
			conn.Close()
		}
		lock.Unlock()
		if err != nil {
			return
		}
	}
}
