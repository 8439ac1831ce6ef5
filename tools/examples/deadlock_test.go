//go:build unix

package examples_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// Who sends all before reading a word waits for an echo that waits to be read. The
// deadline ends it; it doesn't mend it.
func Example_sendThenRead() {
	alice, bob := connected()
	defer alice.Close()
	defer bob.Close()
	go io.Copy(bob, bob) // an echo: reads a piece, sends it back

	alice.SetWriteDeadline(time.Now().Add(time.Second))
	n, err := alice.Write(make([]byte, 50_000_000))
	fmt.Println(n < 50_000_000, errors.Is(err, os.ErrDeadlineExceeded))
	// Output: true true
}

// With a goroutine that sends, this one can read from the beginning.
func Example_sendWhileReading() {
	alice, bob := connected()
	defer alice.Close()
	go func() {
		io.Copy(bob, bob)
		bob.Close()
	}()

	story := bytes.Repeat([]byte("word "), 10_000_000)
	go func() {
		alice.Write(story)
		alice.CloseWrite() // and say that it was all
	}()
	echo, err := io.ReadAll(alice)
	fmt.Println(bytes.Equal(echo, story), err)
	// Output: true <nil>
}
