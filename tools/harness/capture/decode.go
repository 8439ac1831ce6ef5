package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// A datagram is the content of an IP header, of either version.
type datagram struct {
	version  string // "IPv4"
	from, to netip.Addr
	protocol layers.IPProtocol
	payload  []byte // the part that was captured
	size     int    // of the payload, in bytes
	missing  int    // announced by the header, but absent
	offset   int    // of a fragment
	fragment bool
}

// decode returns a TCP segment for a TCP packet, and otherwise a line about the
// packet.
func decode(p Packet) (line, *segment) {
	switch kind := p.protocol(); kind {
	case layers.EthernetTypeIPv4, layers.EthernetTypeIPv6:
		d, err := decodeIP(kind, p.Data, p.Size)
		l := line{when: p.When}
		if err != nil {
			l.words = fmt.Sprintf("%s header %s", kind, broken(err, p.Size))
			return l, nil
		}
		l.missing = d.missing
		s := d.carries(&l)
		return l, s
	case layers.EthernetTypeARP:
		l := line{when: p.When}
		arp(p, &l)
		return l, nil
	default:
		name := fmt.Sprintf("Ethernet type %#04x", uint16(kind))
		if layers.EthernetTypeMetadata[kind].DecodeWith != nil {
			name = kind.String()
		}
		return line{when: p.When, words: fmt.Sprintf("%s, %s", name, count(p.Size))}, nil
	}
}

var errCut = errors.New("cut short")

// broken says whether a header ended too early or makes no sense.
func broken(err error, size int) string {
	if errors.Is(err, errCut) {
		return fmt.Sprintf("cut short after %s", count(size))
	}
	return fmt.Sprintf("malformed, %s", count(size))
}

// feedback records whether a decoder ran out of bytes.
type feedback struct{ cut bool }

func (f *feedback) SetTruncated() { f.cut = true }

// header decodes a header. The error is errCut if bytes are missing, another if the
// header is malformed.
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

// decodeIPv4 decodes a header of RFC 791 section 3.1.
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
	total := int(binary.BigEndian.Uint16(data[2:])) // 0: segmentation offload, the card would have set it
	d.measure(total, int(ip.IHL)*4, size)
	return d, nil
}

// decodeIPv6 decodes a header of RFC 8200 section 3 and skips its extensions.
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
	total := 0 // the length of a jumbogram is in an option
	if ip.Length > 0 {
		total = 40 + int(ip.Length)
	}
	d.measure(total, headers, size)
	return d, nil
}

// measure compares the length in a datagram's header with its actual length.
func (d *datagram) measure(total, headers, size int) {
	if total == 0 {
		total = size
	}
	d.missing = max(total-size, 0)
	d.size = max(total-d.missing-headers, len(d.payload))
}

// carries describes the payload of a datagram; it returns TCP as a segment.
func (d *datagram) carries(l *line) *segment {
	l.from, l.to = d.from.String(), d.to.String()
	l.carried, l.ends = d.protocol, [2]netip.AddrPort{netip.AddrPortFrom(d.from, 0), netip.AddrPortFrom(d.to, 0)}
	switch {
	case d.fragment:
		l.carried = 0
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
		l.ends = [2]netip.AddrPort{s.from, s.to}
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

// udp decodes a header of RFC 768.
func (d *datagram) udp(l *line) {
	const header = 8
	if len(d.payload) < header {
		l.words = "UDP header " + broken(errCut, d.size)
		return
	}
	port := func(at int) uint16 { return binary.BigEndian.Uint16(d.payload[at:]) }
	l.ends = [2]netip.AddrPort{netip.AddrPortFrom(d.from, port(0)), netip.AddrPortFrom(d.to, port(2))}
	l.from, l.to = l.ends[0].String(), l.ends[1].String()
	if length := int(port(4)); length != d.size && length != 0 {
		l.words = fmt.Sprintf("UDP of %s that says it has %d", count(d.size), length)
		return
	}
	l.words = "UDP " + count(d.size-header)
	l.carry(d.payload[header:], d.size-header)
}

// protocolName is the name of an IP protocol, or its number if gopacket has no name
// for it.
func protocolName(p layers.IPProtocol) string {
	if layers.IPProtocolMetadata[p].DecodeWith != nil {
		return p.String()
	}
	return fmt.Sprint(uint8(p))
}

// count is a number of bytes in words.
func count(n int) string {
	if n == 1 {
		return "1 byte"
	}
	return fmt.Sprintf("%d bytes", n)
}
