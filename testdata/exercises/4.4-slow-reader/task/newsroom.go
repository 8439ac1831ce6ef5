// newsroom ADDR passes each line on to all others, and waits for nobody.
package main

import (
	"bufio"
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", listener.Addr())
	conn, err := listener.Accept()
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	conn.(*net.TCPConn).SetWriteBuffer(10000) // SO_SNDBUF
	fmt.Fprintln(conn, "you are 1")
	lines := bufio.NewReader(conn)
	line, err := lines.ReadString('\n')
	// Who hears it? Who waits when one of them doesn't read?
	fmt.Printf("%q %v\n", line, err)
}
