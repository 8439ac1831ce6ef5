// teller ADDR answers lines, and can be replaced by another.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	// Whose is descriptor 3? See LISTEN_PID and LISTEN_FDS in os.Getenv.
	door, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("ready")
	conn, err := door.Accept()
	if err != nil {
		log.Fatal(err)
	}
	buf := make([]byte, 1024)
	n, err := conn.Read(buf)
	fmt.Printf("%q %v\n", buf[:n], err)
	// Who ends this program, and what becomes of its callers?
}
