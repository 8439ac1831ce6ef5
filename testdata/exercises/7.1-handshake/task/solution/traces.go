// traces N ADDR WORD calls ADDR so that trace N is what travels.
package main

import (
	"io"
	"log"
	"net"
	"os"
)

func main() {
	trace, addr, word := os.Args[1], os.Args[2], os.Args[3]
	called, err := net.Dial("tcp", addr)
	if err != nil {
		log.Fatal(err)
	}
	conn := called.(*net.TCPConn)
	switch trace {
	case "1":
		io.WriteString(conn, word)
		conn.Read(make([]byte, 1024))
	case "2":
		io.WriteString(conn, word)
		conn.CloseWrite() // a FIN; the other direction stays open
		io.Copy(io.Discard, conn)
	case "3":
		io.Copy(io.Discard, conn) // until the end
		io.WriteString(conn, word)
	case "4":
		io.WriteString(conn, word) // then a FIN, and nobody to read what comes
	case "5":
		conn.Read(make([]byte, 1)) // what is left unread makes Close a reset
	}
	conn.Close()
}
