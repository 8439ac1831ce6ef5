// Package httpproxy stands between callers and servers of HTTP. It takes a request,
// calls the server itself, and passes on what each says to the other.
//
//	http-proxy [-to SERVER] [-tunnels PORTS] [-t DURATION] [ADDR]
//
// Read lessons/5.6-through-others.md.
package httpproxy

import (
	"bufio"
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
	"time"

	"socklab/tools/cli"
)

const usage = `usage: http-proxy [-to SERVER] [-tunnels PORTS] [-t DURATION] [ADDR]

Takes HTTP requests at ADDR, one on each connection, and passes them on.
ADDR is HOST:PORT, by default 127.0.0.1:8080; port 0 picks a free one.

  -to SERVER      HOST:PORT of the server to which all go (a reverse proxy), with
                  the caller's address added to X-Forwarded-For. Without it, each
                  request says whom it is for (a forward proxy):
                  GET http://HOST[:PORT]/PATH, or CONNECT HOST:PORT for a tunnel
  -tunnels PORTS  the ports to which tunnels may lead (default 443), as 443,8000
  -t DURATION     the longest wait for a server to take the call, and for its
                  next bytes (default 30s)

Where the server can't be called, the proxy itself answers 502; where the server is
silent, 504.
`

const (
	headTimeout = 10 * time.Second // the longest wait for a request's head
	headMax     = 64 << 10         // its longest: a stranger must not fill our memory
	pieceSize   = 16 << 10         // bytes of one receive, and of one line of the head
	goodbye     = time.Second      // the longest wait for a caller to close, too
	drainMax    = 1 << 20          // bytes that we read meanwhile
)

// options are what the command line asks for.
type options struct {
	to       string // the server of all requests, or "" if each names its own
	tunnels  []string
	patience time.Duration // with a server
}

// Main is the program http-proxy.
func Main() {
	cli.Begin("http-proxy", usage)
	var o options
	flag.StringVar(&o.to, "to", "", "")
	tunnels := flag.String("tunnels", "443", "")
	flag.DurationVar(&o.patience, "t", 30*time.Second, "")
	flag.Parse()
	o.tunnels = strings.Split(*tunnels, ",")
	if o.patience <= 0 {
		log.Printf("-t %v: leaves no time for an answer", o.patience)
		os.Exit(2)
	}
	network, addr := cli.Address("127.0.0.1:8080") // no host is this machine: a proxy for strangers is one for their mischief

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
	for {
		conn, err := listener.Accept()
		if err != nil {
			// It passes: no descriptor is free, or no memory, or the caller has
			// gone again (accept(2)). To ask again at once would only fail again.
			cli.Complain("accept on %s: %v", listener.Addr(), cli.Cause(err))
			time.Sleep(time.Second)
			continue
		}
		go func() {
			if err := o.serve(caller{conn.(*net.TCPConn), bufio.NewReaderSize(conn, pieceSize)}); err != nil {
				cli.Complain("%v: %v", conn.RemoteAddr(), err)
			}
		}()
	}
}

// A caller's bytes are read through a buffer: what comes in one piece with the head
// of the request stays there, and is not lost.
type caller struct {
	*net.TCPConn
	in *bufio.Reader
}

func (c caller) Read(piece []byte) (int, error) { return c.in.Read(piece) }

// serve passes on one request, and its answer. A tunnel is a request whose answer
// has no end.
//
// NOTE: the answer is passed on as it is. A proxy that keeps its connections reads
// where it ends, and answers with its own version and Via (RFC 9110, section 7.6.3).
func (o options) serve(c caller) error {
	defer c.hangUp()
	c.SetReadDeadline(time.Now().Add(headTimeout))
	q, err := readRequest(c.in)
	if err == io.EOF {
		return nil // it called and said nothing
	}
	if err != nil {
		return c.refuse("400 Bad Request", err)
	}
	server, status, err := o.route(&q)
	if err != nil {
		return c.refuse(status, err)
	}
	c.SetReadDeadline(time.Time{}) // from here on, the server's silence counts

	// The server's caller is this socket, and nobody else.
	conn, err := net.DialTimeout("tcp", server, o.patience)
	if err != nil {
		return c.refuse(unreachable(err), fmt.Errorf("dial %.200q: %w", server, cli.Cause(err)))
	}
	defer conn.Close()
	out := conn.(*net.TCPConn)
	if q.method == "CONNECT" {
		// From here on this is no HTTP: whatever comes is passed on.
		_, err = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
	} else {
		from, _, _ := net.SplitHostPort(c.RemoteAddr().String())
		out.SetWriteDeadline(time.Now().Add(o.patience))
		_, err = io.WriteString(out, q.onward(o.to != "", from))
	}
	if err != nil {
		return fmt.Errorf("write: %w", cli.Cause(err))
	}

	o.beginToWait(out)
	said := make(chan bool)
	go func() {
		if _, err := o.relay(out, c, out); err == nil {
			out.CloseWrite() // an end is passed on, too
		}
		close(said)
	}()
	n, err := o.relay(c, out, out)
	out.Close()
	switch {
	case n == 0 && q.method != "CONNECT" && err == nil:
		err = c.refuse("502 Bad Gateway", fmt.Errorf("%.200q closed without an answer", server))
	case n == 0 && q.method != "CONNECT":
		err = c.refuse(unreachable(err), fmt.Errorf("%.200q: %w", server, cli.Cause(err)))
	}
	c.CloseWrite()
	c.SetReadDeadline(time.Now().Add(goodbye))
	<-said
	return err
}

// beginToWait sets the clock of this hop: from now on the server may be silent for so
// long.
func (o options) beginToWait(server *net.TCPConn) {
	server.SetReadDeadline(time.Now().Add(o.patience))
}

// relay passes on what comes from one side until that ends, and says how many bytes
// came. A byte from either side gives the server new time.
func (o options) relay(to, from net.Conn, server *net.TCPConn) (n int, err error) {
	piece := make([]byte, pieceSize)
	for {
		k, err := from.Read(piece)
		n += k
		o.beginToWait(server)
		if k > 0 {
			to.SetWriteDeadline(time.Now().Add(o.patience))
			if _, err := to.Write(piece[:k]); err != nil {
				return n, fmt.Errorf("pass on to %v: %w", to.RemoteAddr(), cli.Cause(err))
			}
		}
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, fmt.Errorf("receive from %v: %w", from.RemoteAddr(), cli.Cause(err))
		}
	}
}

// unreachable is the status of an answer that a server did not give (RFC 9209,
// section 2.3).
func unreachable(err error) string {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return "504 Gateway Timeout"
	}
	return "502 Bad Gateway"
}

// refuse answers in the server's place. The caller learns the kind of trouble, and
// the one who keeps the proxy what it was.
func (c caller) refuse(status string, why error) error {
	text := "the proxy says: " + status + "\n"
	c.SetWriteDeadline(time.Now().Add(goodbye))
	fmt.Fprintf(c, "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", status, len(text), text)
	return fmt.Errorf("answered %s: %w", status, why)
}

// hangUp says the end and waits for the caller's: a close with bytes unread would be
// a reset, which can destroy the answer on its way.
func (c caller) hangUp() {
	c.CloseWrite()
	c.SetReadDeadline(time.Now().Add(goodbye))
	io.CopyN(io.Discard, c.in, drainMax)
	c.Close()
}
