// anyway ADDR asks for a page, and gets it through a black hole, too.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	// A net.Dialer has a Control: it is called before the connect.
	conn, err := net.Dial("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "page?")
	// How long does a Read wait? How large may be what comes?
	buf := make([]byte, 1024)
	n, err := conn.Read(buf)
	fmt.Println(n, "of how many?", err)
}
