// visit ADDR WORD... sends the words, and prints the answer.
package main

import (
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
	// What must be said before anything comes? How do you know that the
	// answer is over?
	fmt.Println(os.Args[2:])
}
