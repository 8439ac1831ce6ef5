// guessing PATH NUMBER lets its callers guess the number.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
	"regexp"
	"strconv"
)

func main() {
	path := os.Args[1]
	number, err := strconv.Atoi(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("unixpacket", path)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", path)
	for {
		conn, err := listener.Accept()
		if err != nil {
			log.Print(err)
			continue
		}
		play(conn, number)
	}
}

func play(conn net.Conn, number int) {
	defer conn.Close()
	buf := make([]byte, 4) // one more than a guess has: what fills it is too long
	for messages := 0; ; {
		n, err := conn.Read(buf)
		if err != nil { // io.EOF, or ECONNRESET if an answer was not read
			fmt.Println("gone after", messages)
			return
		}
		messages++
		word := answer(string(buf[:n]), number)
		conn.Write([]byte(word)) // if the caller has gone, Read says so
		if word == "right" {
			fmt.Println("found after", messages)
			return
		}
	}
}

var digits = regexp.MustCompile(`^[0-9]{1,3}$`)

func answer(guess string, number int) string {
	if !digits.MatchString(guess) {
		return "no guess"
	}
	switch n, _ := strconv.Atoi(guess); {
	case n < number:
		return "higher"
	case n > number:
		return "lower"
	}
	return "right"
}
