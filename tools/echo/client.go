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

	"socklab/tools/cli"
)

const clientUsage = `usage: echo-client [-net NETWORK] [ADDR] TEXT

Connects to ADDR, sends TEXT, receives the answer and prints it.
ADDR is HOST:PORT, by default 127.0.0.1:8000 (tcp6: [::1]:8000). For the unix
networks it is a path, by default echo.sock, or on Linux @NAME.

  -net NETWORK  tcp (the default), tcp4, tcp6, udp, unix, unixgram, unixpacket
`

// timeout is how long the client waits for a server that says nothing. It is the
// only timeout. A program that waits for another must know when to give up.
// (Tests set a shorter one.)
var timeout = 30 * time.Second

// ClientMain is the program echo-client.
func ClientMain() {
	cli.Begin("echo-client", clientUsage)
	network := flag.String("net", "tcp", "")
	flag.Parse()
	var addr, text string
	switch flag.NArg() {
	case 1:
		addr, text = defaultAddr[*network], flag.Arg(0)
	case 2:
		addr, text = flag.Arg(0), flag.Arg(1)
	default:
		cli.Misused()
	}
	at, addr := address(*network, addr)
	if text == "" && !connectionless(*network) {
		// No bytes is no message: on a stream nothing would travel, and the
		// server would wait for ever. On unixpacket an empty message would
		// travel, but its receiver takes it for the end.
		log.Print("TEXT is empty, and a connection can't carry a message of no bytes")
		os.Exit(2)
	}

	answer, err := ask(at, addr, text)
	if err == nil {
		must(fmt.Println(cli.Visible(answer)))
		return
	}
	log.Print(err)
	if bad := (*net.AddrError)(nil); errors.As(err, &bad) || errors.Is(err, syscall.EINVAL) {
		noAddress(*network)
	}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED) && isFile(*network, addr) && !isSocket(os.Stat(addr)):
		log.Printf("hint: %s is no socket", addr)
	case errors.Is(err, syscall.ECONNREFUSED) && isFile(*network, addr):
		log.Print("hint: is echo-server running? one that was killed leaves its file, and nobody behind it")
	case errors.Is(err, syscall.ECONNREFUSED):
		log.Print("hint: is echo-server running?" + cli.IPv6Hint(addr))
	case errors.Is(err, syscall.ENOENT):
		log.Print("hint: is echo-server running? its path is looked up from this directory")
	case errors.Is(err, syscall.EPROTOTYPE):
		log.Print("hint: the socket there is of another kind: was echo-server started with another -net?")
	case errors.Is(err, os.ErrDeadlineExceeded) && connectionless(*network):
		log.Print("hint: a datagram may get lost, there or on the way back, and nobody says so")
	}
	os.Exit(1)
}

// ask is the whole conversation: connect, send, receive.
func ask(network, addr, text string) ([]byte, error) {
	dialer := net.Dialer{Timeout: timeout}
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
		return nil, fmt.Errorf("dial %s: %w", addr, cli.Cause(err))
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(timeout))

	// Only the bytes of TEXT travel: no newline, no length, no terminator.
	if _, err := conn.Write([]byte(text)); err != nil {
		return nil, fmt.Errorf("send to %s: %w", addr, cli.Cause(err))
	}

	// On a stream a receive returns whatever has arrived, perhaps a part. But we
	// know how long the answer is, so we receive until that much is here, or the
	// server has closed. A message comes whole, in one receive, and is cut if our
	// buffer is shorter.
	// If no socket is bound to a UDP port, the other kernel says so in a
	// packet of its own (ICMP), and this is where we learn it: refused.
	buf := make([]byte, receiveSize)
	whole := min(len("hello ")+len(text), len(buf))
	receive := func() (int, error) { return io.ReadAtLeast(conn, buf, whole) }
	if connectionless(network) || network == "unixpacket" {
		receive = func() (int, error) { return conn.Read(buf) }
	}
	n, err := receive()
	if err == io.ErrUnexpectedEOF {
		err = nil // another answer, a shorter one: the reader may judge it
	}
	if err == io.EOF {
		return nil, fmt.Errorf("receive from %s: closed without an answer", addr)
	}
	if err != nil {
		return nil, fmt.Errorf("receive from %s: %w", addr, cli.Cause(err))
	}
	return buf[:n], nil
}
