package capture

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/gopacket/gopacket/layers"
)

// A segment is a TCP segment (RFC 9293 section 3.1).
type segment struct {
	from, to netip.AddrPort
	tcp      layers.TCP
	size     int // of its data, in bytes
}

// A connection is two addresses and the sequence numbers that each side has sent.
type connection struct {
	ends   [2]netip.AddrPort // the client's, which sent SYN, and the server's
	halves [2]half
	stage  stage
	reset  bool
	undone bool // nothing came of the client's SYN, says an ICMP message
	joined bool // the capture began in its middle, and no line has said so yet

	known *names // for a recording
}

type stage int

const (
	middle stage = iota // treated as established
	synSent
	synAnswered
)

const (
	client = 0
	server = 1
)

// A half is one direction. Its sequence numbers are relative: SYN is 0, the first
// byte 1. They have 64 bits, so they don't wrap as the header's 32 bits do.
type half struct {
	known  bool
	base   uint32 // the header's number for our 0
	next   int64  // the number after the highest seen
	acked  int64  // the highest acknowledgement from the other end
	fin    int64  // the number of FIN; 0 if not seen
	holes  []span // numbers below next that were not seen
	scale  int    // window scale (RFC 7323 section 2); -1 if there is none, or it was not seen
	window int    // as last announced; -1 if never
}

// A span is a range of numbers, without the last.
type span struct{ from, to int64 }

// relative converts a header's number to a relative one.
func (h *half) relative(seq uint32) int64 {
	return h.next + int64(int32(seq-h.base-uint32(h.next)))
}

// begin sets the number that comes next.
func (h *half) begin(seq uint32, next int64) {
	h.known, h.base, h.next, h.acked = true, seq-uint32(next), next, next
}

// take notes the numbers of a segment as seen, and reports whether any are new.
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

// ended reports whether nothing more can come.
func (c *connection) ended() bool { return c.undone || c.finished() }

// finished reports whether the ends have ended it themselves.
func (c *connection) finished() bool {
	return c.reset || c.closed()
}

// closed reports whether each end has confirmed the other's FIN.
func (c *connection) closed() bool { return c.halves[client].over() && c.halves[server].over() }

func (h *half) over() bool { return h.fin > 0 && h.acked > h.fin }

// rests reports whether nothing is in flight.
func (c *connection) rests() bool {
	quiet := func(h *half) bool { return !h.known || h.acked >= h.next }
	return c.ended() || c.stage == middle && quiet(&c.halves[client]) && quiet(&c.halves[server])
}

// ErrOpen: a connection was still open at the deadline.
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

// A tracker knows the connections of a capture. Beyond connectionsMax it forgets the
// oldest.
type tracker struct {
	known map[[2]netip.AddrPort]*connection
	order [][2]netip.AddrPort
}

// open lists the connections for which done returns false.
func (t *tracker) open(done func(*connection) bool) (open []*connection) {
	for _, key := range t.order {
		if c := t.known[key]; !done(c) {
			open = append(open, c)
		}
	}
	return open
}

func keyOf(a, b netip.AddrPort) [2]netip.AddrPort {
	if b.Compare(a) < 0 {
		a, b = b, a
	}
	return [2]netip.AddrPort{a, b}
}

// between returns the connection of two addresses; nil if there is none.
func (t *tracker) between(a, b netip.AddrPort) *connection { return t.known[keyOf(a, b)] }

// find returns the connection of a segment, and which end sent it.
func (t *tracker) find(s *segment) (*connection, int) {
	key := keyOf(s.from, s.to)
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
		who = server // a guess: the capture began in its middle
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

// replacedBy reports whether a segment begins a new connection between the same
// addresses.
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
		return c.finished() || c.stage != synSent
	}
	return mine.base != s.tcp.Seq || c.finished()
}

// hear notes what an ICMP message says of a connection that is being opened. A kernel
// takes it as the answer (RFC 1122 section 4.2.3.9 lets it ask again).
func (t *tracker) hear(l *line) {
	if l.undone.carried != layers.IPProtocolTCP {
		return
	}
	if c := t.between(l.undone.ends[0], l.undone.ends[1]); c != nil && c.stage == synSent && c.ends[client] == l.undone.ends[0] {
		c.undone = true
	}
}

// tell describes a segment in words.
func (t *tracker) tell(l *line, s *segment) {
	c, who := t.find(s)
	tcp := &s.tcp
	mine, theirs := &c.halves[who], &c.halves[1-who]
	l.connection = c
	c.undone = false // it asks again, or somebody answers

	// The first segment gives the start of its sender's numbers, and an
	// acknowledgement that of the other side's.
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
	at := from // number of the first byte
	if tcp.SYN {
		at++
	}
	to := at + int64(s.size)
	probe := mine.known && from == mine.next-1 && s.size == 0
	before, ended, wasReset, wasClosed := mine.next, mine.fin > 0, c.reset, c.closed()
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
	refuses := tcp.RST && c.stage == synSent && who == server
	l.news = news{
		asks: tcp.SYN && !tcp.ACK && fresh, again: tcp.SYN && !tcp.ACK && !fresh, takes: tcp.SYN && tcp.ACK && fresh,
		refuses: refuses && !wasReset, resets: tcp.RST && !refuses && !wasReset && !wasClosed, ends: mine.fin > 0 && !ended,
	}
	if fresh && s.size > 0 {
		old := 0 // bytes of a repetition that also has new ones
		if before > at && before < to {
			old = int(before - at)
		}
		l.news.data, l.news.size = tcp.Payload[min(old, len(tcp.Payload)):], s.size-old
	}
	window := int(tcp.Window)
	if tcp.SYN && fresh {
		mine.scale = windowScale(tcp)
	} else if !tcp.SYN && mine.scale >= 0 && theirs.scale >= 0 {
		window <<= mine.scale
	}
	switch {
	case tcp.RST:
		// Behind the last confirmation, a repetition alone can have met a closed socket.
		l.minor = wasClosed
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
