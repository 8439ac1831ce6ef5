// Package tap is a recording relay: it stands in front of a server, passes on
// exactly what each side does, and keeps a transcript of the stream.
//
// What it passes on: bytes in their order, the end of one direction
// (half-close, shutdown(2)), a reset (RFC 9293 section 3.10.7), and who did so
// first. Each event is recorded before the other side can know of it, so what
// follows from it comes after it in the transcript.
package tap

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"
)

// A Tap listens in front of one server.
type Tap struct {
	network string
	target  string
	ends    []io.Closer // what it listens with
	addr    net.Addr
	log     *log

	unread  func(to net.Conn) int
	stopped chan struct{} // closed by Stop

	mu     sync.Mutex
	faults map[direction]*Faults
	pipes  map[*pipe]bool
	held   int // bytes that the pipes keep back
	open   map[net.Conn]bool
	links  map[net.Conn]net.Conn // each of a relay's two connections to the other
	over   bool
	quiet  *sync.Cond // signalled when a connection has ended
	live   int        // connections that haven't
}

// patience is how long the tap waits for the server to take a call.
const patience = 10 * time.Second

// Config is what a tap needs to know.
type Config struct {
	Network string // "tcp", "unix" or "udp"
	Listen  string // the tap's own address
	Target  string // the server's
	// Enter is called on each goroutine that opens sockets, which it may lock
	// to a thread to put it on another network.
	Enter func() error
	// Owner is the process group that has a socket, 0 if that isn't known: the
	// other end of a connection, or without one whoever sends from an address,
	// or with neither the one at the target.
	Owner func(client net.Conn, from net.Addr) int
	// Unread is how many bytes the program at the other end of a connection has
	// yet to receive, 0 if that isn't known. It is called on a goroutine that
	// was entered.
	Unread func(to net.Conn) int
}

// Start begins to listen. Call it on a goroutine that is on the tap's network.
func Start(c Config) (*Tap, error) {
	t := &Tap{
		network: c.Network, target: c.Target, log: &log{owner: c.Owner},
		open: map[net.Conn]bool{}, links: map[net.Conn]net.Conn{}, pipes: map[*pipe]bool{},
		faults: map[direction]*Faults{client2server: {}, server2client: {}}, stopped: make(chan struct{}),
	}
	t.quiet = sync.NewCond(&t.mu)
	if strings.HasPrefix(c.Network, "udp") {
		return t, t.startPackets(c)
	}
	l, err := net.Listen(c.Network, c.Listen)
	if err != nil {
		return nil, err
	}
	if c.Unread != nil {
		t.unread = onOneThread(c.Enter, c.Unread, t.stopped)
	}
	t.addr, t.ends = l.Addr(), []io.Closer{l}
	entered := make(chan struct{})
	defer func() { <-entered }()
	go func() {
		err := c.Enter()
		close(entered)
		if err != nil {
			t.log.note("the tap can't reach the network: " + err.Error())
			l.Close()
			return
		}
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			t.take(client)
		}
	}()
	return t, nil
}

// Addr is where the tap listens.
func (t *Tap) Addr() string { return t.addr.String() }

// take connects a caller to the server.
func (t *Tap) take(client net.Conn) {
	who := t.log.open(client, client.RemoteAddr())
	// FallbackDelay: a race of addresses would dial on other threads, which are
	// not on the tap's network.
	dialer := net.Dialer{Timeout: patience, FallbackDelay: -1}
	server, err := dialer.Dial(t.network, t.target)
	if err != nil {
		// The caller's kernel has its connection already. A reset could come
		// before the caller knows that, or after; an end always comes after.
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
	over           func() // says that nothing more will be recorded
}

func (r *relay) sides(d direction) (from, to net.Conn) {
	if d == client2server {
		return r.client, r.server
	}
	return r.server, r.client
}

// pass hands on what one side says until it has nothing more to say.
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
					// The other side takes no more: it has closed, and its
					// kernel answers with a reset.
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
			return // by ourselves, in the other direction
		default:
			p.stop(err)
			r.abort(d)
			return
		}
	}
}

