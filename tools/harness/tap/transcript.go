//go:build unix

package tap

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"socklab/tools/harness/recording"
)

// A turn is a line of the transcript.
type turn struct {
	who    *parties
	way    direction
	what   string
	size   int
	head   []byte
	sum    []byte
	chunks []recording.Event
}

// words describe the kinds of events without bytes.
var words = map[string]string{
	closes: "closes", resets: "resets", refused: "refuses the connection",
	cutHere: "is cut here by the tap", resetHere: "is reset here by the tap",
}

// transcript is a tap's events as text, a line for each turn.
func (l *log) transcript(apart bool, name func(addr string, group int) string) string {
	turns, notes, more := l.read()
	if !apart {
		turns = serverFirst(turns)
	}
	var lines strings.Builder
	names := map[*parties]string{}
	calls := map[string]int{} // connections of each caller so far
	for _, t := range turns {
		caller, known := names[t.who]
		if !known {
			caller = cmp.Or(name(t.who.addr, t.who.client), "caller")
			if calls[caller]++; calls[caller] > 1 {
				caller = fmt.Sprintf("%s#%d", caller, calls[caller])
			}
			names[t.who] = caller
		}
		from, to := caller, cmp.Or(name("", t.who.server), "server")
		if t.way == server2client {
			from, to = to, from
		}
		arrow := from + " -> " + to + "  "
		switch {
		case t.what != data:
			fmt.Fprintf(&lines, "%s%s\n", arrow, words[t.what])
		case apart && len(t.chunks) > 1:
			said := 0
			for _, c := range t.chunks {
				said += c.Size
				fmt.Fprintf(&lines, "%s%s\n", arrow, payload(c.Size, c.Text, nil))
			}
			if len(t.chunks) == chunksMax || said < t.size {
				fmt.Fprintf(&lines, "%sand so on: %d bytes in all\n", arrow, t.size)
			}
		default:
			fmt.Fprintf(&lines, "%s%s\n", arrow, payload(t.size, t.head, t.sum))
		}
	}
	if more > 0 {
		fmt.Fprintf(&lines, "... %d events more\n", more)
	}
	for _, note := range notes {
		fmt.Fprintf(&lines, "%s\n", note)
	}
	return lines.String()
}

// read makes turns of the events.
func (l *log) read() (turns []*turn, notes []string, more int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	open := map[*parties]*turn{} // their last turn, if it is data
	for _, e := range l.track.Events() {
		of, _ := e.Of.(passage)
		switch e.Kind {
		case connects:
		case noted:
			notes = append(notes, string(e.Text))
		case total:
			if t := open[of.who]; t != nil {
				t.size, t.sum = e.Size, e.Text
			}
		case data:
			t := open[of.who]
			if t == nil || !e.Joins {
				t = &turn{who: of.who, way: of.way, what: data}
				turns, open[of.who] = append(turns, t), t
			}
			t.size += e.Size
			t.head = append(t.head, e.Text[:min(len(e.Text), shown-len(t.head))]...)
			t.chunks = append(t.chunks, e)
		default:
			turns = append(turns, &turn{who: of.who, way: of.way, what: e.Kind})
			delete(open, of.who)
		}
	}
	for who, t := range open {
		if s := who.running; s != nil {
			t.size, t.sum = s.size, s.hash.Sum(nil)
		}
	}
	left, _ := l.track.Left()
	return turns, notes, l.more + left
}

// serverFirst puts adjacent closes of a connection in one order, the server's first.
// When both sides have sent everything, chance decides which closes first, and a
// transcript must be the same in every run.
func serverFirst(events []*turn) []*turn {
	events = slices.Clone(events)
	last := map[*parties]int{} // index of the last event of a connection
	for i, e := range events {
		if before, ok := last[e.who]; ok && e.what == closes && events[before].what == closes && e.way == server2client {
			events[i], events[before] = events[before], e
		}
		last[e.who] = i
	}
	return events
}

// payload shows bytes escaped. Of many bytes it shows the beginning, the number left
// out, and a checksum of all.
func payload(size int, head, sum []byte) string {
	bytes := "bytes"
	if size == 1 {
		bytes = "byte"
	}
	text := fmt.Sprintf("%d %s  %s", size, bytes, strconv.Quote(string(head)))
	if more := size - len(head); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
		if sum != nil {
			text += fmt.Sprintf(", sha256 %.4x...", sum)
		}
	}
	return text
}
