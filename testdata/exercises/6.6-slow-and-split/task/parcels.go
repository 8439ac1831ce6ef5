// parcels ADDR SECONDS receives parcels, which may be slow but not silent.
package main

import (
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
	buf := make([]byte, 1024)
	n, err := conn.Read(buf)
	// How many bytes follow the line? Which of them are the next parcel's?
	// Which clock begins anew with each receive, and which doesn't?
	fmt.Printf("%q %v\n", buf[:n], err)
}
