package packets

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"
)

// A watch follows what passes on an interface.
type watch struct {
	capture *capture
	marker  *marker // finds out when all is quiet, if that was asked for

	mu      sync.Mutex
	change  *sync.Cond // the reader has read all there is
	tracker tracker
	seen    int  // packets, markers excepted
	round   byte // the last round of markers that was read
	last    *line
	err     error
	over    chan struct{} // closed when the reader has ended
}

// watchOn begins to follow an interface of the calling thread's network. tell
// gets every packet and the line about it, on one goroutine; idle is called
// there when it has told all there is. One that settles can wait until all is
// quiet.
func watchOn(on *net.Interface, snap snap, settles bool, tell func(packet, *line), idle func()) (*watch, error) {
	c, err := open(on, snap)
	if err != nil {
		return nil, err
	}
	w := &watch{capture: c, over: make(chan struct{})}
	w.change = sync.NewCond(&w.mu)
	if settles {
		if w.marker, err = newMarker(on); err != nil {
			c.close()
			return nil, err
		}
	}
	go func() {
		defer close(w.over)
		err := c.run(func(p packet) { w.take(p, tell) }, func() {
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

func (w *watch) take(p packet, tell func(packet, *line)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.marker != nil && p.protocol() == markerType {
		if round, ok := w.marker.is(p); ok {
			w.round = round
		}
		return
	}
	w.seen++
	l, s := decode(p)
	if s != nil {
		w.tracker.tell(&l, s)
	}
	tell(p, &l)
	w.last = &l
}

var errLate = errors.New("packets that were sent have not arrived")

// await waits until something holds, which may look at the watch.
func (w *watch) await(deadline time.Time, holds func() bool) error {
	timer := time.AfterFunc(time.Until(deadline), func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.change.Broadcast()
	})
	defer timer.Stop()
	w.mu.Lock()
	defer w.mu.Unlock()
	for !holds() {
		if w.err != nil {
			return w.err
		}
		if !time.Now().Before(deadline) {
			return errLate
		}
		w.change.Wait()
	}
	return nil
}

// quiet waits until every connection is done, everything that was sent has
// arrived, and nothing was sent because of that.
func (w *watch) quiet(deadline time.Time, done func(*connection) bool) error {
	for {
		var seen int
		err := w.await(deadline, func() bool {
			seen = w.seen
			return len(w.tracker.open(done)) == 0
		})
		if err != nil {
			return w.explain(err, done)
		}
		round, err := w.marker.flush(deadline)
		if err != nil {
			return err
		}
		var still bool
		var last *line
		err = w.await(deadline, func() bool {
			last = w.last
			still = w.seen == seen && len(w.tracker.open(done)) == 0
			return w.round == round
		})
		if err == nil && still {
			return nil
		}
		if err != nil && (err != errLate || last == nil) {
			return err
		}
		if !time.Now().Before(deadline) {
			return fmt.Errorf("packets keep coming, the last\n  %s", strings.TrimSpace(Options{}.text(last, last.when)))
		}
	}
}

// explain names the connections that aren't done.
func (w *watch) explain(err error, done func(*connection) bool) error {
	if !errors.Is(err, errLate) {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	open := w.tracker.open(done)
	const named = 5
	var b strings.Builder
	for _, c := range open[:min(len(open), named)] {
		b.WriteString("\n  " + c.waitsFor())
	}
	if len(open) > named {
		fmt.Fprintf(&b, "\n  and %d connections more", len(open)-named)
	}
	return fmt.Errorf("%w%s", ErrOpen, b.String())
}

// lost says what the kernel had no room for, if anything.
func (w *watch) lost() error {
	n, err := w.capture.lost()
	if err == nil && n > 0 {
		err = fmt.Errorf("the kernel dropped %d packets: it had no room left for them", n)
	}
	return err
}

// end ends the watch, having told what was captured before.
func (w *watch) end() error {
	w.capture.stop()
	<-w.over
	err := errors.Join(w.err, w.lost())
	w.capture.close()
	if w.marker != nil {
		w.marker.close()
	}
	return err
}
