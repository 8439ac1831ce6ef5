package echo

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"syscall"
	"time"
)

const clientUsage = `usage: echo-client [ADDR] TEXT

Connects to ADDR, sends TEXT, receives once and prints the answer.
ADDR is HOST:PORT, by default 127.0.0.1:8000.
`

// patience is how long the client waits for a server that says nothing. A
// program that waits for another one must know when to give up.
const patience = 10 * time.Second

// ClientMain is the program echo-client.
func ClientMain() {
	log.SetFlags(0)
	log.SetPrefix("echo-client: ")
	flag.Usage = func() { fmt.Fprint(os.Stderr, clientUsage) }
	flag.BoolFunc("h", "", func(string) error { fmt.Print(clientUsage); os.Exit(0); return nil })
	flag.Parse()
	var addr, text string
	switch flag.NArg() {
	case 1:
		addr, text = "127.0.0.1:8000", flag.Arg(0)
	case 2:
		addr, text = flag.Arg(0), flag.Arg(1)
	default:
		flag.Usage()
		os.Exit(2)
	}
	if text == "" {
		// No bytes is no message: the server would wait for ever.
		log.Print("TEXT is empty, and a stream can't carry a message of no bytes")
		os.Exit(2)
	}

	answer, err := ask(addr, text)
	if err == nil {
		fmt.Println(visible(answer))
		return
	}
	log.Print(err)
	if bad := (*net.AddrError)(nil); errors.As(err, &bad) {
		os.Exit(2) // no address at all
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		log.Print("hint: is echo-server running?")
	}
	os.Exit(1)
}

// ask is the whole conversation: connect, send, receive once.
func ask(addr, text string) ([]byte, error) {
	// Two system calls in one: socket, then connect. Connect returns when the
	// other kernel has agreed; the server program need not have noticed yet.
	// We did not choose a port for our own end, so the kernel picked one.
	conn, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return nil, fmt.Errorf("dial %s: %w", addr, cause(err))
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))

	// Only the bytes of TEXT travel: no newline, no length, no terminator.
	if _, err := conn.Write([]byte(text)); err != nil {
		return nil, fmt.Errorf("send to %s: %w", addr, cause(err))
	}

	// One receive. What comes is a piece of a stream, as long as it happens
	// to be when we look.
	buf := make([]byte, receiveSize)
	n, err := conn.Read(buf)
	if err == io.EOF {
		return nil, fmt.Errorf("receive from %s: closed without an answer", addr)
	}
	if err != nil {
		return nil, fmt.Errorf("receive from %s: %w", addr, cause(err))
	}
	return buf[:n], nil
}
