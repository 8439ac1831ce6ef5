package capture

import (
	"bytes"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/gopacket/gopacket/layers"
)

// shown is how many bytes of a packet's payload a line shows.
const shown = 64

// A line describes one packet.
type line struct {
	when     time.Time
	from, to string
	words    string // the description
	detail   string // details that differ from run to run, or that experts want
	payload  []byte // the beginning of the payload
	size     int    // of the whole payload, in bytes
	missing  int    // announced by the header, but absent
	why      string // what a relay did with it

	minor bool // an acknowledgement, window update or the like: shown with -acks
	noise bool // ARP and neighbour discovery: shown with -arp or -v
	group bool // about multicast groups or routers: shown with -v, not with -arp

	connection *connection
	step       step

	carried layers.IPProtocol
	ends    [2]netip.AddrPort // from and to; a protocol without ports has 0
	news    news
	nobody  quote // the datagram that met a closed port, says this ICMP message
	undone  quote // the datagram that could not be delivered, says this ICMP message
}

// A quote is a datagram in an ICMP message.
type quote struct {
	carried layers.IPProtocol
	ends    [2]netip.AddrPort // zero if it has no ports
}

// A news is what a segment adds to its connection.
type news struct {
	asks    bool // SYN
	again   bool // that SYN once more
	takes   bool // SYN ACK
	refuses bool
	resets  bool
	ends    bool // FIN
	data    []byte
	size    int // of all data that is new, in bytes
}

// A step is the place of a segment in a connection, if it is known.
type step int

const (
	other step = iota
	stepSYN
	stepSYNACK
	stepACK // the third segment of the handshake
	stepFIN // without data
)

// String is the line without its addresses, as a recording's file has it.
func (l *line) String() string {
	alone := *l
	alone.from = ""
	return strings.TrimSuffix(Options{Verbose: true}.text(&alone, l.when), "\n")
}

// carry keeps the beginning of a packet's payload.
func (l *line) carry(payload []byte, size int) {
	l.payload = bytes.Clone(payload[:min(len(payload), shown)])
	l.size = size
}

// Options select what is shown.
type Options struct {
	Acks    bool // also acknowledgements, window updates, repetitions, probes
	ARP     bool // also ARP and neighbour discovery
	Verbose bool // also numbers, windows and options, ARP and neighbour discovery
	Time    bool // seconds since the first packet
	AsIs    bool // in the order of arrival, which may differ between runs
}

func (o Options) hides(l *line) bool {
	return l.minor && !o.Acks || l.noise && !o.Verbose && (!o.ARP || l.group)
}

// text is the line as readers see it; start is the time of the first packet. Bytes
// from the network are escaped: they could be control sequences for the reader's
// terminal.
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
	if l.why != "" {
		fmt.Fprintf(&b, ", %s", l.why)
	}
	if o.Verbose && l.detail != "" {
		fmt.Fprintf(&b, "  (%s)", l.detail)
	}
	b.WriteByte('\n')
	return b.String()
}
