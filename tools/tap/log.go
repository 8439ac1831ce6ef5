package tap

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"hash"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// A direction is which way something went.
type direction bool

const (
	client2server direction = true
	server2client direction = false
)

// What happened.
const (
	data    = "bytes"
	closes  = "closes"
	resets  = "resets"
	refused = "refuses the connection"

	cutHere   = "is cut here by the tap"
	resetHere = "is reset here by the tap"
)

const (
	eventsMax = 10000 // events that a transcript keeps
	chunksMax = 1000  // pieces of one event that it keeps apart
	shown     = 200   // bytes of a payload that it shows
)

// log is the record of a tap. It holds the beginning of every payload, its
// length and its checksum, so its size doesn't grow with what passes.
type log struct {
	owner func(client net.Conn, from net.Addr) int

	mu     sync.Mutex
	events []*event
	more   int // events that were not kept
	notes  []string
}

// parties are the two sides of a connection.
type parties struct {
	addr           string // the client's
	client, server int    // process groups
	last           *event
	over           bool // the tap ended it
}

type event struct {
	who    *parties
	way    direction
	what   string
	size   int64
	head   []byte
	sum    hash.Hash
	chunks []chunk
}

// A chunk is what came in one read.
type chunk struct {
	size int
	head []byte
}

// open begins the record of a connection, or of a sender of datagrams, who has
// no connection (nil). Who is at its ends is found now, while they are there.
func (l *log) open(client net.Conn, addr net.Addr) *parties {
	return &parties{addr: addr.String(), client: l.owner(client, addr), server: l.owner(nil, nil)}
}

// add records an event.
func (l *log) add(p *parties, way direction, what string, b []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p.over {
		return // what they do now is no news
	}
	p.over = what == cutHere || what == resetHere
	e := p.last
	if e == nil || e.what != data || what != data || e.way != way {
		if len(l.events) >= eventsMax {
			l.more++
			return
		}
		e = &event{who: p, way: way, what: what}
		l.events = append(l.events, e)
		p.last = e
	}
	if what == data {
		e.take(b)
	}
}

// datagram records one, which is never joined with another.
func (l *log) datagram(p *parties, way direction, b []byte) {
	l.mu.Lock()
	p.last = nil
	l.mu.Unlock()
	l.add(p, way, data, b)
}

// take adds bytes to an event.
func (e *event) take(b []byte) {
	if e.sum == nil {
		e.sum = sha256.New()
	}
	e.sum.Write(b)
	e.size += int64(len(b))
	e.head = append(e.head, b[:min(len(b), shown-len(e.head))]...)
	if len(e.chunks) < chunksMax {
		e.chunks = append(e.chunks, chunk{len(b), append([]byte(nil), b[:min(len(b), shown)]...)})
	}
}

func (l *log) note(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.notes = append(l.notes, text)
}

// text is the record, a line for each event.
func (l *log) text(chunks bool, name func(addr string, group int) string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var lines strings.Builder
	names := map[*parties]string{}
	calls := map[string]int{} // connections of each caller so far
	events := l.events
	if !chunks {
		events = serverFirst(events)
	}
	for _, e := range events {
		caller, known := names[e.who]
		if !known {
			caller = cmp.Or(name(e.who.addr, e.who.client), "caller")
			if calls[caller]++; calls[caller] > 1 {
				caller = fmt.Sprintf("%s#%d", caller, calls[caller])
			}
			names[e.who] = caller
		}
		from, to := caller, cmp.Or(name("", e.who.server), "server")
		if e.way == server2client {
			from, to = to, from
		}
		arrow := from + " -> " + to + "  "
		switch {
		case e.what != data:
			fmt.Fprintf(&lines, "%s%s\n", arrow, e.what)
		case chunks && len(e.chunks) > 1:
			for _, c := range e.chunks {
				fmt.Fprintf(&lines, "%s%s\n", arrow, payload(int64(c.size), c.head, nil))
			}
			if len(e.chunks) == chunksMax {
				fmt.Fprintf(&lines, "%sand so on: %d bytes in all\n", arrow, e.size)
			}
		default:
			fmt.Fprintf(&lines, "%s%s\n", arrow, payload(e.size, e.head, e.sum))
		}
	}
	if l.more > 0 {
		fmt.Fprintf(&lines, "... %d events more\n", l.more)
	}
	for _, note := range l.notes {
		fmt.Fprintf(&lines, "%s\n", note)
	}
	return lines.String()
}

// serverFirst puts the closes of a connection that follow each other in one
// order. When both sides have said all they had to say, chance decides which
// closes first, and a transcript is to be the same in every run.
func serverFirst(events []*event) []*event {
	events = slices.Clone(events)
	last := map[*parties]int{} // where the last event of a connection stands
	for i, e := range events {
		if before, ok := last[e.who]; ok && e.what == closes && events[before].what == closes && e.way == server2client {
			events[i], events[before] = events[before], e
		}
		last[e.who] = i
	}
	return events
}

// payload shows bytes escaped; of a long one the beginning, what is left out,
// and a checksum of all of it.
func payload(size int64, head []byte, sum hash.Hash) string {
	bytes := "bytes"
	if size == 1 {
		bytes = "byte"
	}
	text := fmt.Sprintf("%d %s  %s", size, bytes, strconv.Quote(string(head)))
	if more := size - int64(len(head)); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
		if sum != nil {
			text += fmt.Sprintf(", sha256 %.4x...", sum.Sum(nil))
		}
	}
	return text
}
