// helpdesk ADDR: many callers ask, one operator answers at the terminal.
package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"slices"
)

type caller struct {
	conn   net.Conn
	number int
	closed bool // it has said all
}

// A message is a line or an end, of a caller or (nil) of the operator.
type message struct {
	from *caller
	line string
	end  error
}

func main() {
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", listener.Addr())
	messages := make(chan message)
	go read(os.Stdin, nil, messages)
	go accept(listener, messages)

	// Only this goroutine knows who waits, so there is no lock.
	var waiting []*caller // the caller of each question, the oldest first
	for m := range messages {
		c := m.from
		switch {
		case c == nil && m.end != nil:
			return
		case c == nil && len(waiting) == 0:
			fmt.Println("nobody waits")
			continue
		case c == nil:
			c, waiting = waiting[0], waiting[1:]
			io.WriteString(c.conn, m.line)
		case m.end == nil:
			fmt.Printf("[%d] %s", c.number, m.line)
			waiting = append(waiting, c)
		case m.end == io.EOF:
			fmt.Printf("[%d] closed\n", c.number)
			c.closed = true
		default:
			fmt.Printf("[%d] lost\n", c.number)
			waiting = slices.DeleteFunc(waiting, func(other *caller) bool { return other == c })
			c.closed = true
		}
		if c.closed && !slices.Contains(waiting, c) {
			c.conn.Close()
		}
	}
}

func accept(listener net.Listener, messages chan<- message) {
	for number := 1; ; number++ {
		conn, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go read(conn, &caller{conn: conn, number: number}, messages)
	}
}

// read passes on each line, and the end.
func read(in io.Reader, from *caller, messages chan<- message) {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			messages <- message{from: from, end: err}
			return
		}
		messages <- message{from: from, line: line}
	}
}
