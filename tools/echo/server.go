// Package echo is the smallest conversation two programs can have over a
// socket: one says a name, the other answers hello.
//
//	echo-server [-k] [-net NETWORK] [ADDR]
//	echo-client [-net NETWORK] [ADDR] TEXT
//
// Read lessons/1.1-echo.md first, then lessons/1.4-many-callers.md for -k.
// server.go and client.go tell the story, over TCP unless -net says otherwise;
// datagram.go is the other story: a server to which nobody connects.
package echo

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"socklab/tools/cli"
)

const serverUsage = `usage: echo-server [-k] [-net NETWORK] [ADDR]

Answers "hello " and the bytes it received, then closes.
ADDR is HOST:PORT, by default 127.0.0.1:8000 (tcp6: [::1]:8000); port 0 picks
a free one. For the unix networks it is a path, by default echo.sock, or on
Linux @NAME, which is no file.

  -k            keep serving: many callers, every receive of each, until it closes
  -net NETWORK  tcp (the default), tcp4, tcp6, udp, unix, unixgram, unixpacket
`

// receiveSize is how many bytes one receive asks for. It is a limit, not a
// promise: a receive returns as soon as anything at all has arrived.
const receiveSize = 1024

// freed says that a caller has left, and that its descriptor is free again.
var freed = make(chan struct{}, 1)

// ServerMain is the program echo-server.
func ServerMain() {
	cli.Begin("echo-server", serverUsage)
	keep := flag.Bool("k", false, "")
	network := flag.String("net", "tcp", "")
	flag.Parse()
	addr := defaultAddr[*network]
	switch flag.NArg() {
	case 0:
	case 1:
		addr = flag.Arg(0)
	default:
		cli.Misused()
	}
	at, addr := address(*network, addr) // in network.go

	// Ctrl-C and kill ask us to stop. We ask for these signals before we listen:
	// from the moment that a caller can come, they must end us in good order.
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // else nohup(1) has asked us to go on
		signal.Notify(stop, syscall.SIGHUP)
	}

	serve := serveCallers
	if connectionless(*network) {
		serve = serveDatagrams // in datagram.go
	}
	err := serve(at, addr, *keep, stop)
	if err == nil {
		return // one caller was answered
	}
	log.Print(err)
	if bad := (*net.AddrError)(nil); errors.As(err, &bad) || errors.Is(err, syscall.EINVAL) {
		noAddress(*network)
	}
	switch inUse := errors.Is(err, syscall.EADDRINUSE); {
	case inUse && isFile(*network, addr):
		log.Printf("hint: %s", inTheWay(addr))
	case inUse:
		log.Print("hint: another program listens there; stop it, or use port 0")
	}
	os.Exit(1)
}

// serveCallers serves callers that connect. A connection is a stream, or with
// unixpacket a sequence of messages, of which each Read returns one.
func serveCallers(network, addr string, keep bool, stop <-chan os.Signal) error {
	// Three system calls in one. socket makes the endpoint, bind gives it its
	// address, listen lets the kernel take calls for us. From here on a client
	// can connect, even though we have accepted nobody yet.
	listener, err := net.Listen(network, addr)
	if err != nil {
		return fmt.Errorf("listen %s: %w", addr, cli.Cause(err))
	}

	// Leaving is nearly enough: the kernel closes every socket of a process
	// that ends, and each caller sees that close. But the address of a unix
	// socket is a file, and a file stays: see unixfile.go.
	defer listener.Close()
	if unix, ok := listener.(*net.UnixListener); ok {
		unix.SetUnlinkOnClose(false) // it would remove whatever has that name by then
	}
	bound(network, addr)
	defer tidy()
	go func() {
		<-stop
		tidy()
		cli.SumUp()
		os.Exit(0)
	}()
	announce(network, listener.Addr())

	var said time.Time
	for {
		// Accept waits for a caller and returns a second socket, for that
		// caller alone. The listener stays as it was, ready for the next.
		conn, err := listener.Accept()
		if err != nil {
			// This error passes: no descriptor is free for one more, or the
			// kernel has no memory, or the caller has gone again (accept(2)). It
			// is no reason to hang up on the callers who are here. A new one
			// waits in the kernel's queue; to ask again at once would only fail
			// again.
			if time.Since(said) > time.Minute {
				said = time.Now()
				log.Printf("accept on %s: %v: others wait at the door until a caller leaves", addr, cli.Cause(err))
			}
			select {
			case <-freed:
			case <-time.After(time.Second):
			}
			continue
		}
		if !keep {
			return answerOnce(conn)
		}
		// A goroutine for each caller: while one of them is silent, its
		// goroutine waits in Read, and we are already back in Accept.
		go answerAll(conn)
	}
}

// answerOnce receives once, answers once and hangs up.
func answerOnce(conn net.Conn) error {
	// Our client knows how long the answer is. Another may read until the end
	// of the stream: closing is how we say that the answer is complete.
	defer conn.Close()

	// Read is receive. It waits until at least one byte has come and may
	// return fewer than we asked for. For a short name that is the whole name.
	// NOTE: nothing guarantees that; lesson 4.2 shows when it goes wrong.
	buf := make([]byte, receiveSize)
	n, err := conn.Read(buf)
	if err == io.EOF {
		return errors.New("receive: the caller closed without a word")
	}
	if err != nil {
		return fmt.Errorf("receive: %v", cli.Cause(err))
	}
	must(fmt.Println(cli.Visible(buf[:n])))

	// Write sends every byte or returns an error (C's send may send less).
	// "Sent" means: handed to our kernel. The caller may not have it yet.
	if _, err := conn.Write(append([]byte("hello "), buf[:n]...)); err != nil {
		return fmt.Errorf("send: %v", cli.Cause(err))
	}
	return nil
}

// answerAll answers every receive of one caller until the caller closes. What
// goes wrong with one caller is said, and is no reason to stop serving others.
func answerAll(conn net.Conn) {
	defer free()
	defer conn.Close()
	const hello = "hello "
	// We receive right behind the hello: then both are the answer, as they stand.
	answer := append(make([]byte, 0, len(hello)+receiveSize), hello...)
	buf := answer[len(hello):cap(answer)]
	for {
		n, err := conn.Read(buf)
		if err == io.EOF {
			// Zero bytes and no error in C and Python: the caller has closed
			// its side, and nothing more will ever come.
			return
		}
		if err != nil {
			cli.Complain("receive: %v", cli.Cause(err))
			return
		}
		must(os.Stdout.WriteString(cli.Visible(buf[:n]) + "\n"))
		if _, err := conn.Write(answer[:len(hello)+n]); err != nil {
			cli.Complain("send: %v", cli.Cause(err))
			return
		}
	}
}

// free fills freed. If it is full, the accept loop knows already that a caller
// has left.
func free() {
	select {
	case freed <- struct{}{}:
	default:
	}
}
