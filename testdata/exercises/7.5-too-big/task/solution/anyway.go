// anyway ADDR asks for a page, and gets it through a black hole, too.
package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"syscall"
	"time"
)

func main() {
	count, err := ask(net.Dialer{})
	if errors.Is(err, os.ErrDeadlineExceeded) {
		fmt.Println("nothing more, smaller")
		count, err = ask(net.Dialer{Control: small})
	}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		fmt.Println("gave up")
		os.Exit(1)
	case err != nil:
		log.Fatal(err)
	}
	fmt.Println(count, "bytes")
}

// small is called before the connect: the number is said in the SYN.
func small(_, _ string, c syscall.RawConn) (err error) {
	c.Control(func(fd uintptr) {
		err = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_MAXSEG, 536)
	})
	return err
}

func ask(dialer net.Dialer) (count int, err error) {
	conn, err := dialer.Dial("tcp", os.Args[1])
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	fmt.Fprint(conn, "page?")
	buf := make([]byte, 65536)
	for {
		conn.SetReadDeadline(time.Now().Add(2 * time.Second)) // anew for each piece
		n, err := conn.Read(buf)
		count += n
		if err == io.EOF {
			return count, nil
		} else if err != nil {
			return count, err
		}
	}
}
