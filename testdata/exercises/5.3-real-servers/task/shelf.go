// shelf FOLDER ADDR serves the files under FOLDER over HTTP, by hand.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	door, err := net.Listen("tcp", os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", door.Addr())
	for {
		caller, err := door.Accept()
		if err != nil {
			log.Fatal(err)
		}
		request := make([]byte, 1024)
		n, err := caller.Read(request)
		// Is this the whole request? Which file does it ask for?
		fmt.Printf("%q %v\n", request[:n], err)
		// What stands before the file, so that a client knows where it ends?
		fmt.Fprintln(caller, "hello")
		caller.Close()
	}
}
