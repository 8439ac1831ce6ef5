// visitors ADDR [BARRED...] tells each caller the address that it calls from.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	listener, err := net.Listen("tcp6", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", os.Args[1]) // At which port, if that says 0?
	conn, err := listener.Accept()
	// Whose address is it: of IPv6, or of IPv4? Is it barred? Who calls next?
	fmt.Println(conn.RemoteAddr(), err)
}
