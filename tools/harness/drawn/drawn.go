// Package drawn makes the screens of programs that draw: what a terminal shows
// when its cursor is moved about.
//
// The terminal is github.com/charmbracelet/x/vt. It brings twenty packages along
// and a millisecond of every start: programs of the lessons don't import this.
package drawn

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/charmbracelet/x/vt"

	"socklab/tools/harness/recording"
)

// The terminal that scripts give a program, and what is drawn of one at most.
const (
	columns    = 80
	rows       = 24
	maxOutput  = 4 << 20 // bytes that a program prints
	maxChanges = 4 << 20 // bytes of rows
	maxTime    = 10 * time.Second
	maxDigits  = 3 // of a number in a control sequence: a screen has no place beyond that
)

// errMuch says that there is more than can be drawn.
var errMuch = fmt.Errorf("there is more to draw than %d MiB, or than %v are enough for", maxOutput>>20, maxTime)

// A Screen is what a program has drawn, as rows of text.
type Screen struct {
	Columns int      `json:"cols"`
	Rows    int      `json:"rows"`
	Changes []Change `json:"changes"`
}

// A Change is a row that an event has changed.
type Change struct {
	Event int // its index
	Row   int // from 0 on
	Text  string
}

// MarshalJSON writes a change as [event, row, text].
func (c Change) MarshalJSON() ([]byte, error) { return json.Marshal([]any{c.Event, c.Row, c.Text}) }

// moves is what a program prints that draws: any control sequence but one that
// sets colours.
var moves = regexp.MustCompile(`\x1b(\[[0-?]*[ -/]*[@-ln-~]|[78Mc])`)

// Screens are those of the actors that draw. Who prints lines has none, nor who
// draws more than can be shown.
func Screens(events []recording.Event) map[string]Screen {
	printed := map[string][]byte{}
	for _, e := range events {
		if e.Layer == "screen" && e.Kind == "out" {
			printed[e.Actor] = append(printed[e.Actor], e.Text...)
		}
	}
	screens, end := map[string]Screen{}, time.Now().Add(maxTime)
	for actor, text := range printed {
		if len(text) > maxOutput || !moves.Match(text) {
			continue
		}
		if s, err := film(events, actor, end); err == nil {
			screens[actor] = s
		}
	}
	return screens
}

// film plays what an actor's terminal showed, until a time.
func film(events []recording.Event, actor string, end time.Time) (Screen, error) {
	s := Screen{Columns: columns, Rows: rows}
	before, size := make([]string, rows), 0
	err := play(events, actor, end, func(event int, t *terminal) error {
		for row, text := range t.rows() {
			if text == before[row] {
				continue
			}
			before[row] = text
			s.Changes = append(s.Changes, Change{Event: event, Row: row, Text: text})
			if size += len(text) + 8; size > maxChanges {
				return errMuch
			}
		}
		return nil
	})
	return s, err
}

// Now is what an actor's terminal shows after all events: its rows, of which the
// empty ones at the end are left out.
func Now(events []recording.Event, actor string) (now []string, err error) {
	var last *terminal
	err = play(events, actor, time.Now().Add(maxTime), func(_ int, t *terminal) error {
		last = t
		return nil
	})
	if last == nil || err != nil {
		return nil, err
	}
	for i, row := range last.rows() {
		if row != "" {
			now = append(append(now, make([]string, i-len(now))...), row)
		}
	}
	return now, nil
}

// play writes an actor's output to a terminal, until a time, and calls show after
// each event. A terminal that fails is an error.
func play(events []recording.Event, actor string, end time.Time, show func(event int, t *terminal) error) (err error) {
	defer func() {
		if wrong := recover(); wrong != nil {
			err = fmt.Errorf("the terminal of %s fails: %v", actor, wrong)
		}
	}()
	t := &terminal{Emulator: vt.NewEmulator(columns, rows)}
	go io.Copy(io.Discard, t) // its answers, which nobody waits for
	defer func() {
		// Not t.Close, which must not be called while somebody reads.
		if answers, ok := t.InputPipe().(io.Closer); ok {
			answers.Close()
		}
	}()
	written := 0
	for i, e := range events {
		// A terminal's echo is recorded as what was typed.
		if e.Layer != "screen" || e.Actor != actor || e.Kind != "out" && e.Kind != "in" {
			continue
		}
		if written += len(e.Text); written > maxOutput {
			return errMuch
		}
		for piece := range slices.Chunk(t.filter.pass(recording.Cooked(e.Text)), 4<<10) {
			t.Write(piece)
			if time.Now().After(end) {
				return errMuch
			}
		}
		if err := show(i, t); err != nil {
			return err
		}
	}
	return nil
}

type terminal struct {
	*vt.Emulator
	filter filter
}

// rows are what it shows, without the blanks at their ends.
func (t *terminal) rows() []string {
	now := strings.Split(t.String(), "\n")
	now = append(now, make([]string, max(0, rows-len(now)))...)[:rows]
	for i := range now {
		now[i] = strings.TrimRight(now[i], " ")
	}
	return now
}

// A filter shortens the numbers of control sequences. A billion repetitions would
// be made, one by one. Those of modes, behind ?, repeat nothing, and have four digits.
type filter struct {
	escape, sequence, mode bool
	digits                 int
}

func (f *filter) pass(text []byte) []byte {
	left := make([]byte, 0, len(text))
	for i, c := range text {
		switch {
		case c == '[' && f.escape, c == 0x9b && isControl(text[:i+1]):
			f.sequence, f.mode, f.digits = true, false, 0
		case c == '?' && f.digits == 0:
			f.mode = true
		case c >= '0' && c <= '9':
			if f.digits++; f.sequence && !f.mode && f.digits > maxDigits {
				continue
			}
		case c == ';', c == ':':
			f.digits = 0
		case c < '@': // a sequence goes on
		default:
			f.sequence = false
		}
		f.escape = c == 0x1b
		left = append(left, c)
	}
	return left
}

// isControl tells whether a text ends in the control character CSI, not in a
// letter whose last byte is the same.
func isControl(text []byte) bool {
	r, _ := utf8.DecodeLastRune(text)
	return r == utf8.RuneError || r == 0x9b
}
