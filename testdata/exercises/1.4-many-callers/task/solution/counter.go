// counter ADDR counts the bytes of each of its callers.
package main

import (
	"fmt"
	"io"
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
	for number := 1; ; number++ {
		conn, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go serve(conn, number)
	}
}

// serve serves one caller. Whatever happens to it, the others don't notice.
func serve(conn net.Conn, number int) {
	defer conn.Close()
	fmt.Fprintf(conn, "you are %d\n", number)
	count := 0
	buf := make([]byte, 1024)
	for {
		n, err := conn.Read(buf)
		count += n
		if err == io.EOF {
			break
		}
		if err != nil {
			fmt.Printf("[%d] lost\n", number)
			return
		}
	}
	fmt.Fprintf(conn, "%d bytes\n", count)
	fmt.Printf("[%d] %d bytes\n", number, count)
}
