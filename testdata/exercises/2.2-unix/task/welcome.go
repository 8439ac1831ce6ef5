// welcome PATH listens at PATH, and says "welcome" to each caller.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	listener, err := net.Listen("unix", os.Args[1])
	if err != nil {
		log.Fatal(err) // Is the name in use? By whom?
	}
	conn, err := listener.Accept()
	// What does the caller want to hear? Who calls next?
	// And who removes the name when a signal ends the program?
	fmt.Println(conn, err)
}
