// unacked ADDR sends lines, and says what has not been confirmed.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"syscall"
	"time"
	"unsafe"
)

func main() {
	conn, err := net.Dial("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		switch line := lines.Text(); line {
		case "?":
			fmt.Println(onTheWay(conn.(*net.TCPConn)), "on the way")
		case "!":
			wait(conn.(*net.TCPConn))
			fmt.Println("confirmed")
		default:
			fmt.Fprintln(conn, line)
		}
	}
}

func onTheWay(conn *net.TCPConn) (bytes int32) {
	raw, err := conn.SyscallConn()
	if err != nil {
		log.Fatal(err)
	}
	raw.Control(func(fd uintptr) {
		// SIOCOUTQ of tcp(7) is TIOCOUTQ, the question that one asks a terminal.
		syscall.Syscall(syscall.SYS_IOCTL, fd, syscall.TIOCOUTQ, uintptr(unsafe.Pointer(&bytes)))
	})
	return bytes
}

func wait(conn *net.TCPConn) {
	// No call waits for a confirmation. A reset, Read can wait for.
	for onTheWay(conn) > 0 {
		conn.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
		_, err := conn.Read(make([]byte, 1))
		if errors.Is(err, syscall.ECONNRESET) {
			fmt.Println("lost")
			os.Exit(1)
		}
	}
}
