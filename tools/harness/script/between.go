//go:build unix

package script

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync"
	"syscall"
	"time"

	"socklab/tools/harness/actor"
	"socklab/tools/harness/netns"
	"socklab/tools/harness/procfs"
	"socklab/tools/harness/tap"
)

// A between stands between the actors of a script that is examined. Each program has
// a network of its own, and wherever somebody listens, a relay listens at the same
// address in all other networks. So nobody's address changes, and all that is said over
// TCP passes a relay.
type between struct {
	exam    *tap.Exam
	network *netns.Net
	owner   func(socket uint64) (scripts, ofTap bool) // who listens in the script's own network
	stopped chan struct{}

	mu        sync.Mutex
	nodes     []*node
	listeners []*listener
	relays    []*tap.Tap
	calls     map[outgoing]*node // who is behind a relay's own connections
}

// A node is a network: the script's own, or that of one program.
type node struct {
	net     *netns.Net
	run     func(func()) // on a thread that is there
	diag    *procfs.Diag
	program *actor.Program // nil in the script's own
}

// A listener is a socket that listens.
type listener struct {
	at     *node
	socket procfs.Listener
	relays map[*node]*tap.Tap
	asks   *tap.Examinee // nil where no mistake is to be made: behind it is a tap of the script's
}

// An outgoing connection is known by where it goes, and by its own address.
type outgoing struct {
	to   *node
	addr string
}

// lookForListeners is how often a between looks for sockets that listen while a command
// runs. It also looks before each command.
const lookForListeners = 25 * time.Millisecond

func newBetween(exam *tap.Exam, network *netns.Net, owner func(uint64) (bool, bool)) (*between, error) {
	if !netns.Available() {
		return nil, errors.New("an exam needs a private network")
	}
	b := &between{exam: exam, network: network, owner: owner, stopped: make(chan struct{}), calls: map[outgoing]*node{}}
	if _, err := b.add(network); err != nil {
		return nil, err
	}
	go func() {
		for {
			select {
			case <-time.After(lookForListeners):
				b.look()
			case <-b.stopped:
				return
			}
		}
	}()
	return b, nil
}

// add enters a network among the nodes.
func (b *between) add(n *netns.Net) (*node, error) {
	p := &node{net: n}
	var err error
	if p.run, err = n.Thread(b.stopped); err != nil {
		return nil, err
	}
	p.run(func() { p.diag, err = procfs.OpenDiag() })
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.nodes = append(b.nodes, p)
	return p, nil
}

// start calls a function that starts a program, on a node of its own, in which relays
// listen already.
func (b *between) start(run func() error, program **actor.Program) error {
	n, err := b.network.Beside()
	if err != nil {
		return err
	}
	p, err := b.add(n)
	if err != nil {
		n.Leave()
		return err
	}
	b.look()
	b.mu.Lock() // the program may call before its start has returned; behind waits to hear who it is
	defer b.mu.Unlock()
	err = b.network.On(n, run)
	p.program = *program
	return err
}

// look puts relays in front of whoever has begun to listen, and takes those away whose
// listener is gone.
func (b *between) look() {
	b.mu.Lock()
	defer b.mu.Unlock()
	var now []*listener
	for _, at := range b.nodes {
		for _, l := range at.diag.Listeners() {
			if l.Network == "tcp" && !b.relaysAt(at, l.Addr) {
				now = append(now, &listener{at: at, socket: l})
			}
		}
	}
	same := func(d *listener) func(*listener) bool {
		return func(other *listener) bool { return other.at == d.at && other.socket == d.socket }
	}
	b.listeners = slices.DeleteFunc(b.listeners, func(d *listener) bool {
		gone := !slices.ContainsFunc(now, same(d))
		if gone {
			for _, relay := range d.relays {
				relay.Refuse()
			}
		}
		return gone
	})
	for _, d := range now {
		if !slices.ContainsFunc(b.listeners, same(d)) {
			d.relays = map[*node]*tap.Tap{}
			scripts, ofTap := false, false
			if d.at == b.nodes[0] {
				scripts, ofTap = b.owner(d.socket.Inode)
			}
			if !ofTap {
				d.asks = &tap.Examinee{Exam: b.exam, Calls: scripts}
			}
			b.listeners = append(b.listeners, d)
		}
	}
	for _, d := range b.listeners {
		for _, p := range b.nodes {
			if p != d.at && d.relays[p] == nil {
				b.relay(d, p)
			}
		}
	}
}

