package examples_test

import (
	"errors"
	"fmt"
	"io"
	"syscall"
)

// A reset is told to one call. When that was a Write, what is read next ends
// as if in peace.
func Example_toldOnce() {
	alice, bob := connected()
	defer bob.Close()

	io.WriteString(alice, "half an ans")
	alice.SetLinger(0)
	alice.Close()

	var err error
	for err == nil { // the reset may still be on its way
		_, err = io.WriteString(bob, "another")
	}
	fmt.Println(errors.Is(err, syscall.ECONNRESET))

	answer, err := io.ReadAll(bob)
	fmt.Printf("%q, %v\n", answer, err)
	// Output:
	// true
	// "half an ans", <nil>
}
