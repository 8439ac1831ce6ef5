// mirror ADDR sends back what each caller says, in one goroutine.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	door, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening")
	for {
		// While we wait for one caller, who serves the others? Package net hides
		// epoll. Package syscall has EpollCreate1, EpollCtl and EpollWait.
		conn, err := door.Accept()
		if err != nil {
			log.Fatal(err)
		}
		buf := make([]byte, 1024)
		n, _ := conn.Read(buf)
		conn.Write(buf[:n])
		conn.Close()
	}
}
