package desk

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"time"

	"socklab/tools/cli"
)

const clientUsage = `usage: desk-client [ADDR]

Sends each typed line, and prints the one answer it waits for. ^D leaves.
ADDR is HOST:PORT, by default 127.0.0.1:8000.
`

// dialTimeout is the default timeout for the desk to take the call. An answer has
// none: see below.
const dialTimeout = 10 * time.Second

// ClientMain is the program desk-client.
func ClientMain() {
	cli.Begin("desk-client", clientUsage)
	flag.Parse()
	network, addr := cli.Address("127.0.0.1:8000")

	conn, err := net.DialTimeout(network, addr, dialTimeout)
	if err != nil {
		cli.CantDial(addr, err, "desk-server")
	}
	// Close tells the desk that we have left: its Read returns the end of
	// the stream.
	defer conn.Close()

	// Type, send, receive, print; and again. One thing at a time, in turns.
	// NOTE: while we wait for the keyboard we don't look at the socket, and the
	// other way round. A desk that closes while we type is noticed when we send.
	// The client of lesson 4.3 does both at once.
	in := bufio.NewReaderSize(os.Stdin, typedMax+1)
	buf := make([]byte, receiveSize)
	for {
		line, err := typed(in)
		if err != nil {
			return // ^D
		}
		// The desk's operator sees this as one message, if one receive there
		// returns all of it: more than 1024 bytes surely take several.
		if _, err := conn.Write(line); err != nil {
			log.Fatalf("send to %s: %v", addr, cli.Cause(err))
		}

		// One receive is taken for one answer.
		// NOTE: no deadline. A person has to think and type over there, and we
		// can't know how long; nor can we tell a slow operator from a dead
		// network. Lesson 6.5 is about that silence.
		n, err := conn.Read(buf)
		if err == io.EOF {
			log.Fatalf("receive from %s: the desk closed without an answer", addr)
		}
		if err != nil {
			log.Fatalf("receive from %s: %v", addr, cli.Cause(err))
		}
		cli.Must(fmt.Println(cli.Visible(buf[:n])))
	}
}
