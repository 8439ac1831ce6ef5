// Package lanes writes a recording as text, whole or while it grows: a column, or
// lane, for each actor, and a row for each thing that happened, with its time.
//
//	── The client says a name.
//	  0.117 s                         alice  echo-client 127.0.0.1:8000 alice
//	  0.138 s alice
//	  0.139 s exited 0                hello alice  exited 0
//
// Names stand before the first words of an actor in its lane. What an actor does when
// it starts or ends may stand in the row before, if that is not older than 50 ms.
package lanes

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"socklab/tools/harness/recording"
)

// Depths are what can be shown: the screens alone, or one of the others between them.
var Depths = []string{"screen", "stream", "packets", "syscalls"}

// Options are how lanes look.
type Options struct {
	Width  int    // of the terminal, in columns; 0 is 80
	Colour bool   // the text may have colours
	Depth  string // one of Depths; "" is screen
	// Cast is who will come. Without it there are as many lanes as fit.
	Cast []Actor
	// Safe makes visible what a terminal would obey.
	Safe func([]byte) string
}

// An Actor has a lane from First to Last. They count anything that grows: the
// script's lines, or events.
type Actor struct {
	Name        string
	First, Last int
}

const (
	timeWidth = 10 // columns before the first lane
	laneMin   = 22 // columns that a lane has at least
	gap       = 2  // columns between two lanes

	lineMax = 4096   // bytes of a line that has not ended, until it is written all the same
	rowTime = 50_000 // microseconds that a row waits for beginnings and ends of actors
)

// CastOf are the actors of a recording. They count its events.
func CastOf(events []recording.Event) (cast []Actor) {
	at := map[string]int{}
	for i, e := range events {
		if e.Layer != "screen" {
			continue
		}
		n, known := at[e.Actor]
		if !known {
			n = len(cast)
			at[e.Actor] = n
			cast = append(cast, Actor{Name: e.Actor, First: i})
		}
		cast[n].Last = i
	}
	return cast
}

// most is how many actors of a cast are there at once, or limit if that is less.
func most(cast []Actor, limit int) int {
	var until []int
	for _, a := range cast {
		lane := slices.IndexFunc(until, func(last int) bool { return last < a.First })
		if lane < 0 && len(until) == limit {
			return limit
		}
		if lane < 0 {
			lane = len(until)
			until = append(until, 0)
		}
		until[lane] = a.Last
	}
	return max(len(until), 1)
}

// Lanes are written event by event. A row is written when the next one begins, or at
// Settle.
type Lanes struct {
	w     io.Writer
	err   error // of w
	o     Options
	width int // of a lane
	lanes []lane
	of    map[string]int    // the lane of each actor
	begun map[string]*begun // by actor
	typed recording.Event   // a line that somebody has only begun to type; the zero Event if nobody has
	row   row

	running recording.Event // the command that runs; the zero event if none does
	verdict recording.Event
	failed  bool // a command has: what follows is tidying up
}

// A lane is a column.
type lane struct {
	living map[string]bool
	last   string // whose words were last there
}

// A begun line has not ended.
type begun struct {
	text []byte
	at   int64
}

// A row waits to be written.
type row struct {
	cells   []cell // from left to right; none: there is no row
	at      int64
	timed   bool // it begins with its time
	open    bool // beginnings and ends may stand in it
	heading bool
}

// A cell is a text in a row, from a column on.
type cell struct {
	from, width int
	text        string // with colours
}

// New begins lanes.
func New(w io.Writer, o Options) *Lanes {
	o.Width = cmp.Or(max(o.Width, 0), 80)
	o.Depth = cmp.Or(o.Depth, Depths[0])
	l := &Lanes{w: w, o: o, of: map[string]int{}, begun: map[string]*begun{}}
	n := max((o.Width-timeWidth+gap)/(laneMin+gap), 1)
	if len(o.Cast) > 0 {
		n = most(o.Cast, n)
	}
	l.width = max((o.Width-timeWidth+gap)/n-gap, 1)
	for range n {
		l.lanes = append(l.lanes, lane{living: map[string]bool{}})
	}
	return l
}

