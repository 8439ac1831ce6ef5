package actor

import (
	"bytes"
	"context"
	"io"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	expect "github.com/google/goexpect"
)

// windowMax bounds the text that waits to be matched, in bytes. When more
// comes than that, the oldest half is forgotten.
const windowMax = 64 << 10

// A window is the text that an actor received and no expectation has consumed.
// Positions count from the first byte ever received.
type window struct {
	mu      sync.Mutex
	text    []byte
	start   int           // position of text[0]
	dropped int           // how often text was forgotten
	ended   bool          // nothing more will come
	midLine bool          // the last match ended within a line
	changed chan struct{} // closed at the next change
}

func newWindow() *window { return &window{changed: make(chan struct{})} }

// add appends what was received.
func (w *window) add(b []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text = append(w.text, b...)
	if over := len(w.text) - windowMax; over > 0 {
		w.cut(over + windowMax/2)
		w.dropped++
	}
	w.wake()
}

// heard is how many bytes came in all.
func (w *window) heard() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.start + len(w.text)
}

// end says that nothing more will come.
func (w *window) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = true
	w.wake()
}

func (w *window) wake() {
	close(w.changed)
	w.changed = make(chan struct{})
}

func (w *window) cut(n int) {
	w.text = append(w.text[:0:0], w.text[n:]...)
	w.start += n
}

// rest is a copy of the unmatched text, and how much of it ends a line that
// was matched.
func (w *window) rest() (text []byte, ofLine int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.midLine {
		if ofLine = bytes.IndexByte(w.text, '\n') + 1; ofLine == 0 {
			ofLine = len(w.text)
		}
	}
	return bytes.Clone(w.text), ofLine
}

// unmatched is a copy of the unmatched text.
func (w *window) unmatched() []byte {
	text, _ := w.rest()
	return text
}

// A Match is what an expectation found.
type Match struct {
	Text   string            // the matched text
	Groups map[string]string // what named groups matched
}

// A Miss is an expectation that was not met.
type Miss struct {
	Pattern *Pattern
	Text    []byte // what was there instead, not yet matched
	Rest    int    // so much of Text is the rest of a line that was matched before
	Ended   bool   // no more can come; otherwise the deadline passed
}

func (m *Miss) Error() string { return "no match for " + m.Pattern.String() }

// match waits for p with goexpect and consumes up to the match's end.
func (w *window) match(p *Pattern, deadline time.Time) (Match, error) {
	found, end, err := w.find(p, deadline)
	if err != nil {
		return Match{}, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if n := min(end-w.start, len(w.text)); n > 0 {
		w.midLine = w.text[n-1] != '\n'
		w.cut(n)
	}
	return found, nil
}

// find waits for p and returns the match and the position of its end.
func (w *window) find(p *Pattern, deadline time.Time) (Match, int, error) {
	ctx, cancel := context.WithDeadline(context.Background(), deadline)
	defer cancel()
	for re := p.re; ; {
		w.mu.Lock()
		f := &feed{window: w, ctx: ctx, at: w.start, dropped: w.dropped}
		w.mu.Unlock()
		start := f.at
		seen, groups, err := f.expect(re)
		if err == nil {
			return p.result(groups), start + len(seen), nil
		}
		w.mu.Lock()
		dropped := w.dropped != f.dropped
		ended := w.ended && ctx.Err() == nil
		w.mu.Unlock()
		switch {
		case dropped && ctx.Err() == nil:
			// Look again at what is left.
		case ended && re != p.last:
			re = p.last
		default:
			text, rest := w.rest()
			return Match{}, 0, &Miss{Pattern: p, Text: text, Rest: rest, Ended: ended}
		}
	}
}

// A feed is one expectation's view of a window, as a stream for goexpect. It
// ends with the window, at the deadline, or when text it has shown is dropped.
// A new goexpect session for each expectation makes the deadline absolute and
// leaves nothing to put back when it passes.
type feed struct {
	window  *window
	ctx     context.Context
	at      int // position of the next byte to show
	dropped int // the window's count when the feed began
	done    atomic.Bool
}

// Read waits for bytes that come after those already shown.
func (f *feed) Read(p []byte) (int, error) {
	w := f.window
	for {
		w.mu.Lock()
		// Text before our place is gone: it was dropped, or this expectation
		// is over and we are late to notice.
		if w.dropped != f.dropped || f.at < w.start {
			w.mu.Unlock()
			return f.eof()
		}
		n := copy(p, w.text[f.at-w.start:])
		f.at += n
		ended, changed := w.ended, w.changed
		w.mu.Unlock()
		if n > 0 {
			return n, nil
		}
		if ended {
			return f.eof()
		}
		select {
		case <-changed:
		case <-f.ctx.Done():
			return f.eof()
		}
	}
}

// eof tells goexpect that the session is over, in the order it needs: it drops
// what it has read when it is told before it has met the end itself.
func (f *feed) eof() (int, error) {
	f.done.Store(true)
	return 0, io.EOF
}

// expect runs one goexpect session over the feed. seen is everything up to the
// end of the match.
func (f *feed) expect(re *regexp.Regexp) (seen string, groups []string, err error) {
	ctx, cancel := context.WithCancel(f.ctx)
	defer cancel()
	f.ctx = ctx
	session, _, err := expect.SpawnGeneric(&expect.GenOptions{
		In:    nothing{},
		Out:   f,
		Wait:  func() error { <-ctx.Done(); return nil },
		Close: func() error { return nil },
		Check: func() bool { return !f.done.Load() },
	}, 0,
		expect.PartialMatch(true),
		expect.BufferSize(64<<10),
		expect.CheckDuration(pollEvery))
	if err != nil {
		return "", nil, err
	}
	seen, groups, _, err = session.ExpectSwitchCase([]expect.Caser{&expect.Case{R: re}}, forever)
	return seen, groups, err
}

const (
	// pollEvery is how late goexpect notices output whose wake-up it lost.
	pollEvery = 2 * time.Millisecond
	// forever is goexpect's own timeout, which output restarts; the feed's
	// end is the one that counts.
	forever = 24 * time.Hour
)

// nothing takes what goexpect would send. Actors do that themselves.
type nothing struct{}

func (nothing) Write(p []byte) (int, error) { return len(p), nil }
func (nothing) Close() error                { return nil }
