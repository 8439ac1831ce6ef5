package packets

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// shown is how many bytes of what a packet carries a line shows.
const shown = 64

// A line is what is told of one packet.
type line struct {
	when     time.Time
	from, to string
	words    string // what it is
	detail   string // what differs from run to run, or is for those who know
	payload  []byte // the beginning of what it carries
	size     int    // of all it carries, in bytes
	missing  int    // bytes that were announced and did not come

	minor bool // how the kernels keep account: for -acks
	noise bool // how hosts find each other: for -v

	connection *connection
	step       step
}

// A step is a segment whose place in a conversation is known.
type step int

const (
	other step = iota
	stepSYN
	stepSYNACK
	stepACK // the third of the handshake
	stepFIN // alone, without data
)

// carry keeps the beginning of what a packet carries.
func (l *line) carry(payload []byte, size int) {
	l.payload = bytes.Clone(payload[:min(len(payload), shown)])
	l.size = size
}

// Options choose what is shown.
type Options struct {
	Acks    bool // also acknowledgements, window updates, repetitions, probes
	Verbose bool // also numbers, windows and options, and neighbour discovery
	Time    bool // seconds since the first packet
	AsIs    bool // in the order in which they came, where chance may decide
}

func (o Options) hides(l *line) bool { return l.minor && !o.Acks || l.noise && !o.Verbose }

// text is a line as it is read; start is when the first packet came. Nothing
// that came from the network gets into it unescaped: it could be an order to
// the reader's terminal.
func (o Options) text(l *line, start time.Time) string {
	var b strings.Builder
	if o.Time {
		fmt.Fprintf(&b, "%.6f  ", l.when.Sub(start).Seconds())
	}
	if l.from != "" {
		fmt.Fprintf(&b, "%s -> %s  ", l.from, l.to)
	}
	b.WriteString(l.words)
	if l.missing > 0 {
		fmt.Fprintf(&b, ", cut short: %s missing", count(l.missing))
	}
	if l.size > 0 {
		fmt.Fprintf(&b, "  %s", strconv.Quote(string(l.payload)))
		if more := l.size - len(l.payload); more > 0 {
			fmt.Fprintf(&b, " and %d more", more)
		}
	}
	if o.Verbose && l.detail != "" {
		fmt.Fprintf(&b, "  (%s)", l.detail)
	}
	b.WriteByte('\n')
	return b.String()
}
