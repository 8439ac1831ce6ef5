//go:build unix

package examples_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"time"
)

// A bufio.Reader is makefile: it reads lines, and it reads ahead.
func Example_bufio() {
	alice, bob := connected()
	defer alice.Close()
	defer bob.Close()

	file := bufio.NewReader(alice)
	bob.Write([]byte("one\ntwo\nthree\n"))
	line, err := file.ReadString('\n')
	fmt.Printf("%q %v, and %d bytes wait in the file\n", line, err, file.Buffered())

	alice.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	_, err = alice.Read(make([]byte, 1024))
	fmt.Println("on the socket nothing:", errors.Is(err, os.ErrDeadlineExceeded))

	line, err = file.ReadString('\n')
	fmt.Printf("%q %v\n", line, err)
	// Output:
	// "one\n" <nil>, and 10 bytes wait in the file
	// on the socket nothing: true
	// "two\n" <nil>
}
