//go:build unix

// Package tap is a recording relay: it stands in front of a server, passes on
// exactly what each side does, and keeps a transcript of the stream.
//
// It passes on bytes in their order, the end of one direction (half-close,
// shutdown(2)) and a reset (RFC 9293 section 3.10.7). It keeps the order in which
// the sides did so. Each event is recorded before the other side can see it. So its
// consequences come after it in the transcript.
package tap

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"socklab/tools/harness/netns"
	"socklab/tools/harness/recording"
)

// A Tap listens in front of one server.
type Tap struct {
	network  string
	target   string
	ends     []io.Closer // its listeners
	addr     net.Addr
	log      *log
	made     func(network, addr string, raw syscall.RawConn) error
	behind   func(caller net.Addr) (callerGroup, serverGroup int)
	connect  func(caller net.Conn) (net.Conn, error)
	away     func(func())
	examine  *Examinee
	received func(to net.Conn, sent int) bool

	onNetwork func(func())  // runs a function on a thread of the network; nil for UDP
	stopped   chan struct{} // closed by Stop

	mu     sync.Mutex
	faults map[direction]*Faults
	pipes  map[*pipe]bool
	held   int // bytes that all pipes keep back
	open   map[net.Conn]bool
	links  map[net.Conn]net.Conn // the two connections of a relay, each under the other
	over   bool
	quiet  *sync.Cond // signalled when a connection has ended
	live   int        // connections that have not ended

	queued func() bool  // a caller waits in the listener's queue
	taking atomic.Int32 // callers that are on their way to the server
}

// timeout is how long the tap tries to connect to the server.
const timeout = 10 * time.Second

// Config is the configuration of a tap.
type Config struct {
	Name      string               // of the tap
	Network   string               // "tcp", "unix" or "udp"
	Listen    string               // the tap's own address
	Target    string               // the server's
	On        *netns.Net           // the script's network; nil is the calling thread's
	Recording *recording.Recording // gets what passes, unless it is nil

	// Made, if set, gets the tap's own sockets before they do anything, as Control of
	// net.Dialer does. Owner, if set, says who has a socket, by its inode; "" is nobody.
	Made  func(network, addr string, raw syscall.RawConn) error
	Owner func(socket uint64) string

	// Behind, if set, knows the process groups of a caller and of the server where
	// other relays stand between them and the tap; 0 is unknown.
	Behind func(caller net.Addr) (callerGroup, serverGroup int)
	// Received, if set, reports whether whoever is behind such a relay has received
	// what the tap has sent to it.
	Received func(to net.Conn, sent int) bool
	// Connect, if set, connects a caller to a server on another network. Away runs a
	// function on a thread of that network.
	Connect func(caller net.Conn) (net.Conn, error)
	Away    func(func())
	// Examine, if set, is the program in whose place the tap makes a mistake.
	Examine *Examinee
}

// Start begins to listen. Call it on a thread of the tap's network. The error is
// net.Listen's, or says that the network can't be entered.
func Start(c Config) (*Tap, error) {
	t := &Tap{
		network: c.Network, target: c.Target, log: newLog(c), made: c.Made,
		behind: c.Behind, received: c.Received, connect: c.Connect, away: c.Away, examine: c.Examine,
		open: map[net.Conn]bool{}, links: map[net.Conn]net.Conn{}, pipes: map[*pipe]bool{},
		faults: map[direction]*Faults{client2server: {}, server2client: {}}, stopped: make(chan struct{}),
	}
	t.quiet = sync.NewCond(&t.mu)
	if e := c.Examine; e != nil {
		*t.faults[e.way()] = e.faults()
	}
	if strings.HasPrefix(c.Network, "udp") {
		return t, t.startPackets(c)
	}
	listen := net.ListenConfig{KeepAlive: -1, Control: c.Made}
	l, err := listen.Listen(context.Background(), c.Network, c.Listen)
	if err != nil {
		return nil, err
	}
	t.addr, t.ends, t.queued = l.Addr(), []io.Closer{l}, func() bool { return readable(l) }
	if t.onNetwork, err = c.On.Thread(t.stopped); err == nil {
		err = c.On.Go(func() {
			for {
				client, err := l.Accept()
				if err != nil {
					return
				}
				t.taking.Add(1)
				t.take(client)
				t.taking.Add(-1)
			}
		})
	}
	if err != nil {
		t.Stop()
		return nil, err
	}
	return t, nil
}

// Addr is the tap's own address.
func (t *Tap) Addr() string { return t.addr.String() }

// Connecting reports whether a caller has called and is not yet connected with the
// server: to find out who calls takes a while where the machine is busy.
func (t *Tap) Connecting() bool { return t.queued() || t.taking.Load() > 0 }

// readable reports whether a listener has somebody to accept, or a datagram has come.
func readable(l any) (ready bool) {
	c, ok := l.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return false
	}
	raw.Control(func(fd uintptr) {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
		ready = err == nil && n == 1
	})
	return ready
}

// Finish waits until every connection has ended, so that the transcript is whole. At
// the deadline the error says how many are still open.
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

// Refuse makes the tap take no more calls. Those that it has taken go on.
func (t *Tap) Refuse() {
	for _, l := range t.ends {
		l.Close()
	}
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
	t.log.diag.Close()
	// A goroutine that waits in a pipe does not notice that its sockets are closed.
	for _, p := range t.allPipes() {
		p.stop(net.ErrClosed)
	}
}

// Stream is the transcript, one line for each event. Bytes that one side sends
// without an answer in between are one line. When both sides close with nothing sent
// in between, the server's close comes first. With chunks every piece and every
// close is shown as it came. name returns the actor that has an address or leads a
// process group; "" if none does.
func (t *Tap) Stream(chunks bool, name func(addr string, group int) string) string {
	return t.log.transcript(chunks, name)
}

// PeerOf finds the tap's connection with these two addresses, its own first. It
// returns the addresses of the other connection of that relay; "" if the tap has no
// such connection.
func (t *Tap) PeerOf(local, remote string) (farLocal, farRemote string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for c, far := range t.links {
		if c.LocalAddr().String() == local && c.RemoteAddr().String() == remote {
			return far.LocalAddr().String(), far.RemoteAddr().String()
		}
	}
	return "", ""
}

// keep notes connections, to close them in Stop. It returns false if the tap was
// already stopped.
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
