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
	"strings"
	"syscall"
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

// freed tells that a caller has left, and that its descriptor is free again.
var freed = make(chan struct{}, 1)

// ServerMain is the program echo-server.
func ServerMain() {
	log.SetFlags(0)
	log.SetPrefix("echo-server: ")
	keep := flag.Bool("k", false, "")
	network := flag.String("net", "tcp", "")
	flag.Usage = func() { fmt.Fprint(os.Stderr, serverUsage) }
	flag.BoolFunc("h", "", func(string) error { fmt.Print(serverUsage); os.Exit(0); return nil })
	flag.Parse()
	addr := home[*network]
	switch flag.NArg() {
	case 0:
	case 1:
		addr = flag.Arg(0)
	default:
		flag.Usage()
		os.Exit(2)
	}
	checkUsage(*network, addr)
	// NOTE: to Listen, an empty host means every network this machine is on.
	// We open the door to strangers only when asked by name: 0.0.0.0:8000.
	if host, ok := strings.CutSuffix(home[*network], ":8000"); ok && strings.HasPrefix(addr, ":") {
		addr = host + addr
	}

	// Ctrl-C and kill ask us to stop. We say that we want to know before the
	// door opens: a signal that comes in between shall be polite too.
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)

	serve := serveCallers
	if connectionless(*network) {
		serve = serveDatagrams // in datagram.go
	}
	err := serve(*network, addr, *keep, stop)
	if err == nil || errors.Is(err, net.ErrClosed) {
		return // one caller was answered, or we were asked to stop
	}
	log.Print(err)
	if bad := (*net.AddrError)(nil); errors.As(err, &bad) || errors.Is(err, syscall.EINVAL) {
		noAddress(*network)
	}
	if errors.Is(err, syscall.EADDRINUSE) && isFile(*network, addr) {
		log.Printf("hint: another program listens there; or nobody does, and %s is the socket of a server that was killed: then it may be removed", addr)
	} else if errors.Is(err, syscall.EADDRINUSE) {
		log.Print("hint: another program listens there; stop it, or use port 0")
	}
	os.Exit(1)
}

// serveCallers serves those who connect. What they connect with is a stream,
// or with unixpacket a row of messages, of which each Read returns one.
func serveCallers(network, addr string, keep bool, stop <-chan os.Signal) error {
	// Three system calls in one. socket makes the endpoint, bind gives it its
	// address, listen lets the kernel take calls for us. From here on a client
	// can connect, even though we have accepted nobody yet.
	listener, err := net.Listen(network, addr)
	if err != nil {
		return fmt.Errorf("listen %s: %w", addr, cause(err))
	}

	// Leaving is nearly enough: the kernel closes every socket of a process
	// that ends, and each caller sees that close. But the address of a unix
	// socket is a file, and a file stays; Close removes it first.
	defer listener.Close()
	go func() {
		<-stop
		listener.Close()
		os.Exit(0)
	}()
	fmt.Printf("listening on %s\n", listener.Addr())

	for {
		// Accept waits for a caller and returns a second socket, for that
		// caller alone. The listener stays as it was, ready for the next.
		conn, err := listener.Accept()
		for full := false; keep && errors.Is(err, syscall.EMFILE); conn, err = listener.Accept() {
			// No descriptor is free for one more. That is no reason to hang up
			// on those who are here. Whoever comes waits in the kernel's queue;
			// to ask again before a caller has gone would only fail again.
			if !full {
				log.Printf("accept on %s: %v: others wait at the door until a caller leaves", addr, cause(err))
			}
			full = true
			<-freed
		}
		if err != nil {
			return fmt.Errorf("accept on %s: %w", addr, cause(err))
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
	// The caller reads until it meets the end of the stream; closing is how
	// we say that the answer is complete.
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
		return fmt.Errorf("receive: %v", cause(err))
	}
	fmt.Println(visible(buf[:n]))

	// Write sends every byte or returns an error (C's send may send less).
	// "Sent" means: handed to our kernel. The caller may not have it yet.
	if _, err := conn.Write(append([]byte("hello "), buf[:n]...)); err != nil {
		return fmt.Errorf("send: %v", cause(err))
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
			log.Printf("receive: %v", cause(err))
			return
		}
		os.Stdout.WriteString(visible(buf[:n]) + "\n")
		if _, err := conn.Write(answer[:len(hello)+n]); err != nil {
			log.Printf("send: %v", cause(err))
			return
		}
	}
}

// free fills freed, unless it is full: then it is known that one has left.
func free() {
	select {
	case freed <- struct{}{}:
	default:
	}
}
