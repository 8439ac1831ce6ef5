package recording

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"
)

// A Recording is the record of one run of a script, in memory. Each recorder has a
// Track of its own. All methods may be called by several goroutines at once.
//
// Its clock counts from New and is monotonic. Packets and system calls have
// wall-clock times. At converts those with the offset between the two clocks at New.
// If the wall clock is adjusted later, they are wrong by at most 0.5 ms for each
// second (adjtimex(2)). If it is set, all later ones shift.
type Recording struct {
	start time.Time

	mu        sync.Mutex
	tracks    []*Track
	lines     []reached
	followers []*Follower
	pauses    []pause
	calls     int // connections that have a number
}

// A pause is a time in which the clock stood still.
type pause struct{ from, to time.Time }

// A reached is the time when the script came to a line.
type reached struct {
	at   int64
	line int
}

// New begins a recording, and its clock.
func New() *Recording { return &Recording{start: time.Now()} }

// At is a time on the recording's clock, in microseconds, 1 at least. t may have
// a monotonic reading, as time.Now returns it, or be of the wall clock alone.
func (r *Recording) At(t time.Time) int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.at(t)
}

func (r *Recording) at(t time.Time) int64 {
	since := t.Sub(r.start)
	for _, p := range r.pauses {
		if end := p.to; t.After(p.from) {
			if end.IsZero() || end.After(t) {
				end = t
			}
			since -= end.Sub(p.from)
		}
	}
	return max(1, since.Microseconds())
}

// Pause stops the clock until resume is called, once. What happens meanwhile has the
// time of its beginning.
func (r *Recording) Pause() (resume func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := len(r.pauses)
	r.pauses = append(r.pauses, pause{from: time.Now()})
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.pauses[n].to = time.Now()
	}
}

// NextConnection is the number of a new connection, from 1 on.
func (r *Recording) NextConnection() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls++
	return r.calls
}

// Reach notes that the script now runs the commands of this line.
func (r *Recording) Reach(line int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, reached{r.at(time.Now()), line})
}

// lineAt is the line that was running at a time; 0 before the first.
func (r *Recording) lineAt(at int64) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range slices.Backward(r.lines) {
		if l.at <= at {
			return l.line
		}
	}
	return 0
}

// Events are copies of the events of all tracks, in the order of their times. A
// track that left some out adds one of the kind dropped. The copies share their
// bytes with the recording.
func (r *Recording) Events() (all []Event) {
	r.mu.Lock()
	tracks := slices.Clone(r.tracks)
	r.mu.Unlock()
	for _, t := range tracks {
		events := t.Events()
		if left, bytes := t.Left(); len(events) > 0 && left+bytes > 0 {
			gap := events[len(events)-1]
			if t.limit.Oldest {
				gap = events[0]
			}
			all = append(all, Event{At: gap.At, Layer: gap.Layer, Kind: "dropped", Actor: gap.Actor, Line: gap.Line,
				Text: fmt.Appendf(nil, "%d events, %d bytes", left, bytes)})
		}
		all = append(all, events...)
	}
	slices.SortStableFunc(all, func(a, b Event) int { return cmp.Compare(a.At, b.At) })
	return all
}

// A Limit bounds what a track keeps.
type Limit struct {
	Events int
	Bytes  int  // of all Texts; 0: no limit
	Oldest bool // leave out the oldest events, not the newest
}

// A Track holds the events of one recorder, in its order.
type Track struct {
	of    *Recording
	limit Limit

	mu         sync.Mutex
	events     []Event
	bytes      int
	leftEvents int
	leftBytes  int
}

// Track begins a track. If r is nil, the track belongs to a new recording of its
// own.
func (r *Recording) Track(limit Limit) *Track {
	if r == nil {
		r = New()
	}
	t := &Track{of: r, limit: limit}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tracks = append(r.tracks, t)
	return t
}

// NextConnection is that of the track's recording.
func (t *Track) NextConnection() int { return t.of.NextConnection() }

// At is Recording.At of the track's recording.
func (t *Track) At(when time.Time) int64 { return t.of.At(when) }

// Add records an event at e.At, or now if that is 0, with the line that was running
// then. It copies e.Text. What exceeds the track's limit is left out and counted.
func (t *Track) Add(e Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e.At == 0 {
		e.At = t.At(time.Now())
	}
	if e.Line == 0 {
		e.Line = t.of.lineAt(e.At)
	}
	e.Text = bytes.Clone(e.Text)
	t.of.publish(e)
	if !t.limit.Oldest && (len(t.events) >= t.limit.Events || t.limit.Bytes > 0 && t.bytes+len(e.Text) > t.limit.Bytes) {
		t.leftEvents++
		t.leftBytes += len(e.Text)
		return
	}
	t.events = append(t.events, e)
	t.bytes += len(e.Text)
	if t.limit.Bytes > 0 && t.bytes > t.limit.Bytes {
		t.drop(t.bytes-t.limit.Bytes/2, 0)
	}
	if len(t.events) > t.limit.Events {
		t.join()
		if most := t.limit.Events * 3 / 4; len(t.events) > most {
			t.drop(0, len(t.events)-most)
		}
	}
}

// drop leaves out the oldest events: that number of bytes and of events.
func (t *Track) drop(bytes, events int) {
	for len(t.events) > 0 && (bytes > 0 || events > 0) {
		first := &t.events[0]
		n := len(first.Text)
		if events <= 0 {
			n = min(n, bytes)
		}
		t.bytes -= n
		t.leftBytes += n
		bytes -= n
		if n < len(first.Text) {
			first.Text = slices.Clone(first.Text[n:])
			return
		}
		t.events = t.events[1:]
		t.leftEvents++
		events--
	}
}

// join merges events in the older half that continue each other. Their text stays,
// and the time of the first.
func (t *Track) join() {
	half := len(t.events) / 2
	var joined []Event
	for i := 0; i < half; {
		first, end, size := t.events[i], i+1, len(t.events[i].Text)
		for end < half && t.events[end].Joins && t.events[end].Kind == first.Kind {
			size += len(t.events[end].Text)
			end++
		}
		if end > i+1 {
			text := make([]byte, 0, size)
			for _, e := range t.events[i:end] {
				text = append(text, e.Text...)
			}
			first.Text = text
		}
		joined = append(joined, first)
		i = end
	}
	t.events = append(joined, t.events[half:]...)
}

// Events are copies of the track's events. They share their bytes with the track.
func (t *Track) Events() []Event {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.events)
}

// Left is the number of events and of bytes that were left out.
func (t *Track) Left() (events, bytes int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.leftEvents, t.leftBytes
}
