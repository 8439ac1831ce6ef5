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

const clientUsage = `usage: echo-client [-net NETWORK] [ADDR] TEXT

Connects to ADDR, sends TEXT, receives once and prints the answer.
ADDR is HOST:PORT, by default 127.0.0.1:8000 (tcp6: [::1]:8000). For the unix
networks it is a path, by default echo.sock, or on Linux @NAME.

  -net NETWORK  tcp (the default), tcp4, tcp6, udp, unix, unixgram, unixpacket
`

// patience is how long the client waits for a server that says nothing. A
// program that waits for another one must know when to give up. (It varies for tests, which know sooner.)
var patience = 10 * time.Second

// ClientMain is the program echo-client.
func ClientMain() {
	log.SetFlags(0)
	log.SetPrefix("echo-client: ")
	network := flag.String("net", "tcp", "")
	flag.Usage = func() { fmt.Fprint(os.Stderr, clientUsage) }
	flag.BoolFunc("h", "", func(string) error { fmt.Print(clientUsage); os.Exit(0); return nil })
	flag.Parse()
	var addr, text string
	switch flag.NArg() {
	case 1:
		addr, text = home[*network], flag.Arg(0)
	case 2:
		addr, text = flag.Arg(0), flag.Arg(1)
	default:
		flag.Usage()
		os.Exit(2)
	}
	checkUsage(*network, addr)
	if text == "" && !connectionless(*network) {
		// No bytes is no message: of a stream nothing would travel, and the
		// server would wait for ever. An empty message of unixpacket would
		// travel, but to its receiver it looks like the end.
		log.Print("TEXT is empty, and a connection can't carry a message of no bytes")
		os.Exit(2)
	}

	answer, err := ask(*network, addr, text)
	if err == nil {
		fmt.Println(visible(answer))
		return
	}
	log.Print(err)
	if bad := (*net.AddrError)(nil); errors.As(err, &bad) || errors.Is(err, syscall.EINVAL) {
		noAddress(*network)
	}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED) && isFile(*network, addr):
		log.Print("hint: is echo-server running? one that was killed leaves its file, and nobody behind it")
	case errors.Is(err, syscall.ECONNREFUSED):
		log.Print("hint: is echo-server running?")
	case errors.Is(err, syscall.ENOENT):
		log.Print("hint: is echo-server running? its path is looked up from this directory")
	case errors.Is(err, syscall.EPROTOTYPE):
		log.Print("hint: the socket there is of another kind: was echo-server started with another -net?")
	case errors.Is(err, os.ErrDeadlineExceeded) && connectionless(*network):
		log.Print("hint: a datagram may get lost, there or on the way back, and nobody says so")
	}
	os.Exit(1)
}

// ask is the whole conversation: connect, send, receive once.
func ask(network, addr, text string) ([]byte, error) {
	dialer := net.Dialer{Timeout: patience}
	if network == "unixgram" {
		own, remove, err := returnAddress()
		if err != nil {
			return nil, err
		}
		defer remove()
		dialer.LocalAddr = own
	}

	// Two system calls in one: socket, then connect. Connect returns when the
	// other kernel has agreed; the server program need not have noticed yet.
	// We did not choose a port for our own end, so the kernel picked one.
	//
	// A datagram socket connects too, and nothing travels: our kernel notes
	// where to send, and that we want to hear from nobody else.
	conn, err := dialer.Dial(network, addr)
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
	// to be when we look; or it is one datagram, cut if our buffer is shorter.
	// If no socket is bound to a UDP port, the other kernel says so in a
	// packet of its own (ICMP), and this is where we learn it: refused.
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
