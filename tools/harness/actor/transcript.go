//go:build unix

package actor

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"socklab/tools/harness/recording"
)

// Limits of a transcript. Beyond them it drops the oldest bytes, and says how many.
const (
	transcriptMax = 1 << 20 // bytes
	eventsMax     = 10000
)

// The kinds of an actor's events (package recording, layer screen).
const (
	started    = "start" // with the command line
	printed    = "out"   // came from the program, or from the other side
	typed      = "in"    // was typed, or sent
	pressed    = "key"
	signalled  = "signal"
	exited     = "exit" // how
	halfClosed = "fin"
	reset      = "reset"
	undone     = "undone" // of the kind in its text
)

// A transcript is an actor's record, in order: a view of its events.
type transcript struct {
	actor string
	track *recording.Track
}

func newTranscript(rec *recording.Recording, actor string) transcript {
	return transcript{actor, rec.Track(recording.Limit{Events: eventsMax, Bytes: transcriptMax, Oldest: true})}
}

// add records an event. With joins set its text continues that of the event before,
// if both go the same way.
func (t transcript) add(kind string, text []byte, joins bool) {
	t.track.Add(recording.Event{Layer: "screen", Kind: kind, Actor: t.actor, Text: text, Joins: joins})
}

// undo takes back the last n bytes of a kind: they were recorded but did not happen.
func (t transcript) undo(kind string, n int) {
	t.track.Add(recording.Event{Layer: "screen", Kind: undone, Actor: t.actor, Text: []byte(kind), Size: n})
}

// A piece is the bytes that went one way, until some went the other way.
type piece struct {
	way  way
	text []byte
}

type way int

const (
	received way = iota
	said
	noted // about the conversation, not part of it
)

// pieces are the pieces of the conversation, and the number of bytes dropped. With
// ends set they include how the sides ended; the screen of a terminal does not show
// that.
func (t transcript) pieces(ends bool) (pieces []piece, gone int) {
	_, gone = t.track.Left()
	add := func(w way, text string, joins bool) {
		if n := len(pieces); joins && n > 0 && pieces[n-1].way == w {
			pieces[n-1].text = append(pieces[n-1].text, text...)
		} else {
			pieces = append(pieces, piece{w, []byte(text)})
		}
	}
	for _, e := range t.track.Events() {
		text := string(e.Text)
		switch e.Kind {
		case started:
			add(noted, "$ "+text+"\n", false)
		case printed:
			add(received, text, e.Joins)
		case typed:
			add(said, text, e.Joins)
		case pressed:
			add(said, text+"\n", e.Joins)
		case halfClosed:
			add(noted, closedMark, false)
		case reset:
			add(noted, mark+"reset", false)
		case exited:
			if ends {
				add(noted, "« "+text, false)
			}
		case undone:
			w, n := said, e.Size
			if text == halfClosed {
				w, n = noted, len(closedMark)
			}
			pieces, gone = takeBack(pieces, gone, w, n)
		}
	}
	return pieces, gone
}

// takeBack removes the last n bytes from the last piece of a way, as far as they
// were not dropped.
func takeBack(pieces []piece, gone int, w way, n int) ([]piece, int) {
	for i := len(pieces) - 1; i >= 0; i-- {
		p := &pieces[i]
		if p.way != w {
			continue
		}
		kept := min(n, len(p.text))
		if p.text = p.text[:len(p.text)-kept]; len(p.text) == 0 {
			pieces = slices.Delete(pieces, i, i+1)
		}
		return pieces, max(0, gone-(n-kept))
	}
	return pieces, max(0, gone-n)
}

// mark precedes text that the script typed or sent.
const mark = "» "

const closedMark = mark + "closed"

// screen is the transcript as a person at the terminal saw it.
func (t transcript) screen() string {
	pieces, gone := t.pieces(false)
	var b strings.Builder
	writeGone(&b, gone)
	for _, p := range pieces {
		if p.way == said {
			b.WriteString(mark)
		}
		writeVisible(&b, p.text)
	}
	if s := b.String(); s != "" && !strings.HasSuffix(s, "\n") {
		b.WriteString("\n")
	}
	return b.String()
}

// stream is the transcript as exact bytes, one line for each piece.
func (t transcript) stream() string {
	pieces, gone := t.pieces(true)
	var b strings.Builder
	writeGone(&b, gone)
	for _, p := range pieces {
		switch p.way {
		case said:
			b.WriteString(mark + strconv.Quote(string(p.text)))
		case received:
			b.WriteString("« " + strconv.Quote(string(p.text)))
		case noted:
			b.Write(p.text)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func writeGone(b *strings.Builder, gone int) {
	if gone > 0 {
		fmt.Fprintf(b, "… %d bytes no longer kept\n", gone)
	}
}

// Visible escapes characters that a terminal would interpret instead of show.
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
