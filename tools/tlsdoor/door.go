// Package tlsdoor is the door of a server that speaks no TLS: it takes calls,
// unseals what the caller says, and says it to the server over a plain socket.
//
//	tls-door [-name NAME] [-days N] [-to SERVER] -cert FILE [ADDR]
//
// Much of the web is built so: the pages behind, the certificate at the door.
// Read lessons/5.4-https.md.
package tlsdoor

import (
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
	"time"
)

const usage = `usage: tls-door [-name NAME] [-days N] [-to SERVER] -cert FILE [ADDR]

Takes TLS calls at ADDR, and passes on what is said to SERVER and back, in plain.
ADDR is HOST:PORT, by default 127.0.0.1:8443; port 0 picks a free one.

  -cert FILE   write the certificate to FILE, as PEM, for callers to trust; its
               key is new each time, and never leaves the program
  -name NAME   whose certificate: a host name or an IP address (default 127.0.0.1)
  -days N      how long it holds (default 1); -1: it ended yesterday
  -to SERVER   HOST:PORT of the server behind the door (default 127.0.0.1:8000)

When SERVER's connection is reset, the caller's ends without TLS's goodbye.
`

const (
	handshakeLimit = 10 * time.Second // the longest wait for a caller's handshake, and for the server
	idleLimit      = 5 * time.Minute  // the longest silence of both sides, and wait for one to take a piece
	pieceSize      = 16 << 10         // bytes of one receive; a TLS record holds as many (RFC 8446, 5.1)
)

