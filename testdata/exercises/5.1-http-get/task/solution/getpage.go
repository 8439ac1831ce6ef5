// getpage URL gets a page over a plain socket, and prints status and body.
package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strconv"
	"strings"
)

func main() {
	site, path, _ := strings.Cut(strings.TrimPrefix(os.Args[1], "http://"), "/")
	conn, err := net.Dial("tcp", site)
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET /%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", path, site)

	// The reader receives as often as it must, and keeps what is left.
	answer := bufio.NewReader(conn)
	fmt.Println(readLine(answer))
	length := int64(-1)
	for header := readLine(answer); header != ""; header = readLine(answer) {
		name, value, _ := strings.Cut(header, ":")
		if strings.EqualFold(name, "Content-Length") {
			if length, err = strconv.ParseInt(strings.TrimSpace(value), 10, 64); err != nil {
				log.Fatal(err)
			}
		}
	}
	if length < 0 {
		io.Copy(os.Stdout, answer) // until the end
	} else if _, err := io.CopyN(os.Stdout, answer, length); err != nil {
		cutOff()
	}
}

// readLine returns one line of the head, without its CR LF.
func readLine(answer *bufio.Reader) string {
	line, err := answer.ReadString('\n')
	if err != nil {
		cutOff()
	}
	return strings.TrimSuffix(line, "\r\n")
}

func cutOff() {
	fmt.Println("cut off")
	os.Exit(1)
}
