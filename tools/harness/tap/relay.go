//go:build unix

package tap

import (
	"cmp"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"socklab/tools/harness/procfs"
)

// littleBuffer is the size in bytes of a socket's buffers where relays are not to be seen.
const littleBuffer = 48 << 10

// take connects a caller to the server.
func (t *Tap) take(client net.Conn) {
	group, socket := 0, uint64(0)
	if !t.log.blind {
		group, socket = procfs.PeerOf(client), t.log.socketOf(client)
	}
	who := t.log.open(client.RemoteAddr(), group, socket)
	if t.behind != nil {
		caller, server := t.behind(client.RemoteAddr())
		who.client, who.server = cmp.Or(caller, who.client), cmp.Or(server, who.server)
	}
	var talk *talk
	if t.examine != nil {
		var taken bool
		if talk, taken = t.examine.calls(); !taken {
			go hangUp(client)
			return
		}
	}
	connect := t.connect
	if connect == nil {
		// FallbackDelay: -1 because Happy Eyeballs would dial on other threads, which
		// are not on the tap's network.
		dialer := net.Dialer{Timeout: timeout, FallbackDelay: -1, KeepAlive: -1, Control: t.made}
		connect = func(net.Conn) (net.Conn, error) { return dialer.Dial(t.network, t.target) }
	}
	server, err := connect(client)
	if err != nil {
		// The caller's kernel already has the connection. A reset could arrive
		// before or after the caller learns that; a FIN always arrives after.
		t.log.add(who, server2client, refused, nil)
		go hangUp(client)
		return
	}
	if t.connect != nil {
		// Nobody is to notice that more fits into two connections than into one.
		for _, c := range []net.Conn{client, server} {
			if c, ok := c.(*net.TCPConn); ok {
				c.SetReadBuffer(littleBuffer)
				c.SetWriteBuffer(littleBuffer)
			}
		}
	}
	if !t.keep(client, server) {
		return
	}
	t.mu.Lock()
	t.live++
	t.links[client], t.links[server] = server, client
	t.mu.Unlock()

	r := &relay{tap: t, log: t.log, who: who, client: client, server: server, talk: talk}
	r.over = sync.OnceFunc(func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.live--
		t.quiet.Broadcast()
	})
	r.pipes = map[direction]*pipe{
		client2server: newPipe(t, client2server, server),
		server2client: newPipe(t, server2client, client),
	}
	if talk != nil {
		from, to := r.sides(t.examine.way())
		talk.begins(from, to, r.pipes[t.examine.way()].put)
	}
	go func() {
		var both sync.WaitGroup
		for way, p := range r.pipes {
			t.mu.Lock()
			t.pipes[p] = true
			t.mu.Unlock()
			both.Go(func() { r.pass(way) })
			both.Go(func() { r.fault(way, p.run()) })
		}
		both.Wait()
		client.Close()
		server.Close()
		t.mu.Lock()
		for _, p := range r.pipes {
			delete(t.pipes, p)
		}
		delete(t.open, client)
		delete(t.open, server)
		delete(t.links, client)
		delete(t.links, server)
		t.mu.Unlock()
		r.over()
	}()
}

// A relay is one connection from a caller through the tap to the server.
type relay struct {
	tap            *Tap
	log            *log
	talk           *talk // of a program in whose place mistakes are made, or nil
	who            *parties
	client, server net.Conn
	pipes          map[direction]*pipe
	reset          sync.Once
	over           func() // tells the log to record nothing more
}

func (r *relay) sides(d direction) (from, to net.Conn) {
	if d == client2server {
		return r.client, r.server
	}
	return r.server, r.client
}

// pass relays what one side sends, until it ends.
func (r *relay) pass(d direction) {
	from, to := r.sides(d)
	p := r.pipes[d]
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			r.log.add(r.who, d, data, buf[:n])
			if err := p.put(r.changed(d, buf[:n])); err != nil {
				if err != errCut && err != errReset && !errors.Is(err, net.ErrClosed) {
					// The other side takes no more: it has closed, and its kernel
					// answers with a reset.
					r.abort(!d)
				}
				return
			}
			p.took(n)
		}
		switch {
		case err == nil:
		case err == io.EOF:
			r.log.add(r.who, d, closes, nil)
			reset := r.ends(d)
			if p.close() != nil {
				return
			}
			if reset {
				r.tap.awaitReceived(d, to, 0) // a reset destroys bytes that were not received yet
				r.abort(d)
				return
			}
			if half, ok := to.(interface{ CloseWrite() error }); ok {
				half.CloseWrite()
			}
			return
		case errors.Is(err, net.ErrClosed):
			p.stop(err)
			return // closed by ourselves, in the other direction
		default:
			p.stop(err)
			r.abort(d)
			return
		}
	}
}

// changed is what becomes of bytes on their way, where mistakes are made.
func (r *relay) changed(d direction, b []byte) []byte {
	switch {
	case r.talk == nil:
		return b
	case d == r.talk.of.way():
		return r.talk.says(b)
	}
	r.talk.hears()
	return b
}

// ends sends on what a mistake has kept back until the end, and reports whether the
// mistake is to reset the connection then.
func (r *relay) ends(d direction) (reset bool) {
	if r.talk == nil || d != r.talk.of.way() {
		return false
	}
	rest, reset := r.talk.ends()
	r.pipes[d].put(rest)
	return reset
}

// fault ends a connection if the faults say so.
func (r *relay) fault(d direction, err error) {
	switch err {
	case errCut:
		r.log.add(r.who, d, cutHere, nil)
	case errReset:
		r.log.add(r.who, d, resetHere, nil)
		for _, c := range []net.Conn{r.client, r.server} {
			if c, ok := c.(*net.TCPConn); ok {
				c.SetLinger(0)
			}
		}
	default:
		return
	}
	r.over()
	// Both sides see the end, and so does the goroutine of the other direction.
	r.pipes[!d].stop(err)
	var ends sync.WaitGroup
	for _, c := range []net.Conn{r.client, r.server} {
		if err == errCut {
			ends.Go(func() { hangUp(c) })
		} else {
			c.Close()
		}
	}
	ends.Wait()
}

// abort passes a reset on.
func (r *relay) abort(d direction) {
	r.reset.Do(func() {
		from, to := r.sides(d)
		r.log.add(r.who, d, resets, nil)
		for _, p := range r.pipes {
			p.stop(net.ErrClosed)
		}
		abort(to)
		from.Close()
	})
}

// hangUp sends FIN to a caller and waits until the caller closes too. Closing a
// socket with unread bytes would send a reset (RFC 1122, 4.2.2.13).
func hangUp(client net.Conn) {
	defer client.Close()
	client.SetDeadline(time.Now().Add(timeout))
	if half, ok := client.(interface{ CloseWrite() error }); ok {
		half.CloseWrite()
	}
	io.Copy(io.Discard, client)
}

// abort closes a connection with a reset (socket(7), SO_LINGER with a time of 0).
// AF_UNIX has none: there it closes.
func abort(c net.Conn) {
	if c, ok := c.(*net.TCPConn); ok {
		c.SetLinger(0)
	}
	c.Close()
}
