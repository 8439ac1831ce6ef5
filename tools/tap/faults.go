package tap

import (
	"maps"
	"net"
	"slices"
	"time"
)

// Faults are what a tap does to the bytes of one direction of each connection:
// by count, never by chance. The zero value does nothing.
type Faults struct {
	Split int           // so many bytes at a time, the next when those were received
	Glue  int           // so many bytes at once, or what there is when the sender has closed
	Delay time.Duration // before each piece
	Hold  bool          // nothing passes
	Cut   int           // after so many bytes of a connection it is closed, to both sides
	Reset int           // after so many bytes it is reset, to both sides
}

// Fault changes the faults of what callers say, or of what the server says, or
// of both, on all connections, those that are open too.
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

// wake lets every pipe look at its faults.
func (t *Tap) wake() {
	for _, p := range t.allPipes() {
		p.mu.Lock()
		p.change.Broadcast()
		p.mu.Unlock()
	}
}

// allPipes are those of the connections that are open. A pipe takes the tap's
// lock while it holds its own, so nobody may do the reverse.
func (t *Tap) allPipes() []*pipe {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Collect(maps.Keys(t.pipes))
}

// Held waits until at least so many bytes of all connections are kept back, and
// returns how many there are.
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

// keepBack counts bytes that are kept back, or no longer.
func (t *Tap) keepBack(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.held += n
	t.quiet.Broadcast()
}

// faultsOf are those of a direction now.
func (t *Tap) faultsOf(way direction) Faults {
	t.mu.Lock()
	defer t.mu.Unlock()
	return *t.faults[way]
}

// lookEvery is how often the kernel is asked whether a piece was received:
// that is told to the receiver, and to nobody else.
const lookEvery = 200 * time.Microsecond

// awaitReceived waits until the program at the other end has received
// everything, or the tap is stopped.
func (t *Tap) awaitReceived(to net.Conn) {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for t.unread != nil && t.unread(to) > 0 {
		select {
		case <-look.C:
		case <-t.stopped:
			return
		}
	}
}
