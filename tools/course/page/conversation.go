package page

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"socklab/tools/harness/recording"
)

// fromRecording is what a diagram is drawn from in place of a transcript: what some
// actors said to each other, in a play of the lesson's script:
//
//	```mermaid from=1.1-echo/recording:client,server
const fromRecording = "recording:"

// actorsOf are the actors whose conversation a fence draws; nil if it draws something
// else.
func (f fence) actorsOf() []string {
	_, member, _ := strings.Cut(f.from, "/")
	names, is := strings.CutPrefix(member, fromRecording)
	if !is || names == "" {
		return nil
	}
	return strings.Split(names, ",")
}

// Recorded reports whether a lesson has diagrams that are drawn from a recording of
// its script.
func Recorded(root fs.FS, stem string) bool {
	c := &checker{root: root}
	p, err := c.openPage(lessonFile(stem))
	return err == nil && slices.ContainsFunc(c.fencesOf(p), func(f fence) bool { return f.actorsOf() != nil })
}

// CheckRecorded compares these diagrams with the events of a play: on each connection
// between two of the actors the same must have happened, in the same order. In which
// order others spoke meanwhile is chance, and so is how bytes were cut, and who of two
// that close did so first. A play whose recording is not whole, or could not name
// somebody, is not compared.
func CheckRecorded(root fs.FS, stem string, events []recording.Event) []Problem {
	c := &checker{root: root}
	p, err := c.openPage(lessonFile(stem))
	if err != nil {
		return []Problem{{Message: err.Error()}}
	}
	for _, f := range c.fencesOf(p) {
		actors := f.actorsOf()
		if actors == nil {
			continue
		}
		play := conversation(events, actors)
		if play.unsure {
			continue
		}
		want, err := draw(nil, play.messages(), len(play.said))
		if err != nil {
			c.add(p.file, f.line, "diagram: %v said nothing to each other: %v", actors, err)
		} else if !play.isTold(f.lines) {
			c.add(p.file, f.line, "diagram: the play was another; go test . -run 'TestScripts/%s$' -update draws it anew. It was\n%s", stem, strings.Join(want, "\n"))
		}
	}
	return c.problems
}

// RedrawRecorded is Redraw for diagrams from a recording.
func RedrawRecorded(root fs.FS, stem string, events []recording.Event) (page []byte, changed bool, err error) {
	return redraw(root, stem, func(_ *checker, f fence) ([]string, error) {
		if actors := f.actorsOf(); actors != nil {
			play := conversation(events, actors)
			if play.isTold(f.lines) {
				return nil, nil // what differs is chance
			}
			return draw(nil, play.messages(), f.most)
		}
		return nil, nil
	})
}

// A talk is a connection of two actors, or the datagrams between them.
type talk struct {
	ends   [2]string
	called string
	said   []*said // in their order
}

// A said is an arrow of a conversation: what one actor said to another.
type said struct {
	from, to string
	what     string // connects, data, closes, resets, refuses or lost
	text     []byte // the beginning of the data
	size     int    // of the data
	alone    bool   // a datagram
	told     bool   // an arrow shows some of it
}

// A dialogue is what some actors said to each other.
type dialogue struct {
	talks []*talk
	said  []*said

	unsure bool // packets were dropped, or somebody who spoke with the actors has no name
}

