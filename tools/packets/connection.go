package packets

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/gopacket/gopacket/layers"
)

// A segment is one of TCP (RFC 9293 section 3.1).
type segment struct {
	from, to netip.AddrPort
	tcp      layers.TCP
	size     int // of its data, in bytes
}

// A connection is two addresses and what each has said to the other.
type connection struct {
	ends   [2]netip.AddrPort // the client's, who sent SYN, and the server's
	halves [2]half
	stage  stage
	reset  bool
	joined bool // in the middle, and that is yet to be told
}

type stage int

const (
	middle stage = iota // as good as established
	synSent
	synAnswered
)

const (
	client = 0
	server = 1
)

// A half is what one end says. Its numbers are relative: SYN is 0, the first
// byte 1, and they go on where the 32 bits of a header begin anew.
type half struct {
	known  bool
	base   uint32 // the number in the header that is our 0
	next   int64  // the one after the highest seen
	acked  int64  // the highest that the other end has acknowledged
	fin    int64  // the number of FIN; 0 is none yet
	holes  []span // what was not seen below next
	scale  int    // of the window (RFC 7323 section 2); -1 if it has none, or nobody saw it
	window int    // as last announced; -1 is never
}

// A span is numbers, the last excluded.
type span struct{ from, to int64 }

// relative is the relative number of seq.
func (h *half) relative(seq uint32) int64 {
	return h.next + int64(int32(seq-h.base-uint32(h.next)))
}

// begin says which number comes next.
func (h *half) begin(seq uint32, next int64) {
	h.known, h.base, h.next, h.acked = true, seq-uint32(next), next, next
}

// take notes the numbers of a segment, and reports whether any are new.
func (h *half) take(s span) (fresh bool) {
	if s.to <= s.from {
		return false
	}
	if s.from > h.next && len(h.holes) < holesMax {
		h.holes = append(h.holes, span{h.next, s.from})
	}
	var left []span
	for _, hole := range h.holes {
		if s.to <= hole.from || hole.to <= s.from || s.from > h.next {
			left = append(left, hole)
			continue
		}
		fresh = true
		if hole.from < s.from {
			left = append(left, span{hole.from, s.from})
		}
		if s.to < hole.to {
			left = append(left, span{s.to, hole.to})
		}
	}
	h.holes = left
	if s.to > h.next {
		h.next, fresh = s.to, true
	}
	return fresh
}

const (
	holesMax       = 64
	connectionsMax = 20000
)

// ended is true when nothing more is to come.
func (c *connection) ended() bool {
	return c.reset || c.halves[client].over() && c.halves[server].over()
}

func (h *half) over() bool { return h.fin > 0 && h.acked > h.fin }

// rests is true when nothing is on its way.
func (c *connection) rests() bool {
	quiet := func(h *half) bool { return !h.known || h.acked >= h.next }
	return c.ended() || c.stage == middle && quiet(&c.halves[client]) && quiet(&c.halves[server])
}

// ErrOpen is that connections haven't ended in time.
var ErrOpen = errors.New("still open")

// waitsFor says why a connection hasn't ended.
func (c *connection) waitsFor() string {
	var silent, unheard []string
	for i, h := range c.halves {
		switch {
		case h.known && h.acked < h.next:
			unheard = append(unheard, c.ends[i].String())
		case h.fin == 0:
			silent = append(silent, c.ends[i].String())
		}
	}
	why := ""
	switch {
	case c.stage == synSent:
		why = "SYN has no answer"
	case c.stage == synAnswered:
		why = "SYN ACK has no answer"
	case len(unheard) > 0:
		why = "nobody has acknowledged what was sent by " + strings.Join(unheard, " and ")
	default:
		why = "no FIN from " + strings.Join(silent, " or ")
	}
	return fmt.Sprintf("%s -> %s: %s", c.ends[client], c.ends[server], why)
}

// A tracker knows the connections of a capture, the oldest of them forgotten
// when there are too many.
type tracker struct {
	known map[[2]netip.AddrPort]*connection
	order [][2]netip.AddrPort
}

// open lists the connections for which done isn't true.
func (t *tracker) open(done func(*connection) bool) (open []*connection) {
	for _, key := range t.order {
		if c := t.known[key]; !done(c) {
			open = append(open, c)
		}
	}
	return open
}

