// courier SECONDS ADDR sends lines, and says when nobody is there any more.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strconv"
	"syscall"
	"time"
)

const userTimeout = 18 // TCP_USER_TIMEOUT, in Linux

func main() {
	seconds, err := strconv.Atoi(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	dialer := net.Dialer{
		// When we wait, the kernel asks each second whether somebody is there.
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: time.Second, Interval: time.Second},
		// Nothing is confirmed for so long, in milliseconds: it gives up.
		Control: func(_, _ string, raw syscall.RawConn) (failed error) {
			err := raw.Control(func(fd uintptr) {
				failed = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, userTimeout, seconds*1000)
			})
			return errors.Join(err, failed)
		},
	}
	conn, err := dialer.Dial("tcp", os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	answers := bufio.NewReader(conn)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		_, err := fmt.Fprintln(conn, lines.Text())
		var answer string
		if err == nil {
			answer, err = answers.ReadString('\n')
		}
		if err != nil {
			leave(err)
		}
		fmt.Print(answer)
	}
}

func leave(err error) {
	switch {
	case err == io.EOF, errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		fmt.Println("closed")
		os.Exit(2)
	default: // ETIMEDOUT, or EHOSTUNREACH
		fmt.Println("lost")
		os.Exit(1)
	}
}
