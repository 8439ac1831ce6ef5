package packets

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// A datagram is what an IP header says, of either version.
type datagram struct {
	version  string // "IPv4"
	from, to netip.Addr
	protocol layers.IPProtocol
	payload  []byte // as much as was captured
	size     int    // of the payload, in bytes
	missing  int    // bytes that the header announces and that did not come
	offset   int    // of a fragment
	fragment bool
}

// decode says what a packet is: a TCP segment, or else a line about it.
func decode(p packet) (line, *segment) {
	switch kind := p.protocol(); kind {
	case layers.EthernetTypeIPv4, layers.EthernetTypeIPv6:
		d, err := decodeIP(kind, p.data, p.size)
		l := line{when: p.when}
		if err != nil {
			l.words = fmt.Sprintf("%s header %s", kind, broken(err, p.size))
			return l, nil
		}
		l.missing = d.missing
		s := d.carries(&l)
		return l, s
	default:
		name := fmt.Sprintf("Ethernet type %#04x", uint16(kind))
		if layers.EthernetTypeMetadata[kind].DecodeWith != nil {
			name = kind.String()
		}
		return line{when: p.when, words: fmt.Sprintf("%s, %s", name, count(p.size))}, nil
	}
}

var errCut = errors.New("cut short")

// broken tells a header that ended too early from one that makes no sense.
func broken(err error, size int) string {
	if errors.Is(err, errCut) {
		return fmt.Sprintf("cut short after %s", count(size))
	}
	return fmt.Sprintf("malformed, %s", count(size))
}

// feedback remembers whether a decoder ran out of bytes.
type feedback struct{ cut bool }

func (f *feedback) SetTruncated() { f.cut = true }

// header decodes one, and tells in which of two ways it failed.
func header(h gopacket.DecodingLayer, data []byte) error {
	var f feedback
	err := h.DecodeFromBytes(data, &f)
	if err != nil && f.cut {
		return errCut
	}
	return err
}

func decodeIP(kind layers.EthernetType, data []byte, size int) (datagram, error) {
	if kind == layers.EthernetTypeIPv4 {
		return decodeIPv4(data, size)
	}
	return decodeIPv6(data, size)
}

var errVersion = errors.New("not the version that the link announced")

// decodeIPv4 reads a header of RFC 791 section 3.1.
func decodeIPv4(data []byte, size int) (datagram, error) {
	var ip layers.IPv4
	if len(data) > 0 && data[0]>>4 != 4 {
		return datagram{}, errVersion
	}
	if err := header(&ip, data); err != nil {
		return datagram{}, err
	}
	d := datagram{version: "IPv4", protocol: ip.Protocol, payload: ip.Payload,
		offset: int(ip.FragOffset) * 8, fragment: ip.FragOffset > 0 || ip.Flags&layers.IPv4MoreFragments != 0}
	d.from, _ = netip.AddrFromSlice(ip.SrcIP)
	d.to, _ = netip.AddrFromSlice(ip.DstIP)
	total := int(binary.BigEndian.Uint16(data[2:])) // 0: the card was to cut it to measure
	d.measure(total, int(ip.IHL)*4, size)
	return d, nil
}

// decodeIPv6 reads a header of RFC 8200 section 3 and skips its extensions.
func decodeIPv6(data []byte, size int) (datagram, error) {
	var ip layers.IPv6
	if len(data) > 0 && data[0]>>4 != 6 {
		return datagram{}, errVersion
	}
	if err := header(&ip, data); err != nil {
		return datagram{}, err
	}
	d := datagram{version: "IPv6", protocol: ip.NextHeader, payload: ip.Payload}
	d.from, _ = netip.AddrFromSlice(ip.SrcIP)
	d.to, _ = netip.AddrFromSlice(ip.DstIP)
	headers := 40
	if ip.HopByHop != nil {
		d.protocol = ip.HopByHop.NextHeader
		headers += ip.HopByHop.ActualLength
	}
	for d.protocol == layers.IPProtocolIPv6Routing || d.protocol == layers.IPProtocolIPv6Destination {
		var skip layers.IPv6ExtensionSkipper
		if err := header(&skip, d.payload); err != nil {
			return datagram{}, err
		}
		d.protocol, d.payload = skip.NextHeader, skip.Payload
		headers += len(skip.Contents)
	}
	if d.protocol == layers.IPProtocolIPv6Fragment {
		if len(d.payload) < 8 {
			return datagram{}, errCut
		}
		where := binary.BigEndian.Uint16(d.payload[2:])
		d.protocol, d.offset, d.fragment = layers.IPProtocol(d.payload[0]), int(where&^7), where&^6 != 0
		d.payload = d.payload[8:]
		headers += 8
	}
	total := 0 // a jumbogram's length stands elsewhere
	if ip.Length > 0 {
		total = 40 + int(ip.Length)
	}
	d.measure(total, headers, size)
	return d, nil
}

// measure compares the length that a datagram announces with the one it has.
func (d *datagram) measure(total, headers, size int) {
	if total == 0 {
		total = size
	}
	d.missing = max(total-size, 0)
	d.size = max(total-d.missing-headers, len(d.payload))
}

// carries says what is in a datagram.
func (d *datagram) carries(l *line) *segment {
	l.from, l.to = d.from.String(), d.to.String()
	switch {
	case d.fragment:
		l.words = fmt.Sprintf("%s fragment of %s at %d, %s", d.version, protocolName(d.protocol), d.offset, count(d.size))
	case d.protocol == layers.IPProtocolTCP:
		s := &segment{size: d.size}
		if err := header(&s.tcp, d.payload); err != nil {
			l.words = "TCP header " + broken(err, d.size)
			break
		}
		s.from = netip.AddrPortFrom(d.from, uint16(s.tcp.SrcPort))
		s.to = netip.AddrPortFrom(d.to, uint16(s.tcp.DstPort))
		s.size -= len(s.tcp.Contents)
		l.from, l.to = s.from.String(), s.to.String()
		return s
	case d.protocol == layers.IPProtocolUDP:
		d.udp(l)
	case d.protocol == layers.IPProtocolICMPv4, d.protocol == layers.IPProtocolICMPv6:
		d.icmp(l)
	default:
		l.words = fmt.Sprintf("%s protocol %s, %s", d.version, protocolName(d.protocol), count(d.size))
	}
	return nil
}

// udp reads a header of RFC 768.
func (d *datagram) udp(l *line) {
	const header = 8
	if len(d.payload) < header {
		l.words = "UDP header " + broken(errCut, d.size)
		return
	}
	port := func(at int) uint16 { return binary.BigEndian.Uint16(d.payload[at:]) }
	l.from = netip.AddrPortFrom(d.from, port(0)).String()
	l.to = netip.AddrPortFrom(d.to, port(2)).String()
	if length := int(port(4)); length != d.size && length != 0 {
		l.words = fmt.Sprintf("UDP of %s that says it has %d", count(d.size), length)
		return
	}
	l.words = "UDP " + count(d.size-header)
	l.carry(d.payload[header:], d.size-header)
}

// protocolName is what IP calls a protocol, and its number where gopacket
// knows no name.
func protocolName(p layers.IPProtocol) string {
	if layers.IPProtocolMetadata[p].DecodeWith != nil {
		return p.String()
	}
	return fmt.Sprint(uint8(p))
}

// count says how many bytes.
func count(n int) string {
	if n == 1 {
		return "1 byte"
	}
	return fmt.Sprintf("%d bytes", n)
}
