// kitchen ADDR takes orders, each a line, and answers with their numbers.
package main

import (
	"bufio"
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	listener, err := net.Listen("tcp", os.Args[1])
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
	defer conn.Close()
	in := bufio.NewReader(conn) // one for the whole call: it keeps what is left
	for number := 1; ; number++ {
		order, err := in.ReadString('\n')
		if err != nil {
			if order != "" {
				fmt.Println("cut off:", order)
			}
			return
		}
		fmt.Print(order)
		fmt.Fprintln(conn, number)
	}
}
