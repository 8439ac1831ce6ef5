//go:build unix

package examples_test

import (
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"
)

// whoSaidNo tells from an error of Dial whose answer it is (connect(2)).
func whoSaidNo(err error) string {
	var late net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "somebody: nobody listens there, or a firewall says so"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "our kernel, or a router: no way, or none that is allowed"
	case errors.Is(err, syscall.EACCES):
		return "our kernel: a route of ours forbids it"
	case errors.As(err, &late) && late.Timeout():
		return "nobody"
	}
	return err.Error()
}

// An error of Dial says where to look next. Timeout is true when our patience
// ends, and when the kernel's does (ETIMEDOUT).
func Example_refused() {
	_, err := net.Dial("tcp", "127.0.0.1:1") // where nobody listens
	fmt.Println(whoSaidNo(err))

	impatient := net.Dialer{Deadline: time.Now()}
	_, err = impatient.Dial("tcp", "127.0.0.1:1")
	fmt.Println(whoSaidNo(err))
	// Output:
	// somebody: nobody listens there, or a firewall says so
	// nobody
}
