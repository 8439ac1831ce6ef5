// lobby ADDR: everybody hears everybody else.
package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strings"
	"sync"
)

var (
	lock sync.Mutex              // guards here
	here = map[string]net.Conn{} // by name
)

func main() {
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
		go serve(conn)
	}
}

func serve(conn net.Conn) {
	defer conn.Close()
	lines := bufio.NewReader(conn)
	name, named := "", false
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			if named {
				leave(name, err)
			}
			return
		}
		line = visible(strings.TrimSuffix(line, "\n"))
		if named {
			lock.Lock()
			tell(name+": "+line, conn)
			lock.Unlock()
		} else if enter(line, conn) {
			name, named = line, true
		} else {
			fmt.Fprintln(conn, "* taken")
		}
	}
}

func enter(name string, conn net.Conn) bool {
	lock.Lock()
	defer lock.Unlock()
	if here[name] != nil {
		return false
	}
	here[name] = conn
	tell("* "+name+" joined", nil)
	return true
}

func leave(name string, err error) {
	lock.Lock()
	defer lock.Unlock()
	delete(here, name)
	if err == io.EOF {
		tell("* "+name+" left", nil)
	} else {
		tell("* "+name+" lost", nil)
	}
}

// tell tells all who are here, but not one. The lock is held, so everybody hears
// everything in the same order.
func tell(text string, but net.Conn) {
	for _, conn := range here {
		if conn != but {
			fmt.Fprintln(conn, text) // if that fails, its own goroutine says so
		}
	}
}

// visible leaves nothing in a line that orders a terminal about.
func visible(line string) string {
	return strings.Map(func(r rune) rune {
		if r < 32 || r == 127 {
			return '?'
		}
		return r
	}, line)
}
