// newsroom ADDR passes each line on to all others, and waits for nobody.
package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"sync"
)

type caller struct {
	conn   net.Conn
	number int
	unsent chan string // lines
}

var (
	lock    sync.Mutex // guards callers
	callers = map[*caller]bool{}
)

func main() {
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", listener.Addr())
	for number := 1; ; number++ {
		conn, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		conn.(*net.TCPConn).SetWriteBuffer(10000) // SO_SNDBUF
		c := &caller{conn, number, make(chan string, 1000)}
		c.unsent <- fmt.Sprintf("you are %d\n", number)
		lock.Lock()
		callers[c] = true
		lock.Unlock()
		go listen(c)
		go speak(c)
	}
}

func listen(c *caller) {
	lines := bufio.NewReader(c.conn)
	for {
		line, err := lines.ReadString('\n')
		lock.Lock()
		if err != nil {
			hangUp(c)
			lock.Unlock()
			return
		}
		for other := range callers {
			if other != c {
				keep(other, line)
			}
		}
		lock.Unlock()
	}
}

// speak sends what is kept. Only this goroutine waits while its caller doesn't read.
func speak(c *caller) {
	for line := range c.unsent {
		io.WriteString(c.conn, line) // if that fails, listen notices
	}
}

// keep never waits. The lock is held.
func keep(c *caller, line string) {
	select {
	case c.unsent <- line:
	default:
		fmt.Printf("[%d] too slow\n", c.number)
		hangUp(c)
	}
}

// hangUp ends both goroutines of a caller. The lock is held.
func hangUp(c *caller) {
	if callers[c] {
		delete(callers, c)
		close(c.unsent)
		c.conn.Close() // what waits for this connection fails now
	}
}