// Running is the beginning of the command that runs; the zero Event if none does.
func (l *Lanes) Running() recording.Event { return l.running }

// Verdict is the verdict; the zero Event if it has not come.
func (l *Lanes) Verdict() recording.Event { return l.verdict }

// Add writes an event. A line that is typed in several pieces, one after the other, is
// one event.
func (l *Lanes) Add(e recording.Event) {
	if isTyped := e.Layer == "screen" && e.Kind == "in"; isTyped && e.Joins && e.Actor == l.typed.Actor {
		l.typed.Text = append(l.typed.Text, e.Text...)
	} else if l.writeTyped(); isTyped && !e.Joins && len(e.Text) > 0 {
		l.typed = e
		l.typed.Text = slices.Clone(e.Text)
	} else {
		l.add(e)
	}
	if n := len(l.typed.Text); n > lineMax || n > 0 && l.typed.Text[n-1] == '\n' {
		l.writeTyped()
	}
}

// writeTyped writes what somebody has begun to type.
func (l *Lanes) writeTyped() {
	if e := l.typed; len(e.Text) > 0 {
		l.typed = recording.Event{}
		l.add(e)
	}
}

func (l *Lanes) add(e recording.Event) {
	switch {
	case e.Layer == "script":
		l.script(e)
	case l.failed || e.Layer != "screen" && e.Layer != l.o.Depth:
	case e.Kind == "dropped" && e.Actor == "":
		l.across(e, "2", fmt.Sprintf("(%s: %s left out)", l.safe(e.Layer), l.o.Safe(e.Text)))
	case e.Layer == "screen":
		l.screen(e)
	case e.Layer == "syscalls":
		l.lineOf(e, "2", l.o.Safe(e.Text))
	default:
		l.arrow(e)
	}
}

func (l *Lanes) safe(text string) string { return l.o.Safe([]byte(text)) }

func (l *Lanes) script(e recording.Event) {
	switch e.Kind {
	case "step":
		l.heading(e.At, "1", "── "+l.o.Safe(e.Text))
	case "begin":
		l.running = e
	case "end":
		l.flushAll() // what the command waited for has come
		command := l.running
		l.running = recording.Event{}
		if text := string(e.Text); text != "" && text != "skipped" {
			if text != "failed" {
				text = ": " + text
			} else {
				text = ""
			}
			l.across(e, "1;31", fmt.Sprintf("✗ line %d: %s%s", e.Line, l.o.Safe(command.Text), l.safe(text)))
			l.failed = true
		}
	case "fault":
		l.across(e, "33", fmt.Sprintf("── %s: %s", l.safe(e.Actor), l.o.Safe(e.Text)))
	case "verdict":
		l.verdict = e
		l.flushAll()
		text := l.o.Safe(e.Text)
		if text != "passed" {
			l.heading(e.At, "1;31", "── "+text)
			return
		}
		if c := l.row.cells; l.row.heading && len(c) == 1 && c[0].width+gap+len(text) <= l.o.Width {
			l.row.cells = append(c, cell{c[0].width + gap, len(text), l.style("1;32", text)})
			return
		}
		l.heading(e.At, "1;32", "── "+text)
	case "dropped":
		l.across(e, "2", fmt.Sprintf("(script: %s left out)", l.o.Safe(e.Text)))
	}
}