// conversation is what actors said to each other, in the order of time. What one said
// in pieces is one, if nobody spoke in between. Where both close, and nobody spoke in
// between, the one who was called comes first: which came first is chance. Of packets
// that were lost it has the first, until others arrive.
func conversation(events []recording.Event, actors []string) *dialogue {
	d := &dialogue{}
	type key struct {
		connection int
		datagrams  string
	}
	open := map[key]*talk{}
	ends := endsOf(events)
	full := false // the recording has no more; talks that had ended before are whole
	for _, e := range events {
		if e.Kind == "dropped" {
			full = full || e.Layer == "stream"
			d.unsure = d.unsure || e.Layer == "packets" && bytes.Contains(e.Text, []byte("too fast"))
		}
		from, to, known := ends.of(e)
		if e.Connection > 0 && known && e.Kind != "refused" && (slices.Contains(actors, from) && nameless(to, actors) || slices.Contains(actors, to) && nameless(from, actors)) {
			d.unsure = true
		}
		if !known || from == to || !slices.Contains(actors, from) || !slices.Contains(actors, to) {
			continue
		}
		k := key{connection: e.Connection}
		if e.Connection == 0 {
			k.datagrams = min(from, to) + " " + max(from, to)
		}
		t := open[k]
		if t == nil {
			t = &talk{ends: [2]string{from, to}}
		}
		var before *said
		if n := len(t.said); n > 0 {
			before = t.said[n-1]
		}
		s := &said{from: from, to: to, text: e.Text, size: max(e.Size, len(e.Text)), alone: e.Connection == 0}
		switch e.Kind {
		case "connect":
			s.what, t.called = "connects", to
		case "data":
			s.what = "data"
			if before.goesOn(s) && (before == d.said[len(d.said)-1] || !before.canBeCut()) {
				before.add(s)
				continue
			}
		case "fin":
			s.what = "closes"
			if before.bothClose(s) && before == d.said[len(d.said)-1] && from == t.called {
				before.from, before.to, s.from, s.to = s.from, s.to, before.from, before.to
			}
		case "reset", "cut off":
			s.what = "resets"
		case "refused":
			s.from, s.to, s.what = to, from, "refuses"
		case "lost":
			s.what = "lost"
			if s.size, s.text = lostBytes(e); s.size == 0 || before != nil && before.what == "lost" {
				continue
			}
		default:
			continue
		}
		if len(t.said) == 0 {
			open[k], d.talks = t, append(d.talks, t)
		}
		t.said, d.said = append(t.said, s), append(d.said, s)
	}
	d.unsure = d.unsure || full && (len(d.talks) == 0 || slices.ContainsFunc(d.talks, func(t *talk) bool { return !t.said[len(t.said)-1].message(0).ends() }))
	return d
}

// goesOn reports whether s is more of what was said before.
func (before *said) goesOn(s *said) bool {
	return before != nil && before.what == "data" && s.what == "data" && before.from == s.from && !s.alone
}

// nameless reports whether an end is an address that the diagram does not know.
func nameless(name string, actors []string) bool {
	_, err := netip.ParseAddrPort(name)
	return err == nil && !slices.Contains(actors, name)
}

// bothClose reports whether s closes what the other side has just closed.
func (before *said) bothClose(s *said) bool {
	return before != nil && before.what == "closes" && s.what == "closes" && before.from == s.to
}

// add adds what goes on.
func (before *said) add(s *said) {
	if len(before.text) < textMax {
		before.text = append(slices.Clip(before.text), s.text...)
	}
	before.size += s.size
}

// canBeCut reports whether the bytes are known, and text.
func (s *said) canBeCut() bool { return isText(s.text) && len(s.text) == s.size }

// ends are the final names of both ends of each connection, the caller's first.
type ends map[int]*[2]string

// endsOf finds them. A listener has its callers until the script accepts them, and
// when that is noticed is chance: so an end has its final name from the beginning.
func endsOf(events []recording.Event) ends {
	all, accepted := ends{}, map[int]bool{}
	for _, e := range events {
		if e.Connection == 0 || e.Layer != "stream" {
			continue
		}
		who := all[e.Connection]
		if who == nil {
			who = new([2]string)
			all[e.Connection] = who
		}
		caller, called := e.Actor, e.Peer
		if e.Called {
			caller, called = called, caller
		}
		who[0] = caller
		if !accepted[e.Connection] {
			who[1] = called
		}
		accepted[e.Connection] = accepted[e.Connection] || e.Kind == "accept"
	}
	return all
}

// of are the final names of who spoke in an event, and to whom.
func (all ends) of(e recording.Event) (from, to string, known bool) {
	who := all[e.Connection]
	switch {
	case e.Layer == "stream" && who == nil:
		return e.Actor, e.Peer, true
	case who == nil || e.Layer != "stream" && (e.Layer != "packets" || e.Kind != "lost"):
		return "", "", false
	case e.Called:
		return who[1], who[0], true
	}
	return who[0], who[1], true
}

// isText reports whether bytes are text: no text has a zero byte.
func isText(b []byte) bool { return !slices.Contains(b, 0) }

var lostData = regexp.MustCompile(`^bytes? (\d+)(?:-(\d+))?  ("(?:[^"\\]|\\.)*")`)

// lostBytes are those of a packet that was lost, from its line; 0 if it had none, or
// repeats others.
func lostBytes(e recording.Event) (size int, text []byte) {
	if line, is := e.Of.(fmt.Stringer); is && len(e.Text) == 0 {
		e.Text = []byte(line.String())
	}
	found := lostData.FindStringSubmatch(string(e.Text))
	if found == nil {
		return 0, nil
	}
	first, _ := strconv.Atoi(found[1])
	last, err := strconv.Atoi(found[2])
	if err != nil {
		last = first
	}
	quoted, err := strconv.Unquote(found[3])
	if err != nil {
		return 0, nil
	}
	return last - first + 1, []byte(quoted)
}

