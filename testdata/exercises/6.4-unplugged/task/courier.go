// courier SECONDS ADDR sends lines, and says when nobody is there any more.
package main

import (
	"bufio"
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	// A net.Dialer has a KeepAliveConfig, and a Control for all other options.
	conn, err := net.Dial("tcp", os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		// Whose answer is it that doesn't come: the program's or its kernel's?
		fmt.Println(len(lines.Text()))
	}
}
