// letters ADDR prints the letters that ADDR sends, each on a line.
package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"net"
	"os"
)

func main() {
	conn, err := net.Dial("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	for {
		// ReadFull receives until the buffer is full. It returns io.EOF only
		// if nothing came: closed between two letters.
		head := make([]byte, 4)
		if _, err := io.ReadFull(conn, head); err == io.EOF {
			fmt.Println("end")
			return
		} else if err != nil {
			cutOff()
		}
		letter := make([]byte, binary.BigEndian.Uint32(head))
		if _, err := io.ReadFull(conn, letter); err != nil {
			cutOff()
		}
		fmt.Printf("%s\n", letter)
	}
}

func cutOff() {
	fmt.Println("cut off")
	os.Exit(1)
}
