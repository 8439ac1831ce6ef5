//go:build unix

package actor

import (
	"bytes"
	"sync"
	"unicode/utf8"
)

// bufferMax bounds the text that waits to be matched, in bytes. If more comes, the
// older half is dropped. The text left depends on what came, not on the pieces in
// which it came.
const bufferMax = 64 << 10

// A buffer holds the text that an actor received and no expectation has consumed.
// Positions count from the first byte ever received.
type buffer struct {
	mu       sync.Mutex
	text     []byte           // bytes are added behind it; a shorter text is a new one
	start    int              // position of text[0]
	matched  int              // end of the last match; bytes between it and start were dropped
	ended    bool             // nothing more will come
	midLine  bool             // text[0] continues a line whose beginning was consumed or dropped
	changed  chan struct{}    // closed at the next change
	searches map[*search]bool // the searches in progress
	looked   sync.Cond        // signalled when a search has looked
}

func newBuffer() *buffer {
	b := &buffer{changed: make(chan struct{}), searches: map[*search]bool{}}
	b.looked.L = &b.mu
	return b
}

// add appends received bytes. Before bytes are dropped, it waits until every search
// has looked at them.
func (b *buffer) add(text []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(text) > 0 {
		if len(b.text) == bufferMax {
			if b.unseen() {
				b.looked.Wait()
			} else {
				b.forget()
			}
			continue
		}
		n := min(len(text), bufferMax-len(b.text))
		b.text = append(b.text, text[:n]...)
		text = text[n:]
		b.wake()
	}
}

// unseen reports whether a search has yet to look at some of the text.
func (b *buffer) unseen() bool {
	for s := range b.searches {
		if s.seen < b.start+len(b.text) {
			return true
		}
	}
	return false
}

// forget drops the older half, and never splits a character.
func (b *buffer) forget() {
	n := bufferMax / 2
	for n < bufferMax/2+utf8.UTFMax-1 && !utf8.RuneStart(b.text[n]) {
		n++
	}
	b.midLine = b.text[n-1] != '\n'
	b.cut(n)
}

// heard is the number of bytes received so far.
func (b *buffer) heard() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.start + len(b.text)
}

// forgotten is the number of bytes dropped since the last match.
func (b *buffer) forgotten() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.start - b.matched
}

// end marks the end of the input.
func (b *buffer) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = true
	b.wake()
}

func (b *buffer) wake() {
	close(b.changed)
	b.changed = make(chan struct{})
}

func (b *buffer) cut(n int) {
	b.text = append(b.text[:0:0], b.text[n:]...)
	b.start += n
}

// remainder is the unmatched text, whose bytes never change. ofLine is how many of its
// first bytes belong to a line that was partly consumed or dropped.
func (b *buffer) remainder() (text []byte, ofLine int) {
	if b.midLine {
		if ofLine = bytes.IndexByte(b.text, '\n') + 1; ofLine == 0 {
			ofLine = len(b.text)
		}
	}
	return b.text[:len(b.text):len(b.text)], ofLine
}

// unmatched is the unmatched text.
func (b *buffer) unmatched() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	text, _ := b.remainder()
	return text
}
