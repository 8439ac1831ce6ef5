// reach SECONDS ADDR... calls every ADDR, and says what came of it.
package main

import (
	"fmt"
	"net"
	"os"
)

func main() {
	for _, addr := range os.Args[2:] {
		conn, err := net.Dial("tcp", addr)
		// Which word is it? What if nobody answers? Must the others wait meanwhile?
		fmt.Println(conn, err)
	}
	// Which exit code?
}
