// Package httpget asks a web server for a page, over a plain socket: split
// the URL, connect, send the request, receive until the end.
//
//	http-get [FLAG]... URL [URL]...
//
// Read lessons/5.1-http-get.md, and lessons/5.4-https.md for tls.go. This file is
// the story; flags.go says what else can be asked for.
package httpget

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"time"

	"golang.org/x/term"

	"socklab/tools/cli"
)

// Main is the program http-get.
func Main() {
	cli.Begin("http-get", usage)
	// A URL is for people. It holds three things for us: whom to call, which
	// name to say, and what to ask for.
	o := arguments()

	// Do first what can fail without the server, before we bother it.
	trust, err := authorities(o.cacert)
	if err != nil {
		log.Fatalf("read %s: %v", o.cacert, cli.Cause(err))
	}
	out := os.Stdout
	toFile := o.output != "" && o.output != "-"
	if toFile {
		if out, err = create(o.output); err != nil {
			log.Fatalf("open %s: %v", o.output, cli.Cause(err))
		}
	}
	shown := showProgress(out)
	var page io.Writer = out
	switch {
	case toFile:
		page = shown
	case o.output == "" && term.IsTerminal(int(out.Fd())):
		page = &terminal{File: out}
	}

	c := &client{options: o, trust: trust, page: page, report: newReport(o.verbose)}
	for i, q := range o.requests {
		// Where a redirect leads, only the answer says.
		q.keep = i+1 < len(o.requests) && q.to.sameServer(o.requests[i+1].to) && !q.follow
		if failed := c.visit(q); failed != nil {
			err = failed
			log.Print(failed)
			if hint := hintFor(failed, q.to.addr); hint != "" {
				log.Print("hint: ", hint)
			}
		}
	}
	c.hangUp()
	shown.end()
	if toFile {
		err = errors.Join(err, settle(out, o.output, err == nil))
	}
	if err != nil {
		os.Exit(1)
	}
}

// A client has one connection at most.
type client struct {
	options
	trust *x509.CertPool
	page  io.Writer

	to     target // whom it is connected with
	conn   net.Conn
	in     *wire
	answer *answer // what is read from the connection
	report *report // of -v
}

// ask is the conversation: one request, one answer. Its error says what failed,
// and with whom.
func (c *client) ask(q request, look view) (head, error) {
	if err := c.connect(q.to, look.raw); err != nil {
		return head{}, err
	}

	// The request is text. Each line ends with CR LF, and an empty line says
	// that it is complete; without it, the server would go on waiting.
	text := q.text()
	c.report.asks(text, len(q.data))
	c.in.came = time.Time{}
	c.conn.SetWriteDeadline(time.Now().Add(c.limit))
	_, err := c.conn.Write([]byte(text + q.data))
	if err != nil && q.data == "" {
		return head{}, fmt.Errorf("send to %s: %w", q.to.addr, cli.Cause(err))
	}

	// We don't half-close here, though we have no more to say. Some servers take
	// the end of our stream for a caller that has left, and drop the answer.
	h, why := c.answer.receive(q, look)
	if err != nil && why != nil {
		// A server may answer before it has read all that we send ("too
		// large"). This one closed, and said nothing.
		why = fmt.Errorf("send to %s: %w", q.to.addr, cli.Cause(err))
	}
	return h, why
}

// wire is the receiving half of a connection. Its timeout is for one silence, not
// for the whole answer: it starts again with every receive.
type wire struct {
	conn  net.Conn
	limit time.Duration
	err   error     // how the stream ended, once it did
	came  time.Time // when the first bytes came since it was set to zero
}

func (w *wire) Read(b []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	// One receive: as much as has arrived, at most len(b). An answer larger
	// than that takes many, and no receive ever says "this was the last":
	// only the next one, with no bytes and io.EOF, says the server has closed.
	w.conn.SetReadDeadline(time.Now().Add(w.limit))
	n, err := w.conn.Read(b)
	w.err = err
	if n > 0 && w.came.IsZero() {
		w.came = time.Now()
	}
	return n, err
}
