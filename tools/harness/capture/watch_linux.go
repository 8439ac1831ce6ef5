package capture

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// A Watch follows the packets on an interface.
type Watch struct {
	settler
	ring *ring
	over chan struct{} // closed when the reader has ended
}

// watchOn begins to follow an interface of the calling thread's network. One
// goroutine calls tell with every packet and its line, and idle when no packet is
// left. With settles set, quiet can be called.
func watchOn(on *net.Interface, snap snap, settles bool, tell func(Packet, *line), idle func()) (*Watch, error) {
	c, err := open(on, snap)
	if err != nil {
		return nil, err
	}
	w := &Watch{ring: c, over: make(chan struct{})}
	w.mu = new(sync.Mutex)
	w.change = sync.NewCond(w.mu)
	if settles {
		if w.marker, err = newMarker(on); err != nil {
			c.close()
			return nil, err
		}
	}
	go func() {
		defer close(w.over)
		err := c.run(func(p Packet) { w.take(p, tell) }, func() {
			idle()
			w.mu.Lock()
			w.change.Broadcast()
			w.mu.Unlock()
		})
		w.mu.Lock()
		w.err = err
		w.change.Broadcast()
		w.mu.Unlock()
	}()
	return w, nil
}

func (w *Watch) take(p Packet, tell func(Packet, *line)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.marker != nil && p.protocol() == markerType {
		if round, ok := w.marker.is(p); ok {
			w.round = round
		}
		return
	}
	l, s := decode(p)
	w.settler.take(&l, s)
	tell(p, &l)
}

// Follow begins to follow an interface of the calling thread's network. One
// goroutine calls each with every packet and its line ("" if o hides it), and idle
// when no packet is left. With whole set it keeps up to 67 KiB of a packet, enough
// for all of it. Otherwise it keeps 384 bytes: the headers and the beginning of the
// payload.
func Follow(on *net.Interface, o Options, whole bool, each func(p Packet, text string), idle func()) (*Watch, error) {
	snap := snapLine
	if whole {
		snap = snapFile
	}
	var start time.Time
	return watchOn(on, snap, on.Flags&net.FlagLoopback != 0, func(p Packet, l *line) {
		if start.IsZero() {
			start = p.When
		}
		text := ""
		if !o.hides(l) {
			text = o.text(l, start)
		}
		each(p, text)
	}, idle)
}

// Quiet waits until everything that was sent on a loopback has arrived, and no
// answer is sent. Connections may be open.
func (w *Watch) Quiet(deadline time.Time) error {
	return w.quiet(deadline, func(*connection) bool { return true })
}

// Over is closed when the watch has ended, by itself or by End.
func (w *Watch) Over() <-chan struct{} { return w.over }

// lost is an error if the kernel dropped packets.
func (w *Watch) lost() error {
	n, err := w.ring.lost()
	if err == nil && n > 0 {
		err = errDropped(n)
	}
	return err
}

func errDropped(packets int) error {
	return fmt.Errorf("the kernel dropped %d packets: it had no room left for them", packets)
}

// End reports the packets captured so far and ends the watch. It fails if the kernel
// dropped a packet.
func (w *Watch) End() error {
	w.ring.stop()
	<-w.over
	err := errors.Join(w.err, w.lost())
	w.ring.close()
	if w.marker != nil {
		w.marker.close()
	}
	return err
}
