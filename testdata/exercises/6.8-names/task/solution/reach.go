// reach NAME PORT calls the addresses of a name, and doesn't wait for the slow ones.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

func main() {
	addrs, err := net.LookupHost(os.Args[1])
	if unknown := (*net.DNSError)(nil); errors.As(err, &unknown) && unknown.IsNotFound {
		fail("no such name")
	} else if err != nil {
		fail("no name server")
	}
	conn := first(addrs, os.Args[2])
	if conn == nil {
		fail("nobody answers")
	}
	fmt.Println("connected", conn.RemoteAddr().(*net.TCPAddr).IP)
	io.Copy(os.Stdout, conn)
}

// first returns the connection that is there first; nil if all calls fail.
func first(addrs []string, port string) net.Conn {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel() // ends the calls that have no answer
	answers := make(chan net.Conn)
	waiting := 0 // calls without an answer
	for len(addrs) > 0 || waiting > 0 {
		var soon <-chan time.Time // never, if nobody is left to call
		if len(addrs) > 0 {
			fmt.Println("call", addrs[0])
			go call(ctx, net.JoinHostPort(addrs[0], port), answers)
			waiting++
			addrs = addrs[1:]
			soon = time.After(250 * time.Millisecond)
		}
		select {
		case <-soon:
		case conn := <-answers:
			if conn != nil {
				return conn
			}
			waiting--
		}
	}
	return nil
}

func call(ctx context.Context, addr string, answers chan<- net.Conn) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		conn = nil
	}
	select {
	case answers <- conn:
	case <-ctx.Done(): // somebody else was first
		if conn != nil {
			conn.Close()
		}
	}
}

func fail(why string) {
	fmt.Println(why)
	os.Exit(1)
}