// find is the connection of a segment, and who sent it.
func (t *tracker) find(s *segment) (*connection, int) {
	key := [2]netip.AddrPort{s.from, s.to}
	if s.to.Compare(s.from) < 0 {
		key[0], key[1] = s.to, s.from
	}
	c := t.known[key]
	if c != nil && !c.replacedBy(s) {
		if c.ends[client] == s.from {
			return c, client
		}
		return c, server
	}
	if c == nil {
		if len(t.order) >= connectionsMax {
			delete(t.known, t.order[0])
			t.order = t.order[1:]
		}
		t.order = append(t.order, key)
	}
	who := client
	switch {
	case s.tcp.SYN && s.tcp.ACK:
		who = server
	case !s.tcp.SYN && s.from.Port() < s.to.Port():
		who = server // joined in the middle: a guess
	}
	c = &connection{joined: !s.tcp.SYN && !s.tcp.RST}
	c.ends[who], c.ends[1-who] = s.from, s.to
	for i := range c.halves {
		c.halves[i].scale, c.halves[i].window = -1, -1
	}
	if t.known == nil {
		t.known = map[[2]netip.AddrPort]*connection{}
	}
	t.known[key] = c
	return c, who
}

// replacedBy is true when the same two addresses begin anew.
func (c *connection) replacedBy(s *segment) bool {
	if !s.tcp.SYN {
		return false
	}
	who := server
	if c.ends[client] == s.from {
		who = client
	}
	mine := c.halves[who]
	if !mine.known {
		return c.ended() || c.stage != synSent
	}
	return mine.base != s.tcp.Seq || c.ended()
}

// tell puts a segment into words.
func (t *tracker) tell(l *line, s *segment) {
	c, who := t.find(s)
	tcp := &s.tcp
	mine, theirs := &c.halves[who], &c.halves[1-who]
	l.connection = c

	// A first segment says where its own numbers begin, and an acknowledgement
	// where the other's do.
	if !mine.known && tcp.SYN {
		mine.begin(tcp.Seq, 0)
	} else if !mine.known && !tcp.RST {
		mine.begin(tcp.Seq, 1)
	}
	if tcp.ACK && !theirs.known && !tcp.RST {
		theirs.begin(tcp.Ack, 1)
	}

	from := mine.next
	if mine.known {
		from = mine.relative(tcp.Seq)
	}
	at := from // of the first byte
	if tcp.SYN {
		at++
	}
	to := at + int64(s.size)
	probe := mine.known && from == mine.next-1 && s.size == 0
	var fresh bool
	if mine.known && !tcp.RST {
		end := to
		if tcp.FIN {
			end++
		}
		fresh = mine.take(span{from, end})
		if tcp.FIN && fresh {
			mine.fin = to
		}
	}

	var words []string
	say := func(format string, args ...any) { words = append(words, fmt.Sprintf(format, args...)) }
	if tcp.SYN {
		say("SYN")
		l.step = stepSYN
		if tcp.ACK {
			say("ACK")
			l.step = stepSYNACK
		}
	}
	switch {
	case s.size == 1:
		say("byte %d", at)
	case s.size > 1:
		say("bytes %d-%d", at, to-1)
	}
	if tcp.FIN {
		say("FIN at %d", to)
		if !tcp.SYN && s.size == 0 {
			l.step = stepFIN
		}
	}
	if tcp.RST {
		say("RST")
		c.reset = true
	}
	window := int(tcp.Window)
	if tcp.SYN && fresh {
		mine.scale = windowScale(tcp)
	} else if !tcp.SYN && mine.scale >= 0 && theirs.scale >= 0 {
		window <<= mine.scale
	}
	switch {
	case tcp.RST:
	case len(words) > 0:
		if l.minor = !fresh; l.minor {
			l.step = other
			say("again")
		}
	case !tcp.ACK:
		say("no flags")
	case c.stage == synAnswered && who == client && from == 1:
		say("ACK")
		l.step = stepACK
	default:
		l.minor = true
		switch {
		case probe && theirs.window == 0:
			say("window probe")
		case probe:
			say("keepalive")
		case mine.window >= 0 && window != mine.window && theirs.acked == theirs.relative(tcp.Ack):
			say("window update")
		default:
			say("ACK")
		}
	}
	if c.joined {
		say("(joined in the middle)")
		c.joined = l.minor
	}
	l.words = strings.Join(words, " ")
	if s.size > 0 {
		l.carry(tcp.Payload, s.size)
	}

	if tcp.ACK && theirs.known {
		if ack := theirs.relative(tcp.Ack); ack <= theirs.next {
			theirs.acked = max(theirs.acked, ack)
		}
	}
	switch {
	case tcp.SYN && fresh && tcp.ACK:
		c.stage = synAnswered
	case tcp.SYN && fresh:
		c.stage = synSent
	case c.stage == synAnswered && who == client:
		c.stage = middle
	}
	mine.window = window
	l.detail = details(c, who, s, from, window)
}
