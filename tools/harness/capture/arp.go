package capture

import (
	"fmt"
	"net"
	"net/netip"

	"github.com/gopacket/gopacket/layers"
)

// arp describes a packet with which a machine asks which card has an address, or
// answers that (RFC 826). It is noise: how often a kernel asks is its own affair.
func arp(p Packet, l *line) {
	var a layers.ARP
	l.noise = true
	if err := header(&a, p.Data); err != nil {
		l.words = "ARP " + broken(err, p.Size)
		return
	}
	from, ok := netip.AddrFromSlice(a.SourceProtAddress)
	to, also := netip.AddrFromSlice(a.DstProtAddress)
	if !ok || !also {
		l.words = fmt.Sprintf("ARP about addresses of %s, %s", a.Protocol, count(p.Size))
		return
	}
	l.from, l.to = from.String(), "all"
	l.ends[0] = netip.AddrPortFrom(from, 0)
	at := net.HardwareAddr(a.SourceHwAddress)
	switch a.Operation {
	case layers.ARPRequest:
		l.words = fmt.Sprintf("ARP who has %s?", to)
	case layers.ARPReply:
		l.to = to.String()
		l.ends[1] = netip.AddrPortFrom(to, 0)
		l.words = fmt.Sprintf("ARP I have %s", from)
	default:
		l.words = fmt.Sprintf("ARP operation %d", a.Operation)
	}
	l.detail = "at " + at.String()
}
