// Package desk is a service desk: many callers write, and one operator at the
// server's terminal answers them, oldest message first.
//
//	desk-server [ADDR]
//	desk-client [ADDR]
//
// Read lessons/4.1-desk.md.
package desk

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

const serverUsage = `usage: desk-server [ADDR]

Prints what callers say as "[1] text", with the caller's number. Each line
typed here answers the oldest message still unanswered. ^D closes the desk.
ADDR is HOST:PORT, by default 127.0.0.1:8000; port 0 picks a free one.
`

// receiveSize is how many bytes one receive asks for. At the desk, what one
// receive returns is taken for one message.
// NOTE: a stream has no messages. Two sent quickly may arrive as one, and a
// long one as several; lesson 4.2 shows it and what to do.
const receiveSize = 1024

// ServerMain is the program desk-server.
func ServerMain() {
	log.SetFlags(0)
	log.SetPrefix("desk-server: ")
	flag.Usage = func() { fmt.Fprint(os.Stderr, serverUsage) }
	flag.BoolFunc("h", "", func(string) error { fmt.Print(serverUsage); os.Exit(0); return nil })
	flag.Parse()
	addr := "127.0.0.1:8000"
	switch flag.NArg() {
	case 0:
	case 1:
		addr = flag.Arg(0)
	default:
		flag.Usage()
		os.Exit(2)
	}
	// To Listen, an empty host means every network; to us, this machine.
	if strings.HasPrefix(addr, ":") {
		addr = "127.0.0.1" + addr
	}

	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-stop
		os.Exit(0)
	}()

	listener, err := net.Listen("tcp", addr)
	if err != nil {
		log.Printf("listen %s: %v", addr, cause(err))
		if bad := (*net.AddrError)(nil); errors.As(err, &bad) {
			os.Exit(2) // no address at all
		}
		if errors.Is(err, syscall.EADDRINUSE) {
			log.Print("hint: another program listens there; stop it, or use port 0")
		}
		os.Exit(1)
	}
	fmt.Printf("listening on %s\n", listener.Addr())

	// The operator types in a goroutine of its own, so that waiting for a
	// person never keeps us from accepting and receiving.
	d := &desk{out: os.Stdout, patience: patience, freed: make(chan struct{}, 1)}
	go func() {
		d.operate(os.Stdin)
		// ^D. Our kernel closes every connection of a process that ends.
		// NOTE: where something has arrived that we did not read, that close
		// is a reset, and may overtake the last answer; lesson 3.9.
		os.Exit(0)
	}()
	err = d.serve(listener)
	log.Fatalf("accept on %s: %v", addr, cause(err))
}

// serve accepts callers and numbers them, until accepting fails.
func (d *desk) serve(listener net.Listener) error {
	for number := 1; ; number++ {
		conn, err := listener.Accept()
		for full := false; errors.Is(err, syscall.EMFILE); conn, err = listener.Accept() {
			// No descriptor is free for one more. Those who are here stay; whoever
			// comes waits in the kernel's queue until one has gone.
			if !full {
				log.Printf("accept on %s: %v: others wait at the door until a caller leaves", listener.Addr(), cause(err))
			}
			full = true
			<-d.freed
		}
		if err != nil {
			return err
		}
		// A goroutine for each caller, where the tutorial has a thread: each
		// waits in its own Read, and none of them for another.
		go d.receive(&caller{
			number:     number,
			conn:       conn,
			unanswered: make(chan struct{}, unansweredMax),
		})
	}
}

// receive takes one caller's messages until the caller leaves.
func (d *desk) receive(c *caller) {
	defer d.leave(c)
	buf := make([]byte, receiveSize)
	for {
		// Waits while this caller has unansweredMax messages unanswered. We
		// need no words to slow it down: what we don't read fills our kernel's
		// buffer, then the caller's, and then its send blocks. That is TCP.
		// NOTE: as long as we don't read, we can't see it leave either.
		c.unanswered <- struct{}{}

		n, err := c.conn.Read(buf)
		if err != nil {
			// io.EOF is the ordinary end: the caller has closed. (It may have
			// closed its sending half only, and still wait for an answer. From
			// here both look the same; lesson 3.9.)
			if err != io.EOF && !errors.Is(err, net.ErrClosed) {
				log.Printf("receive from %d: %v", c.number, cause(err))
			}
			return
		}
		d.ask(c, buf[:n])
	}
}
