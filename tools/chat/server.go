// Package chat is a room: many callers, and everyone hears everyone else.
// Here one line is one message, which makes it usable from nc as well.
//
//	chat-server [-name-within D] [-idle D] [-patience D] [-gone D] [ADDR]
//	chat-client -name NAME [ADDR]
//
// Read lessons/4.3-room.md. In call order: server.go answers the door,
// caller.go serves one connection, lines.go cuts what it says into lines, room.go
// decides who hears what, and queue.go who waits for whom.
package chat

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

const serverUsage = `usage: chat-server [-name-within D] [-idle D] [-patience D] [-gone D] [ADDR]

A room for chat-client, or for nc: what one says, all the others hear.
ADDR is HOST:PORT, by default 127.0.0.1:8000; port 0 picks a free one.
It hangs up on a caller who, for the duration D (as 300ms, 30s, 5m; 0: any),

  -name-within D  has been here, and has not said a name (30s)
  -idle D         has said nothing at all (0: who only listens may stay)
  -patience D     has not taken what is queued, and the queue is full (2s; not 0)
  -gone D         has a machine that doesn't answer (2m; 0: as the kernel likes)
`

// limits are how long a caller may keep us waiting; 0 is for ever.
type limits struct {
	nameWithin time.Duration // for its name
	idle       time.Duration // for anything, once it has one
	patience   time.Duration // to take what is queued, when the queue is full; never 0
	gone       time.Duration // for its machine to acknowledge what we send
}

// ServerMain is the program chat-server.
func ServerMain() {
	log.SetFlags(0)
	log.SetPrefix("chat-server: ")
	flag.Usage = func() { fmt.Fprint(os.Stderr, serverUsage) }
	flag.BoolFunc("h", "", func(string) error { fmt.Print(serverUsage); os.Exit(0); return nil })
	var l limits
	flag.DurationVar(&l.nameWithin, "name-within", 30*time.Second, "")
	flag.DurationVar(&l.idle, "idle", 0, "")
	flag.DurationVar(&l.patience, "patience", 2*time.Second, "")
	flag.DurationVar(&l.gone, "gone", 2*time.Minute, "")
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
	if l.nameWithin < 0 || l.idle < 0 || l.patience <= 0 || l.gone < 0 {
		flag.Usage()
		os.Exit(2)
	}
	// To Listen, an empty host means every network; to us, this machine.
	if strings.HasPrefix(addr, ":") {
		addr = "127.0.0.1" + addr
	}

	// Before the door opens: a signal that comes in between shall be polite too.
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)

	// Some callers vanish: their cable is out, their machine has crashed, and no
	// FIN ever comes. So when a connection has been quiet for a while, our kernel
	// asks theirs whether it is still there (tcp(7), TCP_KEEPIDLE and the like).
	var config net.ListenConfig
	if l.gone > 0 {
		config.KeepAliveConfig = net.KeepAliveConfig{Enable: true, Idle: l.gone / 2, Interval: l.gone / 8, Count: 4}
	}
	listener, err := config.Listen(context.Background(), "tcp", addr)
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

	// A signal closes the door only. That makes Accept fail, which is how
	// the loop below learns that it is time to say goodbye to those inside.
	go func() {
		<-stop
		listener.Close()
	}()

	r := newRoom(os.Stdout, l)
	err = r.open(listener)
	r.close()
	if !errors.Is(err, net.ErrClosed) {
		log.Fatalf("accept on %s: %v", addr, cause(err))
	}
}

// open accepts callers until the listener is closed.
func (r *room) open(listener net.Listener) error {
	var said time.Time
	for {
		conn, err := listener.Accept()
		if exhausted(err) {
			// No descriptor is left for another caller. That is no reason to
			// send those away who are here. The new one stays in the kernel's
			// queue, the backlog; and asking again at once would only fail again,
			// as fast as a processor can. So we wait until somebody leaves, and
			// look after a second in any case.
			if time.Since(said) > time.Minute {
				said = time.Now()
				log.Printf("accept on %s: %v: %d callers are here, others wait at the door until one leaves", listener.Addr(), cause(err), r.crowd())
				log.Print("hint: ulimit -n says how many descriptors a process may have")
			}
			select {
			case <-r.freed:
			case <-time.After(time.Second):
			}
			continue
		}
		if err != nil {
			return err
		}
		c := r.arrive(conn.(*net.TCPConn))
		r.serving.Go(func() { r.serve(c) })
	}
}

// exhausted reports whether accepting failed for lack of something that comes
// back: descriptors of this process or of the whole system, or memory of the
// kernel (accept(2)).
func exhausted(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) ||
		errors.Is(err, syscall.ENOBUFS) || errors.Is(err, syscall.ENOMEM)
}
