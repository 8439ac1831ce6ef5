// surely receive ADDR, surely send ADDR SECONDS WORD... brings words over UDP.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

func main() {
	addr := os.Args[2]
	if os.Args[1] == "receive" {
		receive(addr)
	}
	patience, err := time.ParseDuration(os.Args[3] + "s")
	if err != nil {
		log.Fatal(err)
	}
	conn, err := net.Dial("udp", addr)
	if err != nil {
		log.Fatal(err)
	}
	for i, word := range os.Args[4:] {
		send(conn, i+1, word, patience)
	}
}

func receive(addr string) {
	conn, err := net.ListenPacket("udp", addr)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", conn.LocalAddr())
	last := map[string]int{} // by the sender's address
	buf := make([]byte, 1024)
	for {
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			log.Fatal(err)
		}
		before, word, _ := strings.Cut(string(buf[:n]), " ")
		number, err := strconv.Atoi(before)
		if err != nil {
			continue // no word
		}
		sender := from.String()
		if number == last[sender]+1 {
			fmt.Println(word)
			last[sender]++
		}
		if number <= last[sender] { // even one that came before: its ack may be lost
			conn.WriteTo(fmt.Appendf(nil, "ack %d", number), from)
		}
	}
}

func send(conn net.Conn, number int, word string, patience time.Duration) {
	for attempt := range 5 {
		if attempt > 0 {
			fmt.Println("again", number)
		}
		fmt.Fprintf(conn, "%d %s", number, word)
		conn.SetReadDeadline(time.Now().Add(patience))
		if acknowledged(conn, number) {
			return
		}
	}
	fmt.Println("gave up")
	os.Exit(1)
}

// acknowledged receives until it is this word's ack: another may come twice, or late.
func acknowledged(conn net.Conn, number int) bool {
	buf := make([]byte, 1024)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return false
		}
		if string(buf[:n]) == fmt.Sprintf("ack %d", number) {
			return true
		}
	}
}
