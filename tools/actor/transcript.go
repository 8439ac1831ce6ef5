package actor

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// transcriptMax bounds what a transcript keeps, in bytes. The oldest goes
// first, and the transcript says how much is gone.
const transcriptMax = 1 << 20

// A transcript is an actor's record, in order.
type transcript struct {
	mu     sync.Mutex
	events []event
	size   int // bytes kept
	gone   int // bytes no longer kept
}

// An event is a piece of a conversation, in one direction.
type event struct {
	kind kind
	text []byte
}

type kind int

const (
	received kind = iota // from the program, or from the other side
	said                 // by the script, in the actor's name
	noted                // about the conversation, not a part of it
)

// add appends a piece, to the last one if joined is set and both go one way.
func (t *transcript) add(k kind, text []byte, joined bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.size += len(text)
	if n := len(t.events); joined && n > 0 && t.events[n-1].kind == k {
		t.events[n-1].text = append(t.events[n-1].text, text...)
	} else {
		t.events = append(t.events, event{k, append([]byte(nil), text...)})
	}
	for t.size > transcriptMax {
		first := &t.events[0]
		n := min(len(first.text), t.size-transcriptMax/2)
		first.text = append([]byte(nil), first.text[n:]...)
		t.size -= n
		t.gone += n
		if len(first.text) == 0 {
			t.events = t.events[1:]
		}
	}
}

// mark stands before what the script typed or sent.
const mark = "» "

// screen renders a transcript as a person at the terminal saw it.
func (t *transcript) screen() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var b strings.Builder
	t.renderGone(&b)
	for _, e := range t.events {
		if e.kind == said {
			b.WriteString(mark)
		}
		writeVisible(&b, e.text)
	}
	if s := b.String(); s != "" && !strings.HasSuffix(s, "\n") {
		b.WriteString("\n")
	}
	return b.String()
}

// stream renders a transcript as exact bytes, a line for each piece.
func (t *transcript) stream() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var b strings.Builder
	t.renderGone(&b)
	for _, e := range t.events {
		switch e.kind {
		case said:
			b.WriteString(mark + strconv.Quote(string(e.text)))
		case received:
			b.WriteString("« " + strconv.Quote(string(e.text)))
		case noted:
			b.Write(e.text)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func (t *transcript) renderGone(b *strings.Builder) {
	if t.gone > 0 {
		fmt.Fprintf(b, "… %d bytes no longer kept\n", t.gone)
	}
}

// Visible escapes what a terminal would obey instead of show.
func Visible(text []byte) string {
	var b strings.Builder
	writeVisible(&b, text)
	return b.String()
}

func writeVisible(b *strings.Builder, text []byte) {
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(b, `\x%02x`, text[0])
		case r == '\n' || r == '\t' || unicode.IsGraphic(r):
			b.WriteRune(r)
		default:
			q := strconv.QuoteRune(r)
			b.WriteString(q[1 : len(q)-1])
		}
		text = text[n:]
	}
}
