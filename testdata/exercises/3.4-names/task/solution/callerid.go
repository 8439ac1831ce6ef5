// callerid ADDR tells callers who they are, and calls them back.
package main

import (
	"bufio"
	"fmt"
	"log"
	"net"
	"os"
	"strings"
)

func main() {
	listener, err := net.Listen("tcp4", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", listener.Addr())
	for {
		conn, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		serve(conn)
	}
}

func serve(conn net.Conn) {
	caller, called := conn.RemoteAddr().(*net.TCPAddr), conn.LocalAddr().(*net.TCPAddr)
	fmt.Println(caller, "called", called)
	fmt.Fprintln(conn, "you are", caller)
	port, err := bufio.NewReader(conn).ReadString('\n')
	conn.Close()
	if err != nil {
		return // gone, or no wish to be called back
	}
	from := net.Dialer{LocalAddr: &net.TCPAddr{IP: called.IP}} // and any port
	back, err := from.Dial("tcp", net.JoinHostPort(caller.IP.String(), strings.TrimSpace(port)))
	if err != nil {
		return // nobody answers
	}
	fmt.Println("called back", back.RemoteAddr())
	fmt.Fprintln(back, "this is", back.LocalAddr())
	back.Close()
}
