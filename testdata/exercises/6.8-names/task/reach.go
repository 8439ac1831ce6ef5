// reach NAME PORT calls the addresses of a name, and doesn't wait for the slow ones.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	addrs, err := net.LookupHost(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	for _, addr := range addrs {
		// Which is called, and when? What if it doesn't answer?
		fmt.Println(addr)
	}
}
