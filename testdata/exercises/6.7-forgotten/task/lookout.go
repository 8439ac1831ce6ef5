// lookout ADDR prints the lines that come, and is not forgotten on the way.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	// A net.Dialer has a KeepAliveConfig.
	conn, err := net.Dial("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	// Who speaks during a silence? What if the connection is lost?
	buf := make([]byte, 1024)
	n, err := conn.Read(buf)
	fmt.Printf("%q %v\n", buf[:n], err)
}
