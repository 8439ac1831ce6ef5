//go:build unix

package examples_test

import (
	"errors"
	"fmt"
	"os"
	"time"
)

// A deadline is a moment, not a duration: once it has passed it stays passed,
// for every Read, until it is moved.
func Example_readDeadline() {
	alice, bob := connected()
	defer alice.Close()
	defer bob.Close()

	b := make([]byte, 1024)

	alice.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	_, err := alice.Read(b)
	fmt.Println(errors.Is(err, os.ErrDeadlineExceeded))

	bob.Write([]byte("better late"))
	_, err = alice.Read(b)
	fmt.Println(errors.Is(err, os.ErrDeadlineExceeded))

	alice.SetReadDeadline(time.Time{}) // none
	n, err := alice.Read(b)
	fmt.Println(string(b[:n]), err)
	// Output:
	// true
	// true
	// better late <nil>
}

// A Write that met its deadline says how much the kernel had taken before.
func Example_writeDeadline() {
	alice, bob := connected()
	defer alice.Close()
	defer bob.Close()

	b := make([]byte, 100<<20)
	alice.SetWriteDeadline(time.Now().Add(50 * time.Millisecond))
	n, err := alice.Write(b)
	fmt.Println(errors.Is(err, os.ErrDeadlineExceeded), 0 < n && n < len(b))
	// Output: true true
}