// textMax is how many bytes of what one says are kept: more than diagrams show.
const textMax = 64 << 10

// noText is how bytes are drawn that are no text: encrypted, their number is chance
// too.
const noText = "bytes that are no text"

// words are how size bytes of data are drawn.
func (s *said) words(size int) string {
	if s.what != "data" && s.what != "lost" {
		return s.what
	}
	if !isText(s.text) {
		return noText
	}
	bytesOf := "bytes"
	if size == 1 {
		bytesOf = "byte"
	}
	words := fmt.Sprintf("%d %s %s", size, bytesOf, strconv.Quote(string(s.text[:min(size, len(s.text))])))
	if s.what == "lost" {
		words = "lost: " + words
	}
	return shorten(words)
}

// message is s, or its first size bytes, as an arrow.
func (s *said) message(size int) message {
	m := message{s.from, s.to, "->>", s.words(size)}
	switch s.what {
	case "closes":
		m.arrow = "-->>"
	case "resets", "refuses":
		m.arrow = "--x"
	case "lost":
		m.arrow = "-x"
	}
	return m
}

func (d *dialogue) messages() (messages []message) {
	for _, s := range d.said {
		messages = append(messages, s.message(s.size))
	}
	return messages
}

// isTold reports whether a diagram shows a dialogue: each of its arrows is the next
// of a connection between these two, and none is missing, except behind a note that
// more is left out. The last ends may be missing in one of them: a script's end may
// come before them.
func (d *dialogue) isTold(lines []string) bool {
	left := map[*talk][]*said{}
	for _, t := range d.talks {
		left[t] = joined(t.said)
	}
	arrows, more, ok := readDiagram(lines)
	for _, m := range arrows {
		ok = ok && slices.ContainsFunc(d.talks, func(t *talk) (is bool) {
			left[t], is = next(left[t], m)
			return is
		}) || ok && m.ends() && slices.ContainsFunc(d.talks, func(t *talk) bool {
			return len(left[t]) == 0 && (t.ends == [2]string{m.from, m.to} || t.ends == [2]string{m.to, m.from})
		})
	}
	for _, rest := range left {
		ok = ok && (more || !slices.ContainsFunc(rest, func(s *said) bool { return !s.told && !s.message(0).ends() }))
	}
	return ok
}

// ends reports whether a message is an end of a connection.
func (m message) ends() bool { return m.what == "closes" || m.what == "resets" }

// joined is what was said, with pieces of data in one.
func joined(all []*said) (one []*said) {
	for _, s := range all {
		if n := len(one); n > 0 && one[n-1].goesOn(s) {
			one[n-1].add(s)
			continue
		}
		whole := *s
		one = append(one, &whole)
	}
	return one
}

// next takes an arrow from what was said, if it is next there.
func next(left []*said, m message) (rest []*said, is bool) {
	if len(left) == 0 {
		return nil, false
	}
	s := left[0]
	if len(left) > 1 && s.bothClose(left[1]) && left[1].message(0) == m {
		return []*said{s}, true
	}
	size := s.size
	if n, _, some := strings.Cut(m.what, " byte"); some && s.what == "data" && !s.alone && s.canBeCut() {
		if size, _ = strconv.Atoi(n); size <= 0 || size > s.size {
			return left, false
		}
	}
	switch {
	case s.message(size) != m && s.told && !isText(s.text):
		return next(left[1:], m) // one arrow shows all of such bytes, as do several
	case s.message(size) != m:
		return left, false
	case !isText(s.text):
		s.told = true
		return left, true
	case s.what == "data" && size < s.size:
		s.text, s.size = s.text[size:], s.size-size
		return left, true
	}
	return left[1:], true
}

var (
	arrowLine       = regexp.MustCompile(`^    (\w+?)(-->>|->>|--x|-x)(\w+): (.*)$`)
	participantLine = regexp.MustCompile(`^    participant (\w+)(?: as (.*))?$`)
)

// readDiagram is what draw draws, and whether it leaves some out.
func readDiagram(lines []string) (arrows []message, more, ok bool) {
	names := map[string]string{}
	for i, line := range lines {
		if found := participantLine.FindStringSubmatch(line); found != nil {
			names[found[1]] = cmp.Or(unmermaid(found[2]), found[1])
		} else if found := arrowLine.FindStringSubmatch(line); found != nil {
			arrows = append(arrows, message{names[found[1]], names[found[3]], found[2], unmermaid(found[4])})
		} else if strings.HasPrefix(line, "    Note over ") && i == len(lines)-1 {
			more = true
		} else if line != "sequenceDiagram" || i != 0 {
			return nil, false, false
		}
	}
	return arrows, more, true
}
