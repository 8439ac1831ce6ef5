//go:build unix

package examples_test

import (
	"fmt"
	"syscall"
)

// Go's sockets are nonblocking already: it is the runtime that waits. The
// function below gets the descriptor itself. When it returns false, the
// runtime polls, and calls it again when there is something to read.
func Example_dontWait() {
	alice, bob := connected()
	defer alice.Close()
	defer bob.Close()

	conn, err := alice.SyscallConn()
	if err != nil {
		panic(err)
	}
	b := make([]byte, 1024)

	conn.Read(func(fd uintptr) bool {
		_, err = syscall.Read(int(fd), b)
		return true
	})
	fmt.Println(err)

	var n int
	bob.Write([]byte("I have time"))
	conn.Read(func(fd uintptr) bool {
		n, err = syscall.Read(int(fd), b)
		return err != syscall.EAGAIN
	})
	fmt.Println(string(b[:n]), err)
	// Output:
	// resource temporarily unavailable
	// I have time <nil>
}
