// wsay ADDR KEY TEXT... says texts over a WebSocket, and prints what comes.
package main

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"net"
	"net/textproto"
	"os"
	"strings"
)

const text, bye, ping, pong = 1, 8, 9, 10 // kinds of frames

func main() {
	addr, key := os.Args[1], os.Args[2]
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		log.Fatal(err)
	}
	stream := bufio.NewReader(conn)
	if !upgrade(conn, stream, addr, key) {
		fmt.Println("no WebSocket")
		os.Exit(1)
	}
	for _, words := range os.Args[3:] {
		send(conn, text, []byte(words))
	}
	for {
		kind, payload, err := receive(stream)
		if err != nil {
			fmt.Println("cut off")
			os.Exit(1)
		}
		switch kind {
		case text:
			fmt.Printf("%s\n", payload)
		case ping:
			send(conn, pong, payload)
		case bye:
			send(conn, bye, payload)
			conn.Close()
			return
		}
	}
}

func upgrade(conn net.Conn, stream *bufio.Reader, addr, key string) bool {
	fmt.Fprintf(conn, "GET /room HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n\r\n", addr, key)
	answer := textproto.NewReader(stream)
	status, err := answer.ReadLine()
	if err != nil {
		return false
	}
	header, err := answer.ReadMIMEHeader()
	digest := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return err == nil && strings.HasPrefix(status, "HTTP/1.1 101 ") &&
		header.Get("Sec-WebSocket-Accept") == base64.StdEncoding.EncodeToString(digest[:])
}

func send(conn net.Conn, kind byte, payload []byte) {
	frame := []byte{0x80 | kind, 0x80 | byte(len(payload))}
	if len(payload) > 125 {
		frame = binary.BigEndian.AppendUint16([]byte{0x80 | kind, 0xfe}, uint16(len(payload)))
	}
	frame = append(frame, "    "...)
	for _, b := range payload {
		frame = append(frame, b^' ')
	}
	conn.Write(frame)
}

// receive reads a frame, which the server does not mask.
func receive(stream io.Reader) (kind byte, payload []byte, err error) {
	head := make([]byte, 8)
	if _, err := io.ReadFull(stream, head[:2]); err != nil {
		return 0, nil, err
	}
	kind, size := head[0]&0x0f, uint64(head[1])
	switch size {
	case 126:
		_, err = io.ReadFull(stream, head[:2])
		size = uint64(binary.BigEndian.Uint16(head))
	case 127:
		_, err = io.ReadFull(stream, head)
		size = binary.BigEndian.Uint64(head)
	}
	if err != nil {
		return 0, nil, err
	}
	payload = make([]byte, size)
	_, err = io.ReadFull(stream, payload)
	return kind, payload, err
}
