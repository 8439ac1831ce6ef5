// linereader ADDR prints the lines that ADDR sends, and the raw bytes.
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
	"strings"
	"time"
)

func main() {
	conn, err := net.Dial("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	in := bufio.NewReader(patient{conn}) // for lines and for raw bytes
	for {
		line, err := in.ReadString('\n')
		if err != nil && line == "" {
			fmt.Println("end")
			return
		} else if err != nil {
			cutOff()
		}
		number, isRaw := strings.CutPrefix(line, "raw ")
		if !isRaw {
			fmt.Print(line)
			continue
		}
		size, err := strconv.Atoi(strings.TrimSpace(number))
		if err != nil {
			log.Fatal(err)
		}
		raw := make([]byte, size)
		if _, err := io.ReadFull(in, raw); err != nil {
			cutOff()
		}
		fmt.Printf("raw: %x\n", raw)
	}
}

// A patient connection says that it waits, and reads on. So the reader over
// it never has to give up in the middle of a line.
type patient struct{ net.Conn }

func (p patient) Read(buf []byte) (int, error) {
	for {
		p.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
		n, err := p.Conn.Read(buf)
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err
		}
		fmt.Println("waiting")
	}
}

func cutOff() {
	fmt.Println("cut off")
	os.Exit(1)
}
