// barter ADDR COUNT sends COUNT lines, and receives meanwhile.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	addr, count := os.Args[1], os.Args[2]
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	// Who sends, and who receives? strconv.Atoi(count) is a number. CloseWrite
	// is a method of a *net.TCPConn, which conn.(*net.TCPConn) is.
	buf := make([]byte, 1024)
	n, err := conn.Read(buf)
	fmt.Printf("got %d bytes of %s lines: %v\n", n, count, err)
}
