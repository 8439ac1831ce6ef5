package capture

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"

	"github.com/gopacket/gopacket/layers"
)

// An icmpKind is an ICMP type and code; anyCode stands for all codes without an
// entry.
type icmpKind struct{ kind, code int }

const anyCode = -1

// The kinds that say that nobody listens at a port.
var closed4, closed6 = icmpKind{3, 3}, icmpKind{1, 4}

// The meanings of the types and codes of ICMP (RFC 792, RFC 1122 section 3.2.2) and
// of ICMPv6 (RFC 4443, RFC 4861, RFC 3810).
var (
	icmp4Words = map[icmpKind]string{
		{0, anyCode}:  "echo reply",
		{8, anyCode}:  "echo request",
		{3, anyCode}:  "destination unreachable",
		{3, 0}:        "network unreachable",
		{3, 1}:        "host unreachable",
		{3, 2}:        "protocol unreachable",
		{3, 3}:        "port unreachable",
		{3, 4}:        "fragmentation needed",
		{3, 13}:       "prohibited",
		{5, anyCode}:  "redirect",
		{11, anyCode}: "time exceeded",
		{11, 0}:       "time to live exceeded",
		{12, anyCode}: "parameter problem",
	}
	icmp6Words = map[icmpKind]string{
		{1, anyCode}:   "destination unreachable",
		{1, 0}:         "no route",
		{1, 1}:         "prohibited",
		{1, 3}:         "address unreachable",
		{1, 4}:         "port unreachable",
		{2, anyCode}:   "packet too big",
		{3, anyCode}:   "time exceeded",
		{3, 0}:         "hop limit exceeded",
		{4, anyCode}:   "parameter problem",
		{128, anyCode}: "echo request",
		{129, anyCode}: "echo reply",
		{130, anyCode}: "multicast listener query",
		{131, anyCode}: "multicast listener report",
		{132, anyCode}: "multicast listener done",
		{133, anyCode}: "router solicitation",
		{134, anyCode}: "router advertisement",
		{135, anyCode}: "neighbour solicitation",
		{136, anyCode}: "neighbour advertisement",
		{137, anyCode}: "redirect",
		{143, anyCode}: "multicast listener report",
	}
)

// Neighbour discovery (RFC 4861, 4.3 and 4.4): types of ICMPv6, and the length of a
// message without options.
const (
	solicitation  = 135
	advertisement = 136
	discovery     = 24
)

// discovers describes how a machine asks which card has an address, or answers that.
func (d *datagram) discovers(l *line, kind int) {
	about, _ := netip.AddrFromSlice(d.payload[8:discovery])
	if kind == solicitation {
		l.words += fmt.Sprintf(": who has %s?", about)
	} else {
		l.words += fmt.Sprintf(": I have %s", about)
	}
	const length = 8 // of an option with an Ethernet address: of its sender, or of the one who was asked for
	if o := d.payload[discovery:]; len(o) >= length && (o[0] == 1 || o[0] == 2) && o[1] == 1 {
		l.detail = "at " + net.HardwareAddr(o[2:length]).String()
	}
}

// icmp decodes an ICMP message, and names the datagram that an error is about.
func (d *datagram) icmp(l *line) {
	const header = 8
	name, words, inner := "ICMP", icmp4Words, layers.EthernetTypeIPv4
	if d.protocol == layers.IPProtocolICMPv6 {
		name, words, inner = "ICMPv6", icmp6Words, layers.EthernetTypeIPv6
	}
	if len(d.payload) < header {
		l.words = name + " header " + broken(errCut, d.size)
		return
	}
	kind, code := int(d.payload[0]), int(d.payload[1])
	text, known := words[icmpKind{kind, code}]
	if !known {
		text, known = words[icmpKind{kind, anyCode}]
	}
	if !known {
		text = fmt.Sprintf("type %d code %d", kind, code)
	}
	l.words = name + " " + text
	isError := kind == 3 || kind == 5 || kind == 11 || kind == 12
	isEcho := kind == 0 || kind == 8
	if inner == layers.EthernetTypeIPv6 {
		isError, isEcho = kind < 128 && kind != 0, kind == 128 || kind == 129
		// Neighbour and multicast discovery: hosts send them whatever programs do.
		l.noise = kind >= 130 && kind <= 137 || kind == 143
		l.group = l.noise && kind != solicitation && kind != advertisement
	}
	switch {
	case isEcho:
		// The id is arbitrary: the kernel or the program chooses it.
		l.detail = fmt.Sprintf("id %d", binary.BigEndian.Uint16(d.payload[4:]))
		l.words += fmt.Sprintf(" seq %d, %s", binary.BigEndian.Uint16(d.payload[6:]), count(d.size-header))
	case isError && known:
		about, datagram := quoted(inner, d.payload[header:])
		l.words += " for " + about
		const tooBig = 4 // IPv4's "fragmentation needed"
		if inner == layers.EthernetTypeIPv4 && kind == 3 && code != tooBig || inner == layers.EthernetTypeIPv6 && kind == 1 {
			l.undone = datagram
		}
		if closed := (icmpKind{kind, code}); inner == layers.EthernetTypeIPv4 && closed == closed4 || inner == layers.EthernetTypeIPv6 && closed == closed6 {
			l.nobody = datagram
		}
	case inner == layers.EthernetTypeIPv6 && (kind == solicitation || kind == advertisement) && len(d.payload) >= discovery:
		d.discovers(l, kind)
	default:
		l.words += ", " + count(d.size-header)
	}
}

// quoted names the datagram that an error quotes: its header and at least 8 bytes
// more (RFC 792). ICMPv6 quotes as much as fits (RFC 4443 section 2.4).
func quoted(kind layers.EthernetType, data []byte) (words string, q quote) {
	d, err := decodeIP(kind, data, len(data))
	if err != nil {
		return fmt.Sprintf("%s, header %s", kind, broken(err, len(data))), q
	}
	from, to := d.from.String(), d.to.String()
	hasPorts := d.protocol == layers.IPProtocolTCP || d.protocol == layers.IPProtocolUDP
	if hasPorts && d.offset == 0 && len(d.payload) >= 4 {
		q.ends[0] = netip.AddrPortFrom(d.from, binary.BigEndian.Uint16(d.payload))
		q.ends[1] = netip.AddrPortFrom(d.to, binary.BigEndian.Uint16(d.payload[2:]))
		from, to = q.ends[0].String(), q.ends[1].String()
	}
	q.carried = d.protocol
	return fmt.Sprintf("%s %s -> %s", protocolName(d.protocol), from, to), q
}
