// doorman ADDR PATH... hands each caller to a worker.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	addr := os.Args[1]
	door, err := net.Listen("tcp", addr)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", addr)
	conn, err := door.Accept()
	if err != nil {
		log.Fatal(err)
	}
	// Who are the workers? A *net.UnixConn has WriteMsgUnix, which takes
	// what syscall.UnixRights makes. Whose is the connection then?
	conn.Close()
	fmt.Println("nobody works here")
	os.Exit(1)
}
