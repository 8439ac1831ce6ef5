package actor

import (
	"bytes"
	"context"
	"io"
	"regexp"
	"sync"
	"time"

	expect "github.com/google/goexpect"
)

// windowMax bounds the text that waits to be matched, in bytes. When more
// comes than that, the oldest is forgotten, half of a windowMax at a time: what
// is left depends on what came, not on the pieces in which it came.
const windowMax = 64 << 10

// A window is the text that an actor received and no expectation has consumed.
// Positions count from the first byte ever received.
type window struct {
	mu      sync.Mutex
	text    []byte
	start   int           // position of text[0]
	matched int           // position of the last match's end; what is between is forgotten
	ended   bool          // nothing more will come
	midLine bool          // text[0] goes on with a line that was matched or forgotten
	changed chan struct{} // closed at the next change
}

func newWindow() *window { return &window{changed: make(chan struct{})} }

// add appends what was received.
func (w *window) add(b []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text = append(w.text, b...)
	for len(w.text) > windowMax {
		w.midLine = w.text[windowMax/2-1] != '\n'
		w.cut(windowMax / 2)
	}
	w.wake()
}

// heard is how many bytes came in all.
func (w *window) heard() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.start + len(w.text)
}

// forgotten is how many bytes were forgotten since the last match.
func (w *window) forgotten() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.start - w.matched
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
// was matched or forgotten.
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
	Rest    int    // so much of Text is the rest of a line that was matched or forgotten
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
	w.matched = end
	if n := end - w.start; n > 0 { // else that was forgotten meanwhile, and more
		w.midLine = w.text[n-1] != '\n'
		w.cut(n)
	}
	return found, nil
}

// find waits for p and returns the match and the position of its end.
func (w *window) find(p *Pattern, deadline time.Time) (Match, int, error) {
	ctx, cancel := context.WithDeadline(context.Background(), deadline)
	defer cancel()
	for {
		w.mu.Lock()
		text, start, ended, changed := bytes.Clone(w.text), w.start, w.ended, w.changed
		torn := w.midLine && w.start > w.matched
		w.mu.Unlock()
		re, last := p.re, p.last
		if torn {
			re, last = p.torn, p.lastTorn
		}
		ways := []*regexp.Regexp{re}
		if ended {
			ways = append(ways, last)
		}
		for _, re := range ways {
			if seen, groups, ok := look(text, re); ok {
				if torn {
					groups = groups[1:] // the first has what is before the match, too
				}
				return p.result(groups), start + len(seen), nil
			}
		}
		if !ended && ctx.Err() == nil {
			select {
			case <-changed:
				continue
			case <-ctx.Done():
			}
		}
		text, rest := w.rest()
		return Match{}, 0, &Miss{Pattern: p, Text: text, Rest: rest, Ended: ended}
	}
}

// look has goexpect look for re in what has come until now. seen is everything
// up to the end of the match. We wait for more ourselves: goexpect would look
// again every few milliseconds, and whoever wakes so often beside busy
// neighbours makes Linux keep the program waited for from running, for seconds
// (seen on 6.18, where each terminal's session is a group: sched(7), autogroup).
func look(text []byte, re *regexp.Regexp) (seen string, groups []string, ok bool) {
	g := &glance{text: text, over: make(chan struct{})}
	session, _, err := expect.SpawnGeneric(&expect.GenOptions{
		In:    nothing{},
		Out:   g,
		Wait:  func() error { <-g.over; return nil },
		Close: func() error { return nil },
		Check: g.more,
	}, 0, expect.PartialMatch(true), expect.BufferSize(len(text)+1))
	if err != nil {
		return "", nil, false
	}
	<-g.over
	seen, groups, _, err = session.ExpectSwitchCase([]expect.Caser{&expect.Case{R: re}}, time.Minute)
	return seen, groups, err == nil
}

// A glance is a stream for goexpect: some text, all in one read, and the end.
type glance struct {
	text  []byte
	shown bool
	over  chan struct{} // closed when goexpect has taken the text and met the end
}

func (g *glance) Read(p []byte) (int, error) {
	if g.shown {
		close(g.over)
		return 0, io.EOF
	}
	g.shown = true
	return copy(p, g.text), nil
}

// more reports whether the end is still to come.
func (g *glance) more() bool {
	select {
	case <-g.over:
		return false
	default:
		return true
	}
}

// nothing takes what goexpect would send. Actors do that themselves.
type nothing struct{}

func (nothing) Write(p []byte) (int, error) { return len(p), nil }
func (nothing) Close() error                { return nil }
