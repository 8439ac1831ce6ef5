// numbers PATH N sends the numbers from 1 to N, each on a line, and never waits in
// a send.
package main

import (
	"bytes"
	"fmt"
	"log"
	"net"
	"os"
	"strconv"
)

func main() {
	conn, err := net.Dial("unix", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	last, _ := strconv.Atoi(os.Args[2])
	var text bytes.Buffer
	for number := 1; number <= last; number++ {
		fmt.Fprintln(&text, number)
	}
	// conn.Write sends all of it, and waits. Where is a send that doesn't?
	fmt.Println(text.Len(), "bytes to send")
}
