// shelf FOLDER ADDR serves the files under FOLDER over HTTP, by hand.
package main

import (
	"bufio"
	"fmt"
	"log"
	"net"
	"net/url"
	"os"
	"strings"
)

func main() {
	root, err := os.OpenRoot(os.Args[1]) // opens files below it, and no other
	if err != nil {
		log.Fatal(err)
	}
	door, err := net.Listen("tcp", os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", door.Addr())
	for {
		caller, err := door.Accept()
		if err != nil {
			log.Fatal(err)
		}
		if err := serve(caller, root); err != nil {
			log.Print(err) // this caller has gone: to the next
		}
		caller.Close()
	}
}

// serve answers one request.
func serve(caller net.Conn, root *os.Root) error {
	var head []string
	request := bufio.NewReader(caller)
	for {
		line, err := request.ReadString('\n')
		if err != nil {
			return err // the caller left before the empty line
		}
		if line == "\r\n" {
			break
		}
		head = append(head, line)
	}
	words := strings.Fields(strings.Join(head[:min(len(head), 1)], ""))
	if len(words) != 3 || words[0] != "GET" {
		return answer(caller, "400 Bad Request", []byte("not a GET\n"))
	}
	path, _, _ := strings.Cut(words[1], "?")
	name, err := url.PathUnescape(path)
	if err != nil {
		return answer(caller, "400 Bad Request", []byte("not a path\n"))
	}
	page, err := root.ReadFile(strings.TrimPrefix(name, "/"))
	if err != nil {
		return answer(caller, "404 Not Found", []byte("no such page\n"))
	}
	return answer(caller, "200 OK", page)
}

func answer(caller net.Conn, status string, body []byte) error {
	_, err := fmt.Fprintf(caller, "HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", status, len(body), body)
	return err
}
