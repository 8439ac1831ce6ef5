package recording

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

func texts(events []Event) string {
	var all []string
	for _, e := range events {
		all = append(all, string(e.Text))
	}
	return strings.Join(all, " ")
}

// TestOneClock checks that events of several tracks are in the order of their times,
// with the lines that were running then.
func TestOneClock(t *testing.T) {
	r := New()
	a, b := r.Track(Limit{Events: 10}), r.Track(Limit{Events: 10})
	text := []byte("one")
	a.Add(Event{At: 1, Text: text})
	copy(text, "XXX") // it was copied
	for r.At(time.Now()) < 100 {
	}
	r.Reach(7)
	b.Add(Event{Text: []byte("three")}) // now
	a.Add(Event{At: r.At(time.Now()) + 1000, Text: []byte("four"), Line: 3})
	b.Add(Event{At: 1, Text: []byte("two")}) // added late, as system calls are
	events := r.Events()
	if got := texts(events); got != "one two three four" {
		t.Errorf("got %s", got)
	}
	for i, line := range []int{0, 0, 7, 3} {
		if events[i].Line != line {
			t.Errorf("%s: line %d, want %d", events[i].Text, events[i].Line, line)
		}
	}
	now := time.Now()
	if monotonic, wall := r.At(now), r.At(now.Round(0)); max(monotonic-wall, wall-monotonic) > 1000 {
		t.Errorf("the wall clock is %d µs beside the monotonic one", wall-monotonic)
	}
}

// TestPause checks that a pause takes no time, and that what is added meanwhile is
// handed out.
func TestPause(t *testing.T) {
	r := New()
	f, track := r.Follow(Whole), r.Track(Limit{Events: 10})
	track.Add(Event{Text: []byte("before")})
	resume := r.Pause()
	from := r.At(time.Now())
	track.Add(Event{Text: []byte("meanwhile")})
	for range 2 {
		if _, err := f.Next(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	ended := time.Now()
	resume()
	if at := r.At(ended); at != from || track.Events()[1].At != from {
		t.Errorf("a pause from %d µs ends at %d; meanwhile: %+v", from, at, track.Events()[1])
	}
	if now := time.Now(); r.At(now.Add(time.Second))-r.At(now) < 999_000 {
		t.Error("the clock stands still when the pause is over")
	}
}

// TestBounded checks which events are left out over a limit: how many, and from
// which end.
func TestBounded(t *testing.T) {
	fill := func(limit Limit, e Event) (*Track, *Recording) {
		r := New()
		track := r.Track(limit)
		for i := range 10 {
			e.Text = fmt.Appendf(nil, "%d", i)
			track.Add(e)
		}
		return track, r
	}
	for _, test := range []struct {
		name          string
		limit         Limit
		event         Event
		want          string
		events, bytes int
	}{
		{"all", Limit{Events: 10}, Event{}, "0 1 2 3 4 5 6 7 8 9", 0, 0},
		{"the newest", Limit{Events: 4}, Event{}, "0 1 2 3", 6, 6},
		{"bytes of the newest", Limit{Events: 10, Bytes: 3}, Event{}, "0 1 2", 7, 7},
		{"the oldest", Limit{Events: 8, Oldest: true}, Event{}, "3 4 5 6 7 8 9", 3, 3},
		{"bytes of the oldest", Limit{Events: 20, Bytes: 6, Oldest: true}, Event{}, "4 5 6 7 8 9", 4, 4},
		{"none, for they are joined", Limit{Events: 8, Oldest: true}, Event{Joins: true}, "0123 4 5 6 7 8 9", 0, 0},
	} {
		track, r := fill(test.limit, test.event)
		if got := texts(track.Events()); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
		if events, bytes := track.Left(); events != test.events || bytes != test.bytes {
			t.Errorf("%s: left out %d events and %d bytes, want %d and %d", test.name, events, bytes, test.events, test.bytes)
		}
		said := fmt.Sprintf("%d events, %d bytes", test.events, test.bytes)
		if got := strings.Contains(texts(r.Events()), said); got != (test.events > 0) {
			t.Errorf("%s: the recording says %q", test.name, texts(r.Events()))
		}
	}
	// An event larger than the limit loses its beginning.
	track := New().Track(Limit{Events: 2, Bytes: 4, Oldest: true})
	track.Add(Event{Text: []byte("0123456789")})
	if got := texts(track.Events()); got != "89" {
		t.Errorf("got %s", got)
	}
}

// TestAtOnce records from several goroutines while others read.
func TestAtOnce(t *testing.T) {
	const recorders, each = 8, 2000
	r := New()
	var all sync.WaitGroup
	for range recorders {
		all.Go(func() {
			track := r.Track(Limit{Events: each / 4, Bytes: each, Oldest: true})
			buf := []byte("text")
			for i := range each {
				r.Reach(i)
				track.Add(Event{Text: buf, Joins: i%3 > 0})
				if i%500 == 0 {
					track.Events()
					r.Events()
				}
			}
			events, bytes := 0, 0
			for _, e := range track.Events() {
				events++
				bytes += len(e.Text)
			}
			if _, left := track.Left(); events > each/4 || bytes+left != each*len(buf) {
				t.Errorf("%d events; %d bytes kept and %d left out, want %d", events, bytes, left, each*len(buf))
			}
		})
	}
	all.Wait()
	(*Recording)(nil).Track(Limit{Events: 1}).Add(Event{})
}

func BenchmarkAdd(b *testing.B) {
	track := New().Track(Limit{Events: 10000, Bytes: 1 << 20, Oldest: true})
	text := []byte("hello baihuixin\n")
	for b.Loop() {
		track.Add(Event{Layer: "screen", Kind: "out", Actor: "alice", Text: text, Joins: true})
	}
}