// screen writes what a terminal, or a socket, has seen. A line that has only begun is
// written when it ends, when the actor does something else, or when the script goes
// on.
func (l *Lanes) screen(e recording.Event) {
	text := l.o.Safe(e.Text)
	if e.Kind != "out" {
		l.flush(e.Actor)
	}
	switch e.Kind {
	case "out":
		b := l.begun[e.Actor]
		if b == nil {
			b = &begun{}
			l.begun[e.Actor] = b
		}
		for rest := e.Text; len(rest) > 0; {
			end := slices.Index(rest, '\n') + 1
			if end == 0 {
				b.text, b.at = append(b.text, rest...), e.At
				break
			}
			l.lineOf(e, "", l.o.Safe(append(b.text, rest[:end-1]...)))
			b.text, rest = nil, rest[end:]
		}
		if len(b.text) > lineMax {
			l.flush(e.Actor)
		}
	case "start":
		l.life(e, text)
	case "in":
		l.lineOf(e, "36", "» "+strings.TrimSuffix(text, "\n"))
	case "key", "signal":
		l.lineOf(e, "36", "» "+text)
	case "exit":
		l.life(e, ended(text))
		l.leave(e.Actor)
	case "fin":
		l.lineOf(e, "36", "» closed")
	case "reset":
		l.lineOf(e, "36", "» reset")
	case "undone", "dropped":
		l.lineOf(e, "2", fmt.Sprintf("(%s: %s)", e.Kind, text))
	}
}

// ended says how an actor ended.
func ended(how string) string {
	switch {
	case strings.HasPrefix(how, "SIG"):
		return "killed by " + how
	case strings.Trim(how, "0123456789") == "":
		return "exited " + how
	}
	return "« " + how
}

// flush writes the line that an actor has only begun.
func (l *Lanes) flush(actor string) {
	if b := l.begun[actor]; b != nil && len(b.text) > 0 {
		text := b.text
		b.text = nil
		l.lineOf(recording.Event{At: b.at, Actor: actor}, "", l.o.Safe(text))
	}
}

// flushAll writes the lines that have only begun.
func (l *Lanes) flushAll() {
	var names []string
	for name := range l.begun {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		l.flush(name)
	}
}

// leave notes that an actor is gone: another may have its lane.
func (l *Lanes) leave(actor string) {
	if at, known := l.of[actor]; known {
		delete(l.lanes[at].living, actor)
	}
}

// laneOf is the lane of an actor. One that comes gets a lane in which nobody is, and
// of those one that is free in the row. If there is none, it shares the lane of the
// fewest: not the first if it can be helped, since there is a script's server.
func (l *Lanes) laneOf(actor string) int {
	if at, known := l.of[actor]; known {
		return at
	}
	best, least := 0, -1
	for i, lane := range l.lanes {
		from, _ := l.span(i)
		cost := i // of lanes where nobody is, the first
		switch n := len(lane.living); {
		case n > 0 && i == 0:
			cost = math.MaxInt
		case n > 0:
			cost = 1<<20*n - i // of the others, the last
		case l.row.open && !l.row.free(from, from+l.width):
			cost += 1 << 10
		}
		if least < 0 || cost < least {
			best, least = i, cost
		}
	}
	l.of[actor] = best
	l.lanes[best].living[actor] = true
	return best
}

// span are the columns of a lane: its own, and those to the right of it where nobody
// is.
func (l *Lanes) span(at int) (from, to int) {
	from = timeWidth + at*(l.width+gap)
	for next := at + 1; next < len(l.lanes); next++ {
		if len(l.lanes[next].living) > 0 {
			return from, timeWidth + next*(l.width+gap) - gap
		}
	}
	return from, max(l.o.Width, from+1)
}

// name is what stands before an actor's words: its name, if others had the lane.
func (l *Lanes) name(actor string, at, room int) string {
	if l.lanes[at].last == actor {
		return ""
	}
	l.lanes[at].last = actor
	return ansi.Truncate(l.safe(actor), max(room-gap, 1), "…") + strings.Repeat(" ", gap)
}

// lineOf writes a line in the lane of an actor, folded.
func (l *Lanes) lineOf(e recording.Event, style, text string) {
	at := l.laneOf(e.Actor)
	from, to := l.span(at)
	name := l.name(e.Actor, at, to-from)
	for i, part := range shortened(strings.Split(ansi.Wrap(name+text, to-from, ""), "\n")) {
		l.begin(e.At, i == 0)
		l.put(from, part, l.named(name, i == 0, style, part))
	}
}

