// window ADDR WORD... sends words over UDP, as many at once as its window says.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
	"time"
)

func main() {
	words := os.Args[2:]
	conn, err := net.Dial("udp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	send := func(number int) { fmt.Fprintf(conn, "%d %s", number, words[number-1]) }
	sent, acked, same, window := 0, 0, 0, 4
	for acked < len(words) {
		for sent < min(acked+window, len(words)) {
			sent++
			send(sent)
		}
		switch number := nextAck(conn); {
		case number > acked:
			acked, same = number, 0
			window++
		case number == acked:
			same++
			if same == 3 { // a gap, and not only two that changed places
				window /= 2
				fmt.Printf("again %d, window %d\n", acked+1, window)
				send(acked + 1)
			}
		}
	}
	fmt.Printf("all, window %d\n", window)
}

func nextAck(conn net.Conn) (number int) {
	buf := make([]byte, 100)
	conn.SetReadDeadline(time.Now().Add(2 * time.Second))
	n, err := conn.Read(buf)
	if err != nil {
		fmt.Println("silence")
		os.Exit(1)
	}
	fmt.Sscanf(string(buf[:n]), "ack %d", &number)
	return number
}
