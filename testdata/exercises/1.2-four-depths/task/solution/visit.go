// visit ADDR WORD... sends the words, and prints the answer.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strings"
)

func main() {
	conn, err := net.Dial("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, strings.Join(os.Args[2:], "\n")) // one send, one packet
	io.Copy(os.Stdout, conn)                              // until the other side has closed
	fmt.Println()                                         // for the screen alone
}