// named has a name, which may begin a text, in its own style.
func (l *Lanes) named(name string, first bool, style, text string) string {
	rest, is := strings.CutPrefix(text, strings.TrimRight(name, " "))
	if !first || name == "" || !is {
		return l.style(style, text)
	}
	return l.style("1;4", strings.TrimRight(name, " ")) + l.style(style, rest)
}

// life writes how an actor begins or ends, on one line, in the row that waits if
// there is room.
func (l *Lanes) life(e recording.Event, text string) {
	at := l.laneOf(e.Actor)
	from, to := l.span(at)
	name := l.name(e.Actor, at, to-from)
	text = ansi.Truncate(name+text, to-from, "…")
	own := min(to, from+l.width) // beside others, its own columns alone
	if l.row.open && e.At-l.row.at <= rowTime {
		end := from
		for _, c := range l.row.cells {
			if c.from >= from && c.from < own {
				end = c.from + c.width + gap
			}
		}
		alone := end == from && l.row.timed || end > from && name == ""
		if alone && end+ansi.StringWidth(text) <= to && l.row.free(end, end+ansi.StringWidth(text)) {
			l.put(end, text, l.named(name, true, "2", text))
			return
		}
	}
	l.begin(e.At, true)
	l.put(from, text, l.named(name, true, "2", text))
}

// arrow writes what goes from one actor to another, from lane to lane, with its text
// in the lane of the sender. Where an end has no lane of its own, it is a line.
func (l *Lanes) arrow(e recording.Event) {
	style := map[string]string{"packets": "2", "stream": ""}[e.Layer]
	if e.Kind == "lost" || e.Kind == "refused" || e.Kind == "reset" {
		style = "31"
	}
	text, isArrow := passed(e, l.o.Safe)
	if text == "" {
		return
	}
	sender, here := l.alone(e.Actor)
	receiver, there := l.alone(e.Peer)
	if !isArrow || !here || !there || sender == receiver {
		if e.Actor != "" {
			text = l.safe(e.Actor) + ": " + text
		}
		if e.Peer != "" {
			text = strings.Replace(text, ": ", " → "+l.safe(e.Peer)+": ", 1)
		}
		l.across(e, style, text)
		return
	}
	tip := map[bool]string{true: "▶", false: "◀"}[sender < receiver]
	if e.Kind == "lost" {
		tip = "✗"
	}
	from, to := l.span(sender)
	left := timeWidth + min(sender, receiver)*(l.width+gap)
	right := timeWidth + max(sender, receiver)*(l.width+gap)
	if sender < receiver {
		to = right - gap - 3 // the shaft has two columns at least
	} else {
		from, to = right, max(to, right+1)
	}
	for i, part := range shortened(strings.Split(ansi.Wrap(text, max(to-from, 1), ""), "\n")) {
		l.begin(e.At, i == 0)
		switch {
		case i > 0:
		case sender < receiver:
			shaft := max(right-gap-from-ansi.StringWidth(part)-1, 1)
			part += " " + strings.Repeat("─", shaft) + tip
		default:
			shaft := tip + strings.Repeat("─", right-left-2)
			l.put(left, shaft, l.style(style, shaft))
		}
		l.put(from, part, l.style(style, part))
	}
}

// alone is the lane that an actor has for itself, if it has one. An actor may send
// before its screen has begun: a socket that connects.
func (l *Lanes) alone(actor string) (at int, is bool) {
	at, known := l.of[actor]
	if !known {
		if !slices.ContainsFunc(l.o.Cast, func(a Actor) bool { return a.Name == actor }) {
			return 0, false
		}
		at = l.laneOf(actor)
	}
	lane := l.lanes[at]
	switch n := len(lane.living); {
	case lane.living[actor]:
		return at, n == 1
	default:
		return at, n == 0 && lane.last == actor
	}
}

