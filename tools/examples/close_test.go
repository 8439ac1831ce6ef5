//go:build unix

package examples_test

import (
	"errors"
	"fmt"
	"io"
	"syscall"
)

// CloseWrite is shutdown with SHUT_WR: the other side meets the end of the
// stream, and can still answer.
func Example_closeWrite() {
	alice, bob := connected()
	defer alice.Close()
	defer bob.Close()

	io.WriteString(alice, "what is a socket?")
	alice.CloseWrite()

	question, err := io.ReadAll(bob)
	fmt.Printf("Bob received %q, %v\n", question, err)
	io.WriteString(bob, "one end of a conversation")
	bob.CloseWrite()

	answer, err := io.ReadAll(alice)
	fmt.Printf("Alice received %q, %v\n", answer, err)
	_, err = io.WriteString(alice, "thank you")
	fmt.Println(errors.Is(err, syscall.EPIPE))
	// Output:
	// Bob received "what is a socket?", <nil>
	// Alice received "one end of a conversation", <nil>
	// true
}

// SetLinger(0) is SO_LINGER 1,0: Close waits for nothing, throws away what was
// not delivered, and resets the connection.
func Example_setLinger() {
	alice, bob := connected()
	defer bob.Close()

	alice.SetLinger(0)
	alice.Close()

	_, err := bob.Read(make([]byte, 100))
	fmt.Println(errors.Is(err, syscall.ECONNRESET))
	// Output: true
}
