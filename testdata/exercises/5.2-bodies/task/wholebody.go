// wholebody URL prints the body of a page, and says which end it had.
package main

import (
	"bufio"
	"fmt"
	"log"
	"net"
	"net/textproto"
	"os"
	"strings"
)

func main() {
	site, path, _ := strings.Cut(strings.TrimPrefix(os.Args[1], "http://"), "/")
	conn, err := net.Dial("tcp", site)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Fprintf(conn, "GET /%s HTTP/1.1\r\nHost: %s\r\n\r\n", path, site)
	answer := bufio.NewReader(conn)
	status, _ := answer.ReadString('\n')
	headers, err := textproto.NewReader(answer).ReadMIMEHeader()
	// Here the body begins. Which of the headers says where it ends?
	// And if none does?
	fmt.Printf("%q %v %v\n", status, headers, err)
}
