// upload BYTES ADDR sends bytes, and says how the connection ended.
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
	n, err := strconv.Atoi(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	conn, err := net.Dial("tcp", os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	_, err = conn.Write(bytes.Repeat([]byte("x"), n))
	// How does the other side know that this is all? What if err isn't nil?
	buf := make([]byte, 1024)
	n, err = conn.Read(buf)
	// Is that the whole answer?
	fmt.Printf("%q %v\n", buf[:n], err)
}
