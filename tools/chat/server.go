// Package chat is a room: many callers, and everyone hears everyone else.
// Here one line is one message, which makes it usable from nc as well.
//
//	chat-server [-name-within D] [-idle D] [-patience D] [-gone D] [ADDR]
//	chat-client -name NAME [ADDR]
//
// Read lessons/4.3-room.md. In call order: server.go accepts,
// caller.go serves one connection, lines.go cuts what it says into lines, room.go
// decides who hears what, and queue.go who waits for whom, and when a slow caller
// is dropped.
package chat

import (
	"context"
	"errors"
	"flag"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"socklab/tools/cli"
)

const serverUsage = `usage: chat-server [-name-within D] [-idle D] [-patience D] [-gone D] [ADDR]

A room for chat-client, or for nc: what one says, all the others hear.
ADDR is HOST:PORT, by default 127.0.0.1:8000; port 0 picks a free one.
It hangs up on a caller who, for the duration D (as 300ms, 30s, 5m; 0: any),

  -name-within D  has been here, and has not said a name (30s)
  -idle D         has said nothing at all (0: who only listens may stay)
  -patience D     has not taken what is queued, and the queue is full (2s; not 0)
  -gone D         has a machine that doesn't answer (2m; 0: the kernel's default)
`

// limits are how long a caller may keep us waiting; 0 is no limit.
type limits struct {
	nameWithin time.Duration // for its name
	idle       time.Duration // for anything, once it has one
	patience   time.Duration // to take what is queued, when the queue is full; never 0
	gone       time.Duration // for its machine to acknowledge what we send
}

// ServerMain is the program chat-server.
func ServerMain() {
	cli.Begin("chat-server", serverUsage)
	var l limits
	flag.DurationVar(&l.nameWithin, "name-within", 30*time.Second, "")
	flag.DurationVar(&l.idle, "idle", 0, "")
	flag.DurationVar(&l.patience, "patience", 2*time.Second, "")
	flag.DurationVar(&l.gone, "gone", 2*time.Minute, "")
	flag.Parse()
	if l.nameWithin < 0 || l.idle < 0 || l.patience <= 0 || l.gone < 0 {
		cli.Misused()
	}
	network, addr := cli.Address("127.0.0.1:8000") // no host is this machine, not every network

	// Before we listen: a signal must end the program in good order from the
	// moment that a caller can come.
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)

	// Some callers vanish: their cable is out, their machine has crashed, and no
	// FIN ever comes. So when a connection has been quiet for a while, our kernel
	// asks theirs whether it is still there (tcp(7), TCP_KEEPIDLE and the like).
	var config net.ListenConfig
	if l.gone > 0 {
		config.KeepAliveConfig = net.KeepAliveConfig{Enable: true, Idle: l.gone / 2, Interval: l.gone / 8, Count: 4}
	}
	listener, err := config.Listen(context.Background(), network, addr)
	if err != nil {
		cli.CantListen(addr, err)
	}
	cli.Announce(listener.Addr())

	// A signal closes the door only. That makes Accept fail, which is how
	// the loop below learns that it is time to say goodbye to those inside.
	go func() {
		<-stop
		listener.Close()
	}()

	r := newRoom(os.Stdout, l)
	r.serve(listener)
	r.close()
}

// serve accepts callers until the listener is closed.
func (r *room) serve(listener net.Listener) {
	var said time.Time
	for {
		conn, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			// Any other error passes: no descriptor is left for another caller, or
			// the kernel has no memory, or the caller has gone again (accept(2)).
			// The callers who are here stay. The new one stays in the kernel's
			// queue, the backlog. To ask again at once would only fail again, as
			// fast as a processor can. So we wait until somebody leaves, and try
			// after a second in any case.
			if time.Since(said) > time.Minute {
				said = time.Now()
				log.Printf("accept on %s: %v: %d callers are here, others wait at the door until one leaves", listener.Addr(), cli.Cause(err), r.count())
				log.Print("hint: ulimit -n says how many descriptors a process may have")
			}
			select {
			case <-r.freed:
			case <-time.After(time.Second):
			}
			continue
		}
		c := r.arrive(conn.(*net.TCPConn))
		r.serving.Go(func() { r.converse(c) })
	}
}
