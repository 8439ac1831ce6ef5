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
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"socklab/tools/cli"
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
	cli.Begin("desk-server", serverUsage)
	flag.Parse()
	network, addr := cli.Address("127.0.0.1:8000")

	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-stop
		cli.SumUp()
		os.Exit(0)
	}()

	listener, err := net.Listen(network, addr)
	if err != nil {
		cli.CantListen(addr, err)
	}
	cli.Announce(listener.Addr())

	// The operator types in a goroutine of its own, so that waiting for a
	// person never keeps us from accepting and receiving.
	d := &desk{out: os.Stdout, answerTimeout: answerTimeout, freed: make(chan struct{}, 1)}
	go func() {
		d.operate(os.Stdin)
		// ^D. Our kernel closes every connection of a process that ends.
		// NOTE: where something has arrived that we did not read, that close
		// is a reset, and may overtake the last answer; lesson 3.9.
		cli.SumUp()
		os.Exit(0)
	}()
	d.serve(listener)
}

// serve accepts callers and numbers them, until the listener is closed.
func (d *desk) serve(listener net.Listener) {
	var said time.Time
	for number := 0; ; {
		conn, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			// Any other error passes: no descriptor is free for one more, or the
			// kernel has no memory, or the caller has gone again (accept(2)). The
			// callers who are here stay; a new one waits in the kernel's queue.
			// To ask again at once would only fail again.
			if time.Since(said) > time.Minute {
				said = time.Now()
				log.Printf("accept on %s: %v: others wait at the door until a caller leaves", listener.Addr(), cli.Cause(err))
			}
			select {
			case <-d.freed:
			case <-time.After(time.Second):
			}
			continue
		}
		number++
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
		if err == io.EOF {
			// The caller says no more, and that is all we know. Perhaps it has
			// gone; perhaps it has closed its sending half only, and waits for
			// answers. So what it has asked still counts. When we hold all of its
			// tokens, everything is answered. (We have one already.)
			for range unansweredMax - 1 {
				c.unanswered <- struct{}{}
			}
			return
		}
		if err != nil {
			if !errors.Is(err, net.ErrClosed) {
				cli.Complain("receive from %d: %v", c.number, cli.Cause(err))
			}
			return
		}
		d.ask(c, buf[:n])
	}
}
