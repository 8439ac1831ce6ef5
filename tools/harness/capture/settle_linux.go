package capture

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// A settler finds out when no packet is in flight any more, and when connections
// have ended.
type settler struct {
	mu     *sync.Mutex
	change *sync.Cond                                     // signalled when the reader has read all packets
	marker *marker                                        // nil if that is not needed
	relays func(deadline time.Time) (any bool, err error) // waits until they have passed everything on; nil if there can be none

	// Guarded by mu.
	tracker tracker
	seen    int  // packets, without markers
	round   byte // the last round of markers that was read
	last    *line
	err     error
}

// take follows a packet's connection, and describes the packet.
func (w *settler) take(l *line, s *segment) {
	w.seen++
	if s != nil {
		w.tracker.tell(l, s)
	} else {
		w.tracker.hear(l)
	}
	w.last = l
}

var errLate = errors.New("packets that were sent have not arrived")

// await waits until holds returns true. holds may read the settler.
func (w *settler) await(deadline time.Time, holds func() bool) error {
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

// quiet waits until every connection is done, everything sent has arrived, and no
// answer was sent.
func (w *settler) quiet(deadline time.Time, done func(*connection) bool) error {
	for {
		var seen int
		err := w.await(deadline, func() bool {
			seen = w.seen
			return len(w.tracker.open(done)) == 0
		})
		if err != nil {
			return w.explain(err, done)
		}
		if err := w.throughRelays(deadline); err != nil {
			return err
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
func (w *settler) explain(err error, done func(*connection) bool) error {
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
