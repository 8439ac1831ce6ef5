// Package tlsdoor stands before a server that speaks no TLS. It takes calls,
// unseals what the caller says, and passes it to the server over a plain socket.
//
//	tls-door [-name NAME] [-days N] [-proxy] [-to SERVER] -cert FILE [ADDR]
//
// Much of the web is built like this: the pages behind, the certificate at the
// door.
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
	"sync"
	"syscall"
	"time"

	"socklab/tools/cli"
)

const usage = `usage: tls-door [-name NAME] [-days N] [-proxy] [-to SERVER] -cert FILE [ADDR]

Takes TLS calls at ADDR, and passes on what is said to SERVER and back, in plain.
ADDR is HOST:PORT, by default 127.0.0.1:8443; port 0 picks a free one.

  -cert FILE   write the certificate to FILE, as PEM, for callers to trust; its
               key is new each time, and never leaves the program
  -name NAME   whose certificate: a host name or an IP address (default 127.0.0.1)
  -days N      how long it holds (default 1); -1: it ended yesterday
  -proxy       tell the server first who calls, in a line of the PROXY protocol;
               it must expect one
  -to SERVER   HOST:PORT of the server behind the door (default 127.0.0.1:8000)

When SERVER's connection is reset, the caller's ends without TLS's goodbye.
`

const (
	handshakeTimeout = 10 * time.Second // the longest wait for a caller's handshake, and for the call to the server
	idleTimeout      = 5 * time.Minute  // the longest silence of both sides, and the longest wait for one side to take a piece
	pieceSize        = 16 << 10         // bytes of one receive; a TLS record holds as many (RFC 8446, 5.1)
)

// Main is the program tls-door.
func Main() {
	cli.Begin("tls-door", usage)
	name := flag.String("name", "127.0.0.1", "")
	days := flag.Int("days", 1, "")
	server := flag.String("to", "127.0.0.1:8000", "")
	file := flag.String("cert", "", "")
	proxy := flag.Bool("proxy", false, "")
	flag.Parse()
	if *file == "" {
		cli.Misused()
	}
	if net.ParseIP(*name) == nil && !hostName().MatchString(*name) {
		log.Printf("-name %q: is neither a host name nor an IP address", *name)
		os.Exit(2)
	}
	if *days == 0 || *days < -36500 || *days > 36500 {
		log.Printf("-days %d: want 1 or more, or -1 or less, up to a hundred years", *days)
		os.Exit(2)
	}
	network, addr := cli.Address("127.0.0.1:8443") // no host is this machine, not every network

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

	// The key makes the door ours: nobody can speak for NAME without it. The
	// certificate is public, and callers want to read it, so it is there before
	// we say that we listen. But we write it only when we do listen, because FILE
	// may belong to another door that already listens here.
	certificate, public, err := newCertificate(*name, *days)
	if err != nil {
		log.Fatalf("make a certificate for %s: %v", *name, err)
	}
	if err := os.WriteFile(*file, public, 0o666); err != nil {
		// No certificate is better than a part of one. (A device isn't ours.)
		if info, lost := os.Lstat(*file); lost == nil && info.Mode().IsRegular() {
			os.Remove(*file)
		}
		log.Fatalf("write %s: %v", *file, cli.Cause(err))
	}
	cli.Announce(listener.Addr())

	serve(listener, &tls.Config{Certificates: []tls.Certificate{certificate}}, *server, *proxy)
}

