// wholebody URL prints the body of a page, and says which end it had.
package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net"
	"net/textproto"
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
	fmt.Fprintf(conn, "GET /%s HTTP/1.1\r\nHost: %s\r\n\r\n", path, site)

	// The reader receives as often as it must, and keeps what is left.
	answer := bufio.NewReader(conn)
	end, err := copyBody(answer)
	if err != nil {
		fmt.Println("cut off")
		os.Exit(1)
	}
	fmt.Println(end)
}

// copyBody reads an answer, prints its body, and returns which end that had.
func copyBody(answer *bufio.Reader) (end string, err error) {
	lines := textproto.NewReader(answer)
	if _, err := lines.ReadLine(); err != nil { // the status
		return "", err
	}
	headers, err := lines.ReadMIMEHeader()
	if err != nil {
		return "", err
	}
	if strings.EqualFold(headers.Get("Transfer-Encoding"), "chunked") {
		return "chunked", copyChunks(answer, lines)
	}
	if length := headers.Get("Content-Length"); length != "" {
		n, err := strconv.ParseInt(length, 10, 64)
		if err != nil {
			return "", err
		}
		_, err = io.CopyN(os.Stdout, answer, n) // an error if fewer come
		return "counted", err
	}
	_, err = io.Copy(os.Stdout, answer)
	return "until the close", err
}

// copyChunks prints the chunks, and reads on to the end of the trailer.
func copyChunks(answer *bufio.Reader, lines *textproto.Reader) error {
	for {
		line, err := lines.ReadLine()
		if err != nil {
			return err
		}
		length, _, _ := strings.Cut(line, ";")
		size, err := strconv.ParseInt(strings.TrimSpace(length), 16, 64)
		if err != nil {
			return err
		}
		if size == 0 {
			_, err = lines.ReadMIMEHeader() // until the empty line
			return err
		}
		if _, err := io.CopyN(os.Stdout, answer, size); err != nil {
			return err
		}
		if _, err := lines.ReadLine(); err != nil { // the line end behind the chunk
			return err
		}
	}
}
