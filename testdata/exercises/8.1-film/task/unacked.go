// unacked ADDR sends lines, and says what has not been confirmed.
package main

import (
	"bufio"
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	conn, err := net.Dial("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		// Two lines are for you. The others are for whoever is at the other end.
		// Who knows what has been confirmed? tcp(7) has a question for it: SIOCOUTQ.
		fmt.Println(len(lines.Text()))
	}
}
