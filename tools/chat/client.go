package chat

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"socklab/tools/cli"
)

const clientUsage = `usage: chat-client -name NAME [ADDR]

Enters the room at ADDR as NAME. Typed lines are said to all the others;
/who asks who is there, /quit or ^D leaves.
ADDR is HOST:PORT, by default 127.0.0.1:8000.

  -name NAME   one word of up to 32 characters; required
`

// shownMax is how much of a line of the server we print, in bytes.
const shownMax = 16 << 10

// dialTimeout is the default timeout for the room to take the call. After that
// there is none: a room may be silent.
const dialTimeout = 10 * time.Second

// ClientMain is the program chat-client.
func ClientMain() {
	cli.Begin("chat-client", clientUsage)
	name := flag.String("name", "", "")
	flag.Parse()
	// A newline in the name would make it two lines: a name and a message.
	if *name == "" || strings.ContainsAny(*name, "\r\n") {
		cli.Misused()
	}
	network, addr := cli.Address("127.0.0.1:8000")

	conn, err := net.DialTimeout(network, addr, dialTimeout)
	if err != nil {
		cli.CantDial(addr, err, "chat-server")
	}
	defer conn.Close()

	// The room takes the first line for the name. If it refuses it, it says
	// why, and takes the next line: the next that is typed.
	if _, err := conn.Write([]byte(*name + "\n")); err != nil {
		log.Fatalf("send to %s: %v", addr, cli.Cause(err))
	}

	// Nobody takes turns in a room: something may come while we type. So one
	// goroutine reads the terminal, and this one reads the socket.
	// NOTE: what comes is printed into the line being typed. To keep the two
	// apart takes a terminal library.
	var over atomic.Bool // the server may hang up: one side has said goodbye
	go talk(conn.(*net.TCPConn), os.Stdin, &over)

	in := bufio.NewReaderSize(conn, shownMax)
	for {
		line, more, err := in.ReadLine()
		if err == io.EOF && over.Load() {
			return
		}
		if err == io.EOF {
			// FIN without goodbye: the server's kernel closed, and not the room.
			log.Fatalf("receive from %s: the server has gone", addr)
		}
		if err != nil {
			log.Fatalf("receive from %s: %v", addr, cli.Cause(err))
		}
		if string(line) == "* the room is closing" {
			over.Store(true)
		}
		// The server makes lines harmless; we don't rely on every server.
		text := cli.Visible(line)
		if more {
			text += " ... (cut)"
		}
		cli.Must(fmt.Println(text))
		for more && err == nil {
			_, more, err = in.ReadLine()
		}
	}
}

// talk sends each typed line with its newline, which is what makes it a line
// for the other side too. Write's errors are left to the goroutine that reads:
// a connection that can't be written has ended for it as well.
func talk(conn *net.TCPConn, terminal io.Reader, over *atomic.Bool) {
	in := bufio.NewReader(terminal)
	for piece := false; ; {
		// A line, or as much of it as the buffer holds: the stream joins pieces.
		text, err := in.ReadSlice('\n')
		if err == io.EOF && (len(text) > 0 || piece) {
			text = append(text, '\n') // ^D in the middle of a line
		}
		piece = err == bufio.ErrBufferFull
		if string(bytes.TrimSpace(text)) == "/quit" {
			over.Store(true)
		}
		conn.Write(text)
		if err != nil && !piece {
			// ^D. A half-close: we send our FIN, so the room knows that we have
			// left, and go on reading what it has still to tell us.
			over.Store(true)
			conn.CloseWrite()
			return
		}
	}
}