// fault ends a connection where the faults say so.
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
	// Both sides see it, and whoever waits in here for the other direction too.
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

// abort hands on a reset.
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

// hangUp says goodbye to a caller and waits until that one has left too, for
// closing a socket with unread bytes in it would be a reset (RFC 1122, 4.2.2.13).
func hangUp(client net.Conn) {
	defer client.Close()
	client.SetDeadline(time.Now().Add(patience))
	if half, ok := client.(interface{ CloseWrite() error }); ok {
		half.CloseWrite()
	}
	io.Copy(io.Discard, client)
}

// abort closes a connection so that the other side sees a reset (socket(7),
// SO_LINGER with a time of 0). AF_UNIX has none: there it closes.
func abort(c net.Conn) {
	if c, ok := c.(*net.TCPConn); ok {
		c.SetLinger(0)
	}
	c.Close()
}

// Finish waits until every connection has ended, so that the transcript is
// whole. It says which haven't when the deadline passes.
func (t *Tap) Finish(deadline time.Time) error {
	timer := time.AfterFunc(time.Until(deadline), func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.quiet.Broadcast()
	})
	defer timer.Stop()
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.live > 0 {
		if !time.Now().Before(deadline) {
			return fmt.Errorf("%d of its connections are still open", t.live)
		}
		t.quiet.Wait()
	}
	return nil
}

// Stop ends the tap and its connections.
func (t *Tap) Stop() {
	for _, l := range t.ends {
		l.Close()
	}
	t.mu.Lock()
	if !t.over {
		close(t.stopped)
	}
	t.over = true
	for c := range t.open {
		c.Close()
	}
	t.mu.Unlock()
	// Whoever waits in a pipe does not see its sockets close.
	for _, p := range t.allPipes() {
		p.stop(net.ErrClosed)
	}
}

// Stream is the transcript: a line for each event. What one side says without
// an answer in between is one line, and when both sides close with nothing
// said in between, the server's is shown first. chunks asks for every piece
// and every close as it came. name says who has an address, or leads a
// process group; "" is for nobody that it knows.
func (t *Tap) Stream(chunks bool, name func(addr string, group int) string) string {
	return t.log.text(chunks, name)
}

// Beyond finds the tap's connection that has these two addresses, its own first,
// and returns those of the other connection through which it goes on: "" for
// one that isn't the tap's.
func (t *Tap) Beyond(local, remote string) (farLocal, farRemote string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for c, far := range t.links {
		if c.LocalAddr().String() == local && c.RemoteAddr().String() == remote {
			return far.LocalAddr().String(), far.RemoteAddr().String()
		}
	}
	return "", ""
}

// keep remembers a connection, to close it at the end. It reports false when
// the end has come already.
func (t *Tap) keep(conns ...net.Conn) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range conns {
		if t.over {
			c.Close()
		} else {
			t.open[c] = true
		}
	}
	return !t.over
}

// onOneThread makes f run on a goroutine of its own that was entered, until
// stopped.
func onOneThread(enter func() error, f func(net.Conn) int, stopped <-chan struct{}) func(net.Conn) int {
	type call struct {
		of     net.Conn
		answer chan int
	}
	calls := make(chan call)
	entered := make(chan struct{})
	go func() {
		err := enter()
		close(entered)
		for {
			select {
			case c := <-calls:
				if err != nil {
					c.answer <- 0
					continue
				}
				c.answer <- f(c.of)
			case <-stopped:
				return
			}
		}
	}()
	<-entered // a network that is left can't be entered any more
	return func(of net.Conn) int {
		c := call{of, make(chan int, 1)}
		select {
		case calls <- c:
			return <-c.answer
		case <-stopped:
			return 0
		}
	}
}