// relaysAt reports whether a relay listens there.
func (b *between) relaysAt(at *node, addr netip.AddrPort) bool {
	return slices.ContainsFunc(b.listeners, func(d *listener) bool { return d.relays[at] != nil && d.socket.Addr == addr })
}

// relay lets one listen on a node, for a listener on another.
func (b *between) relay(d *listener, p *node) {
	network := "tcp6"
	switch addr := d.socket.Addr.Addr(); {
	case addr.Is4():
		network = "tcp4"
	case addr.IsUnspecified() && !d.socket.V6Only:
		network = "tcp"
	}
	var t *tap.Tap
	var err error
	p.run(func() {
		t, err = tap.Start(tap.Config{
			Network: network, Listen: d.socket.Addr.String(), Target: d.socket.Addr.String(), On: p.net,
			Connect: func(caller net.Conn) (net.Conn, error) { return b.connect(d, p, caller) },
			Away:    d.at.run, Examine: d.asks,
		})
	})
	if err != nil {
		return // the program there has that address itself, and calls itself
	}
	d.relays[p] = t
	b.relays = append(b.relays, t)
}

// connect connects a caller to whoever listens, from the caller's own address.
func (b *between) connect(d *listener, from *node, caller net.Conn) (c net.Conn, err error) {
	const patience = 10 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	call := func(own net.Addr) outgoing { return outgoing{d.at, own.String()} }
	b.mu.Lock()
	b.calls[call(caller.RemoteAddr())] = from // a tap of the script's may ask as soon as it has the call
	b.mu.Unlock()
	d.at.run(func() {
		dialer := net.Dialer{FallbackDelay: -1, KeepAlive: -1, LocalAddr: caller.RemoteAddr()}
		c, err = dialer.DialContext(ctx, "tcp", caller.LocalAddr().String())
		if errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, syscall.EADDRNOTAVAIL) {
			dialer.LocalAddr = nil
			c, err = dialer.DialContext(ctx, "tcp", caller.LocalAddr().String())
		}
	})
	if err == nil && c == nil {
		err = net.ErrClosed
	}
	if err == nil {
		b.mu.Lock()
		b.calls[call(c.LocalAddr())] = from
		b.mu.Unlock()
	}
	return c, err
}

// behind are the process groups of who called a tap of the script's, and of whoever
// listens where that calls.
func (b *between) behind(target string) func(net.Addr) (int, int) {
	group := func(p *node) int {
		if p == nil || p.program == nil {
			return 0
		}
		return p.program.Group()
	}
	return func(caller net.Addr) (callerGroup, serverGroup int) {
		b.mu.Lock()
		defer b.mu.Unlock()
		callerGroup = group(b.calls[outgoing{b.nodes[0], caller.String()}])
		for _, d := range b.listeners {
			if d.socket.Addr.String() == target {
				serverGroup = group(d.at)
			}
		}
		return callerGroup, serverGroup
	}
}

// received reports whether whoever is behind a relay has received all that a tap of the
// script's has sent.
func (b *between) received(to net.Conn, sent int) bool {
	b.mu.Lock()
	relays := slices.Clone(b.relays)
	b.mu.Unlock()
	for _, t := range relays {
		if all, known := t.Received(to.LocalAddr().String(), to.RemoteAddr().String(), sent); known {
			return all
		}
	}
	return true
}

// settle waits until nothing is on its way any more, as it is without relays: what one
// has sent, the other's kernel has. A relay whose receiver takes nothing more keeps the
// rest; it has passed nothing on in so many looks.
func (b *between) settle() {
	const pause, looks = 5 * time.Millisecond, 40
	passed := -1
	for look := 0; look < looks && !b.rests(); look++ {
		if now := b.heard(); now != passed {
			passed, look = now, 0
		}
		time.Sleep(pause)
	}
}

func (b *between) rests() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !slices.ContainsFunc(b.relays, func(t *tap.Tap) bool { return !t.Rests() })
}

// busy reports whether a relay is about to connect somebody.
func (b *between) busy() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.ContainsFunc(b.relays, (*tap.Tap).Connecting)
}

// heard is how many bytes the relays have passed on.
func (b *between) heard() (bytes int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, t := range b.relays {
		bytes += t.Passed()
	}
	return bytes
}

// stop ends the relays, and gives the networks of the programs back.
func (b *between) stop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.stopped)
	for _, t := range b.relays {
		t.Stop()
	}
	for i, p := range b.nodes {
		p.diag.Close()
		if i > 0 {
			p.net.Leave()
		}
	}
}
