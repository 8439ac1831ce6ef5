// Package chat is a room: many callers, and everyone hears everyone else.
// Here one line is one message, which makes it usable from nc as well.
//
//	chat-server [ADDR]
//	chat-client -name NAME [ADDR]
//
// Read lessons/4.3-room.md. In call order: server.go answers the door,
// caller.go serves one connection, room.go decides who hears what.
package chat

import (
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

const serverUsage = `usage: chat-server [ADDR]

A room for chat-client, or for nc: what one says, all the others hear.
ADDR is HOST:PORT, by default 127.0.0.1:8000; port 0 picks a free one.
`

// ServerMain is the program chat-server.
func ServerMain() {
	log.SetFlags(0)
	log.SetPrefix("chat-server: ")
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

	// Before the door opens: a signal that comes in between shall be polite too.
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)

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

	// A signal closes the door only. That makes Accept fail, which is how
	// the loop below learns that it is time to say goodbye to those inside.
	go func() {
		<-stop
		listener.Close()
	}()

	r := newRoom(os.Stdout)
	err = r.open(listener)
	r.close()
	if !errors.Is(err, net.ErrClosed) {
		log.Fatalf("accept on %s: %v", addr, cause(err))
	}
}

// open accepts callers until accepting fails.
// NOTE: one reason to fail is that this process may have no more sockets
// (EMFILE). We stop then, and say so. Lesson 4.5 is about crowds.
func (r *room) open(listener net.Listener) error {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		c := r.arrive(conn.(*net.TCPConn))
		r.serving.Go(func() { r.serve(c) })
	}
}