// passed says what went from one side to the other, and whether it is an arrow.
func passed(e recording.Event, safe func([]byte) string) (text string, arrow bool) {
	if e.Layer == "packets" {
		text = safe(e.Text)
		// Numbers, windows and options are for experts: packets -v.
		if at := strings.LastIndex(text, "  ("); at > 0 && strings.HasSuffix(text, ")") {
			text = text[:at]
		}
		return text, true
	}
	switch e.Kind {
	case "data":
		text = strconv.Quote(string(e.Text))
		if e.Size > len(e.Text) {
			text += fmt.Sprintf("… (%d bytes)", e.Size)
		}
		return text, true
	case "connect", "accept", "reset", "refused":
		return e.Kind, true
	case "fin":
		return "end", true
	case "total":
		return "", false
	case "note":
		return safe(e.Text), false
	}
	return safe([]byte(e.Kind)), false
}

// shortened leaves out the middle of many lines.
func shortened(lines []string) []string {
	const most, ends = 9, 4
	if len(lines) <= most {
		return lines
	}
	gone := fmt.Sprintf("… %d lines", len(lines)-2*ends)
	return slices.Concat(lines[:ends], []string{gone}, lines[len(lines)-ends:])
}

// across writes a line over all lanes, at its time.
func (l *Lanes) across(e recording.Event, style, text string) {
	for i, part := range shortened(strings.Split(ansi.Wrap(text, max(l.o.Width-timeWidth, 1), ""), "\n")) {
		l.begin(e.At, i == 0)
		l.row.open = false
		l.put(timeWidth, part, l.style(style, part))
	}
}

// heading writes a line over the whole width, without a time.
func (l *Lanes) heading(at int64, style, text string) {
	for part := range strings.SplitSeq(ansi.Wordwrap(text, l.o.Width, ""), "\n") {
		l.Settle()
		l.row.heading, l.row.at = true, at
		l.put(0, part, l.style(style, part))
	}
}

// begin begins a row, with its time or in continuation of the one before.
func (l *Lanes) begin(at int64, first bool) {
	l.Settle()
	l.row = row{at: at, timed: first, open: true}
}

// put puts a text into the row.
func (l *Lanes) put(from int, plain, styled string) {
	l.row.cells = append(l.row.cells, cell{from, ansi.StringWidth(plain), styled})
	slices.SortStableFunc(l.row.cells, func(a, b cell) int { return a.from - b.from })
}

// free reports whether a row has nothing in these columns.
func (r *row) free(from, to int) bool {
	return !slices.ContainsFunc(r.cells, func(c cell) bool { return c.from < to && from < c.from+c.width+gap })
}

// Settle writes the row that waits.
func (l *Lanes) Settle() {
	r := l.row
	l.row = row{}
	if len(r.cells) == 0 || l.err != nil {
		return
	}
	var b strings.Builder
	at := 0
	if r.timed {
		b.WriteString(clock(r.at))
		at = timeWidth
	}
	for _, c := range r.cells {
		if n := c.from - at; n > 0 {
			b.WriteString(strings.Repeat(" ", n))
			at = c.from
		}
		b.WriteString(c.text)
		at += c.width
	}
	_, l.err = io.WriteString(l.w, strings.TrimRight(b.String(), " ")+"\n")
}

// Due is the time when the row that waits is written even if nothing follows; 0 if
// none waits.
func (l *Lanes) Due() int64 {
	if len(l.row.cells) == 0 {
		return 0
	}
	return l.row.at + rowTime
}

// Pause writes all that has come, lines that have only begun, too.
func (l *Lanes) Pause() {
	l.writeTyped()
	l.flushAll()
	l.Settle()
}

// Err is the first error of the writer.
func (l *Lanes) Err() error { return l.err }

// Close writes all that has come, and returns the first error of the writer.
func (l *Lanes) Close() error {
	l.Pause()
	return l.err
}

func (l *Lanes) style(style, text string) string {
	if !l.o.Colour || style == "" || text == "" {
		return text
	}
	return "\x1b[" + style + "m" + text + "\x1b[m"
}

// clock is a time, given in microseconds, in the width of its column.
func clock(at int64) string { return fmt.Sprintf("%7.3f s ", float64(at)/1e6) }
