// fetchall ADDR PATH... asks for pages, on one connection.
package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
)

func main() {
	s := &site{addr: os.Args[1]}
	for _, path := range os.Args[2:] {
		if err := s.get(path); err != nil {
			fmt.Println("cut off")
			os.Exit(1)
		}
	}
}

type site struct {
	addr   string
	conn   net.Conn // nil if there is none
	stream *bufio.Reader
}

func (s *site) get(path string) error {
	used := s.conn != nil
	if err := s.ask(path); err != nil {
		if !used {
			return err
		}
		fmt.Println("again") // it was closed while we asked
		s.hangUp()
		if err := s.ask(path); err != nil {
			return err
		}
	}
	return s.answer()
}

// ask sends a question, and waits for the first byte of the answer.
func (s *site) ask(path string) error {
	if s.conn == nil {
		conn, err := net.Dial("tcp", s.addr)
		if err != nil {
			return err
		}
		s.conn, s.stream = conn, bufio.NewReader(conn)
	}
	fmt.Fprintf(s.conn, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, s.addr)
	_, err := s.stream.Peek(1)
	return err
}

func (s *site) answer() error {
	length, closes := 0, false
	for {
		line, err := s.stream.ReadString('\n')
		if err != nil {
			return err
		}
		if line == "\r\n" {
			break
		}
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		if strings.EqualFold(name, "Content-Length") {
			length, _ = strconv.Atoi(value)
		}
		closes = closes || strings.EqualFold(name, "Connection") && strings.EqualFold(value, "close")
	}
	if _, err := io.CopyN(os.Stdout, s.stream, int64(length)); err != nil {
		return err
	}
	if closes {
		s.hangUp()
	}
	return nil
}

func (s *site) hangUp() {
	s.conn.Close()
	s.conn = nil
}
