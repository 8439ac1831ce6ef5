package capture

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"

	"github.com/gopacket/gopacket/layers"

	"socklab/tools/harness/recording"
)

// A flow is what goes from one address to another.
type flow struct {
	protocol layers.IPProtocol
	from, to netip.AddrPort
}

// A rewriting is what routers with NAT do: they put an address of their own in the
// place of a sender's (RFC 3022). It is found by comparing what comes to a router with
// what leaves it.
type rewriting struct {
	passing []*packet               // the last that have come to a router, and are for others
	public  map[flow]netip.AddrPort // what stands in the place of from
	hidden  map[flow]netip.AddrPort // of what stands there, and to: whose place it is
}

// comes notes that a packet has come to a router.
func (r *rewriting) comes(p *packet) {
	r.passing = append(r.passing, p)
	r.passing = r.passing[max(len(r.passing)-recentMax, 0):]
}

// rewrote finds the packet that a router has rewritten, which leaves it now.
func (r *rewriting) rewrote(p *packet) *packet {
	for i, before := range r.passing {
		if before.toward.host == p.left.host && before.toward != p.left && rewritten(before.Data, p.Data) && before.Size == p.Size {
			r.passing = slices.Delete(r.passing, i, i+1)
			return before
		}
	}
	return nil
}

// rewritten reports whether two packets of IPv4 differ only in what NAT changes: the
// sender's address and port, time to live and checksums.
func rewritten(a, b []byte) bool {
	const header = 20
	if len(a) != len(b) || len(a) < header || a[0] != b[0] || a[0]>>4 != 4 {
		return false
	}
	size := int(a[0]&15) * 4
	same := func(from, to int) bool {
		return len(a) >= to && bytes.Equal(a[from:to], b[from:to])
	}
	if !same(1, 8) || a[9] != b[9] || !same(16, size) {
		return false
	}
	checksum := size + 16 // TCP
	if layers.IPProtocol(a[9]) == layers.IPProtocolUDP {
		checksum = size + 6
	}
	return same(size+2, checksum) && same(checksum+2, len(a))
}

// plain puts the addresses of a packet that leaves a host as they were before a router
// rewrote them, or as they will be when it has put them back.
func (n *Network) plain(p *packet) {
	if p.carried != layers.IPProtocolTCP && p.carried != layers.IPProtocolUDP || p.left == nil {
		return
	}
	r := &n.nat
	if to, is := r.hidden[flow{p.carried, p.ends[1], p.ends[0]}]; is {
		p.ends[1] = to
	}
	if maker := n.hostAt(p.ends[0].Addr()); maker != nil && maker.host == p.left.host {
		if before := r.rewrote(p); before != nil {
			n.hides(p, before.ends[0])
			p.ends[0] = before.ends[0]
		}
	}
	if s := p.segment; s != nil {
		s.from, s.to = p.ends[0], p.ends[1]
	}
}

// asSeen is the address of one end as the other end has it: a router may have put its
// own there.
func (n *Network) asSeen(protocol layers.IPProtocol, addr, by netip.AddrPort) netip.AddrPort {
	if public, is := n.nat.public[flow{protocol, addr, by}]; is {
		return public
	}
	return addr
}

// hides notes whose place the sender's address of a packet has, and makes an event of
// the first such packet.
func (n *Network) hides(p *packet, of netip.AddrPort) {
	const flowsMax = 1000
	r, to := &n.nat, p.ends[1]
	if was := r.public[flow{p.carried, of, to}]; was == p.ends[0] {
		return
	}
	if r.public == nil || len(r.public) >= flowsMax {
		r.public, r.hidden = map[flow]netip.AddrPort{}, map[flow]netip.AddrPort{}
	}
	r.public[flow{p.carried, of, to}] = p.ends[0]
	r.hidden[flow{p.carried, p.ends[0], to}] = of
	n.packets.Add(recording.Event{At: n.rec.At(p.When), Layer: "packets", Kind: "nat", Actor: p.left.host,
		Text: fmt.Appendf(nil, "%s became %s, for %s", of, p.ends[0], to)})
}

// behind is who has the connection with the one whose place a router's address has,
// for a packet of the router's own: it has forgotten, and resets.
func (n *Network) behind(p *packet) Owner {
	of, is := n.nat.hidden[flow{p.carried, p.ends[0], p.ends[1]}]
	c := n.sent.between(of, p.ends[1])
	if !is || c == nil || c.known == nil {
		return Owner{}
	}
	if c.ends[client] == p.ends[1] {
		return c.known.owner[client]
	}
	return c.known.owner[server]
}
