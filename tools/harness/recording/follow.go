package recording

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"
)

// Whole bounds a whole recording, as a file keeps it: 10,000 events, and 16 MiB of
// their texts and packets.
var Whole = Limit{Events: 10_000, Bytes: 16 << 20}

// late is how long after it happened an event may be added, and still be handed out
// in its place.
const late = 20 * time.Millisecond

// A Follower hands out the events of a recording while it grows. It is a queue: who
// adds an event never waits for who takes it.
//
// Events that are added within 20 ms of their time come in the order of their times.
// One that is added later comes at once, out of order: a packet on a busy machine, or
// a program's system calls, which are read when it has ended.
//
// The limit is for all events together, taken or not. Six tenths of it are for
// streams, packets and system calls, which are many, so that screens have room beside
// them. The last tenth is for the script's own events and the beginnings and ends of
// actors, so that a long recording has its end. Where a layer is left out from, and
// at the end, comes an event of the kind dropped.
type Follower struct {
	of    *Recording
	limit Limit
	woken chan struct{} // holds one element after a change

	mu     sync.Mutex
	queue  []waiting            // in the order of their times
	all    amount               // that the queue has had
	deep   amount               // of them, those of streams, packets and system calls
	left   map[string]*omission // by layer
	closed bool
}

// A waiting event has not been taken.
type waiting struct {
	Event
	due time.Time // until then, earlier ones may come
}

// An amount is of events, and of their bytes.
type amount struct{ events, bytes int }

// fits reports whether one more event fits into so many tenths of a limit.
func (a amount) fits(size int, limit Limit, tenths int) bool {
	return a.events < limit.Events*tenths/10 && (limit.Bytes == 0 || a.bytes+size <= limit.Bytes*tenths/10)
}

func (a *amount) add(size int) {
	a.events++
	a.bytes += size
}

// An omission is what was left out of a layer.
type omission struct {
	since int64 // the time of the first event
	amount
}

// Follow follows a recording from now on, until Close.
func (r *Recording) Follow(limit Limit) *Follower {
	f := &Follower{of: r, limit: limit, woken: make(chan struct{}, 1), left: map[string]*omission{}}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.followers = append(r.followers, f)
	return f
}

// Close tells all followers that nothing more will come.
func (r *Recording) Close() {
	r.mu.Lock()
	followers := r.followers
	r.followers = nil
	r.mu.Unlock()
	for _, f := range followers {
		f.close()
	}
}

// publish hands an event to all followers.
func (r *Recording) publish(e Event) {
	r.mu.Lock()
	followers := r.followers
	r.mu.Unlock()
	if len(followers) == 0 {
		return
	}
	if words, ok := e.Of.(fmt.Stringer); ok && e.Text == nil {
		e.Text = []byte(words.String()) // now: its recorder may change it later
	}
	e.Of = nil
	for _, f := range followers {
		f.add(e)
	}
}

func (f *Follower) add(e Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return
	}
	size := len(e.Text) + len(e.Frame) + len(e.Failure)
	deep := e.Layer != "script" && e.Layer != "screen"
	tenths := 9
	if e.Layer == "script" || e.Kind == "start" || e.Kind == "exit" {
		tenths = 10
	}
	if f.all.fits(size, f.limit, tenths) && (!deep || f.deep.fits(size, f.limit, 6)) {
		f.all.add(size)
		if deep {
			f.deep.add(size)
		}
		f.put(e)
		return
	}
	left := f.left[e.Layer]
	if left == nil {
		left = &omission{since: e.At}
		f.left[e.Layer] = left
		f.put(Event{At: e.At, Layer: e.Layer, Kind: "dropped", Line: e.Line, Text: []byte("events from here on")})
	}
	left.add(size)
}

// put puts an event in its place in the queue.
func (f *Follower) put(e Event) {
	now := time.Now()
	age := time.Duration(f.of.At(now)-e.At) * time.Microsecond
	at := len(f.queue)
	for at > 0 && f.queue[at-1].At > e.At {
		at--
	}
	f.queue = slices.Insert(f.queue, at, waiting{e, now.Add(min(late-age, late))})
	f.wake()
}

func (f *Follower) wake() {
	select {
	case f.woken <- struct{}{}:
	default:
	}
}

func (f *Follower) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, layer := range slices.Sorted(maps.Keys(f.left)) {
		left := f.left[layer]
		f.put(Event{At: left.since, Layer: layer, Kind: "dropped", Text: fmt.Appendf(nil, "%d events, %d bytes", left.events, left.bytes)})
	}
	f.closed = true
	f.wake()
}

// Next waits for the next event. The error is io.EOF after the last, or ctx's.
func (f *Follower) Next(ctx context.Context) (Event, error) {
	for {
		e, wait, err := f.take()
		if wait == 0 {
			return e, err
		}
		timer := time.NewTimer(wait)
		select {
		case <-f.woken:
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return Event{}, ctx.Err()
		}
		timer.Stop()
	}
}

// take takes the first event, if it is time for it; else it says how long to wait.
func (f *Follower) take() (e Event, wait time.Duration, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.queue) == 0 {
		if f.closed {
			return e, 0, io.EOF
		}
		return e, time.Hour, nil // until something comes
	}
	first := f.queue[0]
	if wait := time.Until(first.due); !f.closed && wait > 0 {
		return e, wait, nil
	}
	f.queue[0] = waiting{} // its bytes may go
	f.queue = f.queue[1:]
	return first.Event, 0, nil
}

// Keep writes a file of what a follower hands out, as it comes, until the recording
// is closed. So a killed run leaves all but its last moment.
func Keep(w io.Writer, h Header, from *Follower) error {
	out, err := NewWriter(w, h)
	for err == nil {
		var e Event
		if e, err = from.Next(context.Background()); err == io.EOF {
			return nil
		}
		if err == nil {
			err = out.Write(e)
		}
	}
	return err
}
