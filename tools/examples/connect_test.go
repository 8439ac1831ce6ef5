//go:build unix

package examples_test

import (
	"errors"
	"fmt"
	"log"
	"net"
	"syscall"
	"time"
)

// A Dialer knows how long to wait for an answer; no is an answer, and comes at
// once.
func Example_dialer() {
	dialer := net.Dialer{Timeout: 10 * time.Second}
	_, err := dialer.Dial("tcp", "127.0.0.1:1") // where nobody listens
	fmt.Println(errors.Is(err, syscall.ECONNREFUSED))

	// Over UDP nobody is asked, so nobody says no.
	conn, err := dialer.Dial("udp", "127.0.0.1:1")
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	fmt.Println(conn.RemoteAddr())
	// Output:
	// true
	// 127.0.0.1:1
}
