//go:build unix

package tap

import (
	"maps"
	"net"
	"slices"
	"time"

	"socklab/tools/harness/procfs"
)

// Faults are what a tap does to the bytes of one direction of each connection. They
// depend on byte counts, never on chance. The zero value does nothing.
type Faults struct {
	Split     int           // bytes per piece; the next piece goes when the last was received
	Glue      int           // bytes to collect before sending them at once; the rest goes when the sender has closed
	Delay     time.Duration // before each piece
	Hold      bool          // send nothing on
	SplitMost int           // Split holds for the first bytes of a connection, this many; 0: for all
	Cut       int           // after this many bytes of a connection, close both sides
	Reset     int           // after this many bytes of a connection, reset both sides
}

// Fault changes the faults of one direction or both: what callers send, what the
// server sends. It applies to all connections, open ones included.
func (t *Tap) Fault(callers, server bool, change func(*Faults)) {
	t.mu.Lock()
	if callers {
		change(t.faults[client2server])
	}
	if server {
		change(t.faults[server2client])
	}
	t.mu.Unlock()
	t.wake()
}

// wake makes every pipe check its faults again.
func (t *Tap) wake() {
	for _, p := range t.allPipes() {
		p.mu.Lock()
		p.change.Broadcast()
		p.mu.Unlock()
	}
}

// allPipes are the pipes of the open connections. A pipe takes the tap's lock while
// it holds its own, so nothing may lock them in the reverse order.
func (t *Tap) allPipes() []*pipe {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Collect(maps.Keys(t.pipes))
}

// Held waits until at least that number of bytes is kept back, over all connections,
// and returns the number.
func (t *Tap) Held(atLeast int, deadline time.Time) (held int) {
	timer := time.AfterFunc(time.Until(deadline), func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.quiet.Broadcast()
	})
	defer timer.Stop()
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.held < atLeast && time.Now().Before(deadline) {
		t.quiet.Wait()
	}
	return t.held
}

// keepBack adds n to the number of bytes kept back; n may be negative.
func (t *Tap) keepBack(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.held += n
	t.quiet.Broadcast()
}

// faultsOf are the present faults of a direction.
func (t *Tap) faultsOf(way direction) Faults {
	t.mu.Lock()
	defer t.mu.Unlock()
	return *t.faults[way]
}

// lookEvery is how soon the tap asks the kernel whether a piece was received, and
// lookSeldom how long it waits at most until it asks again. It must poll, because only
// the receiver gets an event.
const (
	lookEvery  = 200 * time.Microsecond
	lookSeldom = 10 * time.Millisecond
)

// unread is the number of bytes that the program at the other end has yet to
// receive.
func (t *Tap) unread(way direction, to net.Conn) (bytes int) {
	there := t.onNetwork
	if way == client2server && t.away != nil {
		there = t.away
	}
	there(func() { bytes = procfs.Unread(to) })
	return bytes
}

// awaitReceived waits until the program at the other end has received
// everything that was sent to it, or the tap is stopped.
func (t *Tap) awaitReceived(way direction, to net.Conn, sent int) {
	// To look costs the processor that the program needs: ever more seldom.
	pause := lookEvery
	for t.unread(way, to) > 0 || t.received != nil && !t.received(to, sent) {
		select {
		case <-time.After(pause):
		case <-t.stopped:
			return
		}
		pause = min(2*pause, lookSeldom)
	}
}

// Received reports whether the far end of a relay's connection has received all that
// was sent to the near end, from one address to the other. known is false if the tap
// has no such connection.
func (t *Tap) Received(from, to string, sent int) (all, known bool) {
	t.mu.Lock()
	var p *pipe
	for near, far := range t.links {
		if near.RemoteAddr().String() == from && near.LocalAddr().String() == to {
			for other := range t.pipes {
				if other.to == far {
					p = other
				}
			}
		}
	}
	t.mu.Unlock()
	if p == nil {
		return false, false
	}
	p.mu.Lock()
	all = p.taken >= sent && len(p.kept) == 0 && !p.busy
	p.mu.Unlock()
	return all && t.unread(p.way, p.to) == 0, true
}

// Rests reports whether nothing is on its way: neither in the tap, nor to it.
func (t *Tap) Rests() bool {
	if t.Connecting() {
		return false
	}
	for _, p := range t.allPipes() {
		p.mu.Lock()
		closed, busy := p.closed, p.busy
		p.mu.Unlock()
		if busy {
			return false
		}
		t.mu.Lock()
		from := t.links[p.to]
		t.mu.Unlock()
		if !closed && from != nil && readable(from) {
			return false
		}
	}
	return true
}

// Passed is how many bytes have passed so far, on all connections that are open.
func (t *Tap) Passed() (bytes int) {
	for _, p := range t.allPipes() {
		p.mu.Lock()
		bytes += p.sent
		p.mu.Unlock()
	}
	return bytes
}
