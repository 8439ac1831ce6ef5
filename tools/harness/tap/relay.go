//go:build unix

package tap

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"socklab/tools/harness/procfs"
)

// take connects a caller to the server.
func (t *Tap) take(client net.Conn) {
	who := t.log.open(client.RemoteAddr(), procfs.PeerOf(client), t.log.socketOf(client))
	// FallbackDelay: -1 because Happy Eyeballs would dial on other threads, which
	// are not on the tap's network.
	dialer := net.Dialer{Timeout: timeout, FallbackDelay: -1, Control: t.made}
	server, err := dialer.Dial(t.network, t.target)
	if err != nil {
		// The caller's kernel already has the connection. A reset could arrive
		// before or after the caller learns that; a FIN always arrives after.
		t.log.add(who, server2client, refused, nil)
		go hangUp(client)
		return
	}
	if !t.keep(client, server) {
		return
	}
	t.mu.Lock()
	t.live++
	t.links[client], t.links[server] = server, client
	t.mu.Unlock()

	r := &relay{log: t.log, who: who, client: client, server: server}
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
	log            *log
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
			if err := p.put(buf[:n]); err != nil {
				if err != errCut && err != errReset && !errors.Is(err, net.ErrClosed) {
					// The other side takes no more: it has closed, and its kernel
					// answers with a reset.
					r.abort(!d)
				}
				return
			}
		}
		switch {
		case err == nil:
		case err == io.EOF:
			r.log.add(r.who, d, closes, nil)
			if p.close() != nil {
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
