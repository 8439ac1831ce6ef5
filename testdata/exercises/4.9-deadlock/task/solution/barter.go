// barter ADDR COUNT sends COUNT lines, and receives meanwhile.
package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strconv"
)

func main() {
	count, err := strconv.Atoi(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	conn, err := net.Dial("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	spoken := make(chan bool)
	go func() {
		speak(conn.(*net.TCPConn), count)
		close(spoken)
	}()
	got, err := io.Copy(io.Discard, conn)
	if err != nil {
		log.Fatal(err)
	}
	<-spoken // the other side may have ended before us
	conn.Close()
	fmt.Println("got", got, "bytes")
}

func speak(conn *net.TCPConn, count int) {
	lines := bufio.NewWriter(conn)
	for n := 1; n <= count; n++ {
		fmt.Fprintln(lines, "line", n)
	}
	lines.Flush()
	conn.CloseWrite() // that was all
}