// Main is the program tls-door.
func Main() {
	log.SetFlags(0)
	log.SetPrefix("tls-door: ")
	name := flag.String("name", "127.0.0.1", "")
	days := flag.Int("days", 1, "")
	server := flag.String("to", "127.0.0.1:8000", "")
	file := flag.String("cert", "", "")
	flag.Usage = func() { fmt.Fprint(os.Stderr, usage) }
	flag.BoolFunc("h", "", func(string) error { fmt.Print(usage); os.Exit(0); return nil })
	flag.Parse()
	addr := "127.0.0.1:8443"
	switch {
	case *file == "" || flag.NArg() > 1:
		flag.Usage()
		os.Exit(2)
	case flag.NArg() == 1:
		addr = flag.Arg(0)
	}
	if net.ParseIP(*name) == nil && !hostName.MatchString(*name) {
		log.Printf("-name %q: is neither a host name nor an IP address", *name)
		os.Exit(2)
	}
	if *days == 0 || *days < -36500 || *days > 36500 {
		log.Printf("-days %d: want 1 or more, or -1 or less, up to a hundred years", *days)
		os.Exit(2)
	}
	if strings.HasPrefix(addr, ":") {
		addr = "127.0.0.1" + addr // else it would be every network we are on
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

	// The key makes the door ours: who doesn't have it can't speak for NAME.
	// The certificate is public, and callers want to read it. So it is there
	// before we say that we listen; but not before we do, for FILE may be that
	// of a door which already listens here.
	certificate, public, err := newCertificate(*name, *days)
	if err != nil {
		log.Fatalf("make a certificate for %s: %v", *name, err)
	}
	if err := os.WriteFile(*file, public, 0o666); err != nil {
		log.Fatalf("write %s: %v", *file, cause(err))
	}
	fmt.Printf("listening on %s\n", listener.Addr())

	err = serve(listener, &tls.Config{Certificates: []tls.Certificate{certificate}}, *server)
	log.Fatalf("accept on %s: %v", listener.Addr(), cause(err))
}

// hostName is what can stand in a certificate as one (RFC 1123, section 2.1).
var hostName = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$`)

// serve accepts callers until that fails for good.
func serve(listener net.Listener, config *tls.Config, server string) error {
	freed := make(chan struct{}, 1) // a caller has left, and its descriptors are free
	var said time.Time
	for {
		conn, err := listener.Accept()
		if exhausted(err) {
			// No descriptor is free for one more. That is no reason to hang up
			// on those who are here. Whoever comes waits in the kernel's queue;
			// to ask again at once would only fail again. So we wait until one
			// has left, and look after a second in any case.
			// NOTE: who gets in with the last one is hung up on a moment later,
			// for the call to the server needs another.
			if time.Since(said) > time.Minute {
				said = time.Now()
				log.Printf("accept on %s: %v: others wait at the door until a caller leaves", listener.Addr(), cause(err))
				log.Print("hint: a call takes two descriptors, and ulimit -n says how many a process may have")
			}
			select {
			case <-freed:
			case <-time.After(time.Second):
			}
			continue
		}
		if err != nil {
			return err
		}
		go func() {
			if err := pass(conn.(*net.TCPConn), config, server); err != nil {
				log.Print(err)
			}
			select {
			case freed <- struct{}{}:
			default: // it is known that one has left
			}
		}()
	}
}

// exhausted reports whether accepting failed for lack of something that comes
// back: descriptors of this process or of the whole system, or memory of the
// kernel (accept(2)).
func exhausted(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) ||
		errors.Is(err, syscall.ENOBUFS) || errors.Is(err, syscall.ENOMEM)
}

// pass opens the door for one caller, and passes on both ways until both sides
// have ended.
func pass(conn *net.TCPConn, config *tls.Config, server string) error {
	defer conn.Close()

	// The handshake: the two agree on keys that nobody knows who only listens,
	// and we prove to be the one whom the certificate names.
	sealed := tls.Server(conn, config)
	conn.SetDeadline(time.Now().Add(handshakeLimit))
	if err := sealed.Handshake(); err != nil {
		// Whoever isn't sure of us says so in an alert, and leaves.
		return fmt.Errorf("TLS with %s: %v", conn.RemoteAddr(), cause(err))
	}
	conn.SetDeadline(time.Time{}) // from here on, each receive has its own

	plain, err := net.DialTimeout("tcp", server, handshakeLimit)
	if err != nil {
		return fmt.Errorf("dial %s: %v", server, cause(err))
	}
	defer plain.Close()

	// An end is passed on as it came. The caller's goodbye is a half-close to
	// the server, and the server's close is TLS's goodbye, close_notify (RFC
	// 8446, section 6.1). What ends otherwise ends without one.
	//
	// NOTE: Go takes a caller's missing goodbye for one. Here it costs nothing:
	// an HTTP request says itself where it ends.
	asked := make(chan error, 1)
	go func() {
		err := relay(plain, sealed)
		if err == nil {
			plain.(*net.TCPConn).CloseWrite()
		} else {
			plain.Close() // which ends the relay below
		}
		asked <- err
	}()
	err = relay(sealed, plain)
	if err == nil {
		sealed.CloseWrite()
		conn.CloseWrite()
		<-asked // how a caller leaves after the whole answer is no concern of ours
		return nil
	}
	conn.Close() // the socket, not the seal: no goodbye
	plain.Close()
	if first := <-asked; errors.Is(err, net.ErrClosed) {
		return first // ours says only that the other relay has closed
	}
	return err
}

// relay says to one side what comes from the other, until that one ends. Whoever
// has asked is silent while the answer comes; so what is said by one side is a
// sign of life of both. When neither says anything, either may be named.
func relay(to, from net.Conn) error {
	piece := make([]byte, pieceSize)
	for {
		limit := time.Now().Add(idleLimit)
		from.SetReadDeadline(limit)
		to.SetReadDeadline(limit) // the other relay reads there
		n, err := from.Read(piece)
		if n > 0 {
			to.SetDeadline(time.Now().Add(idleLimit)) // to read, again, and to write
			if _, err := to.Write(piece[:n]); err != nil {
				return fmt.Errorf("relay to %v: %w", to.RemoteAddr(), cause(err))
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("relay from %v: %w", from.RemoteAddr(), cause(err))
		}
	}
}