// hostName is a host name that can stand in a certificate (RFC 1123, section
// 2.1).
var hostName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$`)
})

// serve accepts callers until the listener is closed.
func serve(listener net.Listener, config *tls.Config, server string, proxy bool) {
	freed := make(chan struct{}, 1) // a caller has left, and its descriptors are free
	var said time.Time
	for {
		conn, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			// Any other error passes: no descriptor is free for one more, or the
			// kernel has no memory, or the caller has gone again (accept(2)). It
			// is no reason to hang up on the callers who are here. A new one
			// waits in the kernel's queue; to ask again at once would only fail
			// again. So we wait until one has left, and try after a second in any
			// case.
			// NOTE: a caller that gets in with the last descriptor is hung up on
			// a moment later, because the call to the server needs another.
			if time.Since(said) > time.Minute {
				said = time.Now()
				log.Printf("accept on %s: %v: others wait at the door until a caller leaves", listener.Addr(), cli.Cause(err))
				log.Print("hint: a call takes two descriptors, and ulimit -n says how many a process may have")
			}
			select {
			case <-freed:
			case <-time.After(time.Second):
			}
			continue
		}
		go func() {
			if err := pass(conn.(*net.TCPConn), config, server, proxy); err != nil {
				cli.Complain("%v", err)
			}
			select {
			case freed <- struct{}{}:
			default: // the accept loop knows already that one has left
			}
		}()
	}
}

// pass serves one caller: it opens the door, and passes on both ways until both
// sides have ended.
func pass(conn *net.TCPConn, config *tls.Config, server string, proxy bool) error {
	defer conn.Close()

	// The handshake: the two agree on keys that a listener on the way can't know,
	// and we prove to be the one named in the certificate.
	sealed := tls.Server(conn, config)
	conn.SetDeadline(time.Now().Add(handshakeTimeout))
	if err := sealed.Handshake(); err != nil {
		// A caller that isn't sure of us says so in an alert, and leaves.
		return fmt.Errorf("TLS with %s: %v", conn.RemoteAddr(), cli.Cause(err))
	}
	conn.SetDeadline(time.Time{}) // from here on, each receive has its own

	plain, err := net.DialTimeout("tcp", server, handshakeTimeout)
	if err != nil {
		return fmt.Errorf("dial %s: %v", server, cli.Cause(err))
	}
	defer plain.Close()
	if proxy {
		plain.SetWriteDeadline(time.Now().Add(idleTimeout))
		if _, err := io.WriteString(plain, proxyLine(conn.RemoteAddr(), conn.LocalAddr())); err != nil {
			return fmt.Errorf("relay to %s: %v", server, cli.Cause(err))
		}
	}

	// An end is passed on as it came. The caller's goodbye becomes a half-close
	// to the server, and the server's close becomes TLS's goodbye, close_notify
	// (RFC 8446, section 6.1). A connection that ends in another way gets no
	// goodbye.
	//
	// NOTE: Go takes a missing goodbye of the caller for a goodbye. Here that
	// costs nothing: an HTTP request says itself where it ends.
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

// proxyLine says who calls whom. We can't say it in a header, for we don't read what
// we pass on; so it comes before the first byte (the PROXY protocol, section 2.1).
func proxyLine(from, to net.Addr) string {
	caller, door := from.(*net.TCPAddr).AddrPort(), to.(*net.TCPAddr).AddrPort()
	family := "TCP4"
	if caller.Addr().Unmap().Is6() {
		family = "TCP6"
	}
	return fmt.Sprintf("PROXY %s %s %s %d %d\r\n", family,
		caller.Addr().Unmap().WithZone(""), door.Addr().Unmap().WithZone(""), caller.Port(), door.Port())
}

// relay passes to one side what comes from the other, until that one ends. A
// caller that has asked is silent while the answer comes, so bytes from one side
// are a sign of life of both. When both are silent, the error may name either.
func relay(to, from net.Conn) error {
	piece := make([]byte, pieceSize)
	for {
		limit := time.Now().Add(idleTimeout)
		from.SetReadDeadline(limit)
		to.SetReadDeadline(limit) // the other relay reads there
		n, err := from.Read(piece)
		if n > 0 {
			to.SetDeadline(time.Now().Add(idleTimeout)) // to read, again, and to write
			if _, err := to.Write(piece[:n]); err != nil {
				return fmt.Errorf("relay to %v: %w", to.RemoteAddr(), cli.Cause(err))
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("relay from %v: %w", from.RemoteAddr(), cli.Cause(err))
		}
	}
}
