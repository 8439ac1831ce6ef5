package httpget

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httptrace"
	"os"
	"slices"
	"time"

	"socklab/tools/cli"
)

// connect connects with a server, unless the client already is. What the server
// sends is copied to raw before anybody looks at it.
func (c *client) connect(to target, raw io.Writer) error {
	c.report.begin()
	if c.conn != nil {
		c.report.say("the connection with %s again", c.to.addr)
		return nil
	}
	// Dial asks the resolver for the host's addresses and connects to the
	// first that agrees. HTTP is only a habit of talking: to the kernel, this
	// is a TCP connection like any other.
	asks := httptrace.WithClientTrace(context.Background(), c.report.dials())
	dialer := net.Dialer{Timeout: c.limit}
	network := to.network
	if network == "tcp" {
		network += c.family // tcp4, tcp6
	}
	conn, err := dialer.DialContext(asks, network, to.addr)
	if err != nil {
		return fmt.Errorf("dial %s: %w", to.addr, cli.Cause(err))
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		conn = &bursts{TCPConn: tcp} // in bursts.go: for large answers
	}
	c.report.connected(conn.LocalAddr().String())
	in := &wire{conn: conn, limit: c.limit}

	// With https the same words travel sealed. The seal (in tls.go) is written
	// and read like the socket, which it writes and reads in turn.
	if to.secure {
		sealed, err := seal(in, to, c.trust)
		if err != nil {
			conn.Close()
			return err
		}
		c.report.sealed(sealed.ConnectionState())
		conn, in = &goodbye{sealed, conn}, &wire{conn: sealed, limit: c.limit}
	}
	c.to, c.conn, c.in = to, conn, in
	c.answer = &answer{in: in, stream: bufio.NewReaderSize(io.TeeReader(in, raw), pieceSize)}
	return nil
}

// hangUp closes the connection, if there is one.
func (c *client) hangUp() {
	if c.conn != nil {
		c.conn.Close()
	}
	c.conn, c.in, c.answer = nil, nil, nil
}

// keeps reports whether the connection can have another request after an answer:
// neither side has said that it will close (RFC 9112, section 9.3), and the answer
// ended before the stream. What lies behind its end answers nothing that we asked.
func (c *client) keeps(q request, h head) bool {
	return q.keep && h.minor != '0' && !slices.Contains(h.list("connection"), "close") && c.in.err == nil && c.answer.framed != "" && c.answer.stream.Buffered() == 0
}

// again asks once more, on a new connection, if the server has closed the old one
// while our request was on its way to it. The server may have read it all the same:
// so only what may be done twice is repeated (RFC 9112, section 9.3.1).
func (c *client) again(q request, look view) (head, error) {
	used := c.conn != nil
	h, err := c.ask(q, look)
	late := c.in != nil && errors.Is(errors.Join(err, c.in.err), os.ErrDeadlineExceeded)
	if err == nil || !used || late || !c.came().IsZero() {
		return h, err
	}
	if !q.idempotent() {
		return h, fmt.Errorf("%w, on a connection that was used before; nobody knows whether the %s was done", err, q.method)
	}
	c.report.say("the server has closed this connection; once more, on a new one")
	c.hangUp()
	return c.ask(q, look)
}

// came is when the answer began to come; zero if it did not.
func (c *client) came() time.Time {
	if c.in == nil {
		return time.Time{}
	}
	return c.in.came
}

// sameServer reports whether one connection serves both.
func (t target) sameServer(other target) bool {
	return t.network == other.network && t.addr == other.addr && t.secure == other.secure && t.name == other.name
}

// A goodbye is a sealed connection, with the socket beneath. Closing says goodbye,
// and then closes the socket.
type goodbye struct {
	net.Conn
	socket net.Conn
}

func (g *goodbye) Close() error {
	g.SetWriteDeadline(time.Now().Add(time.Second))
	g.Conn.Close()
	return g.socket.Close()
}
