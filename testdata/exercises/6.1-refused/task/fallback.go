// fallback SECONDS ADDR... calls until one takes the call.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
	"time"
)

func main() {
	patience, err := time.ParseDuration(os.Args[1] + "s")
	if err != nil {
		log.Fatal(err)
	}
	conn, err := net.Dial("tcp", os.Args[2])
	// Which word is it? When is patience over? Who is next?
	fmt.Println(os.Args[2], conn, err, patience)
	// And what does the one say who takes the call?
}
