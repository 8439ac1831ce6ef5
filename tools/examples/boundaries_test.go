//go:build unix

package examples_test

import (
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"syscall"
)

// pair is socketpair in Go: two sockets that are connected to each other.
func pair(kind int) (a, b *net.UnixConn) {
	fds, err := syscall.Socketpair(syscall.AF_UNIX, kind, 0)
	if err != nil {
		log.Fatal(err)
	}
	conn := func(fd int) *net.UnixConn {
		f := os.NewFile(uintptr(fd), "pair")
		defer f.Close() // FileConn makes a descriptor of its own
		c, err := net.FileConn(f)
		if err != nil {
			log.Fatal(err)
		}
		return c.(*net.UnixConn)
	}
	return conn(fds[0]), conn(fds[1])
}

// Read tells the two kinds of nothing apart: an empty message is 0 and no
// error, the end of a stream is io.EOF. That a message was cut, only
// ReadMsgUnix and ReadMsgUDP tell.
func Example_boundaries() {
	tap, cup := pair(syscall.SOCK_STREAM)
	pen, box := pair(syscall.SOCK_DGRAM)
	defer cup.Close()
	defer pen.Close()
	defer box.Close()
	buf := make([]byte, 1024)

	pen.Write([]byte("three"))
	n, _, flags, _, err := box.ReadMsgUnix(buf[:2], nil) // recvmsg
	fmt.Printf("box: %q, %v, cut: %t\n", buf[:n], err, flags&syscall.MSG_TRUNC != 0)

	pen.Write(nil)
	n, err = box.Read(buf)
	fmt.Printf("box: %d, %v\n", n, err)

	tap.Close()
	n, err = cup.Read(buf)
	fmt.Printf("cup: %d, %v, the end: %t\n", n, err, err == io.EOF)

	// Output:
	// box: "th", <nil>, cut: true
	// box: 0, <nil>
	// cup: 0, EOF, the end: true
}
