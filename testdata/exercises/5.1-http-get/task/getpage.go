// getpage URL gets a page over a plain socket, and prints status and body.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
	"strings"
)

func main() {
	site, path, _ := strings.Cut(strings.TrimPrefix(os.Args[1], "http://"), "/")
	conn, err := net.Dial("tcp", site)
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	// What else belongs to a request, and how does each line of it end?
	fmt.Fprintf(conn, "GET /%s\n", path)
	buf := make([]byte, 1024)
	n, err := conn.Read(buf)
	// Is this all? Where does the head end, and where the body?
	fmt.Printf("%q %v\n", buf[:n], err)
}
