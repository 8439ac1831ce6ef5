// greeter ADDR greets one caller by name.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	addr := os.Args[1]
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", addr)
	caller, err := listener.Accept()
	if err != nil {
		log.Fatal(err)
	}
	defer caller.Close()
	buf := make([]byte, 1024)
	n, err := caller.Read(buf)
	if err != nil {
		log.Fatal(err)
	}
	name := string(buf[:n])
	fmt.Println(name)
	if _, err := caller.Write([]byte("hello " + name)); err != nil {
		log.Fatal(err)
	}
}
