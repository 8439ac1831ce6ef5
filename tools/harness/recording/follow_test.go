package recording

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"
)

// rest takes all events that are left.
func rest(t *testing.T, f *Follower) (all []Event) {
	t.Helper()
	for {
		e, err := f.Next(t.Context())
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
}

// TestFollow checks the order in which events are handed out, before the end and at
// it, and that a recorder's later changes don't show.
func TestFollow(t *testing.T) {
	r := New()
	before := r.Track(Limit{Events: 10})
	before.Add(Event{Text: []byte("nobody follows yet")})
	f := r.Follow(Whole)
	a, b := r.Track(Limit{Events: 10}), r.Track(Limit{Events: 10})
	now := r.At(time.Now())
	mutable := &words{"three"}
	b.Add(Event{At: now + 3000, Of: mutable})
	b.Add(Event{At: now + 3000, Text: []byte("four")})
	a.Add(Event{At: now + 1000, Text: []byte("one")})
	a.Add(Event{At: now + 2000, Text: []byte("two")})
	mutable.text = "changed"
	for _, want := range []string{"one", "two", "three", "four"} {
		e, err := f.Next(t.Context())
		if err != nil || string(e.Text) != want || e.Of != nil {
			t.Fatalf("got %s (%v), want %s", e.Text, err, want)
		}
	}
	a.Add(Event{At: now, Text: []byte("late")})
	a.Add(Event{At: now + 1<<40, Text: []byte("last")})
	if e, _ := f.Next(t.Context()); string(e.Text) != "late" {
		t.Errorf("got %s, want the late event at once", e.Text)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was cancelled", err)
	}
	r.Close()
	a.Add(Event{Text: []byte("after the end")})
	if got := texts(rest(t, f)); got != "last" {
		t.Errorf("got %s", got)
	}
}

type words struct{ text string }

func (w *words) String() string { return w.text }

// TestFollowBounded checks what a recording over its limit keeps: its beginning, its
// end, and how much is missing between them.
func TestFollowBounded(t *testing.T) {
	for _, limit := range []Limit{{Events: 20}, {Events: 1000, Bytes: 200}} {
		r := New()
		f := r.Follow(limit)
		track := r.Track(Limit{Events: 5, Oldest: true}) // it holds less
		for range 100 {
			r.Track(Limit{Events: 1}).Add(Event{At: 1, Layer: "packets", Kind: "packet", Text: []byte("0123456789")})
		}
		for i := range 100 {
			track.Add(Event{At: int64(i + 10), Layer: "screen", Kind: "out", Text: fmt.Appendf(nil, "%010d", i)})
		}
		track.Add(Event{At: 201, Layer: "screen", Kind: "exit", Text: []byte("0")})
		track.Add(Event{At: 202, Layer: "script", Kind: "verdict", Text: []byte("passed")})
		r.Close()
		events := rest(t, f)
		var kinds []string
		for _, e := range events {
			kinds = append(kinds, e.Kind)
		}
		want := strings.Repeat("packet ", 12) + "dropped dropped " + strings.Repeat("out ", 6) + "dropped dropped exit verdict"
		if got := strings.Join(kinds, " "); got != want {
			t.Errorf("%+v: got %s, want %s", limit, got, want)
		}
		if got := texts(events[20:22]); got != "events from here on 94 events, 940 bytes" {
			t.Errorf("%+v: it says %q", limit, got)
		}
		if track.Events()[0].At < 104 {
			t.Errorf("the track keeps %+v", track.Events())
		}
	}
}

// TestFollowAtOnce has several recorders, a follower that is slow and one that takes
// nothing.
func TestFollowAtOnce(t *testing.T) {
	const recorders, each = 4, 2000
	r := New()
	file, idle := r.Follow(Whole), r.Follow(Whole)
	var out bytes.Buffer
	written := make(chan error)
	go func() { written <- Keep(&out, Header{Script: "1.1-echo"}, file) }()
	var all sync.WaitGroup
	for range recorders {
		all.Go(func() {
			track := r.Track(Limit{Events: each})
			for range each {
				track.Add(Event{Layer: "screen", Kind: "out", Text: []byte("text")})
			}
		})
	}
	all.Wait()
	r.Close()
	if err := <-written; err != nil {
		t.Fatal(err)
	}
	f, err := Read(&out)
	if err != nil || len(f.Notes) > 0 || len(f.Events) != recorders*each || f.Header.Script != "1.1-echo" {
		t.Errorf("%d events, want %d: %v", len(f.Events), recorders*each, err)
	}
	if got := len(rest(t, idle)); got != recorders*each {
		t.Errorf("%d events waited, want %d", got, recorders*each)
	}
}

// TestKeepFails checks that a full disk is told, and ends nothing else.
func TestKeepFails(t *testing.T) {
	r := New()
	f := r.Follow(Whole)
	r.Track(Limit{Events: 1}).Add(Event{Layer: "screen"})
	r.Close()
	full := errors.New("no space left")
	if err := Keep(&device{room: 1, full: full}, Header{}, f); !errors.Is(err, full) {
		t.Errorf("got %v, want %v", err, full)
	}
}

// A device takes that many writes.
type device struct {
	room int
	full error
}

func (d *device) Write(b []byte) (int, error) {
	if d.room--; d.room < 0 {
		return 0, d.full
	}
	return len(b), nil
}
