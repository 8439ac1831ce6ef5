package capture

import (
	"bytes"
	"cmp"
	"net/netip"
	"slices"
	"time"

	"github.com/gopacket/gopacket/layers"
)

// passes reports whether a packet has come to a router, and is for another.
func (p *packet) passes() bool {
	to := p.left.net.hostAt(p.ends[1].Addr())
	return p.toward != nil && to != nil && to.host != p.toward.host
}

// cardAt is the side that an Ethernet header is addressed to; nil if there is none.
func (n *Network) cardAt(head []byte) *Side {
	for _, s := range n.sides {
		if mac := s.on.HardwareAddr; len(mac) > 0 && len(head) >= len(mac) && bytes.Equal(head[:len(mac)], mac) {
			return s
		}
	}
	return nil
}

// hostAt is the side of the host with that address; nil if there is none.
func (n *Network) hostAt(addr netip.Addr) *Side {
	for _, s := range n.sides {
		if s.host != "" && slices.Contains(s.addrs, addr) {
			return s
		}
	}
	return nil
}

// identify finds the names of a packet's two ends.
func (n *Network) identify(p *packet) {
	var owners [2]Owner
	switch {
	case p.connection != nil:
		owners = n.ownersOf(p)
		if o := n.behind(p); o.Name != "" {
			owners[1] = o
		}
	case p.carried == layers.IPProtocolUDP:
		owners = [2]Owner{n.sender(p.ends, p.When), n.look("udp", p.ends[1], p.ends[0])}
		if owners[1].Name == "" {
			owners[1] = n.people.Listener(n.sideOf(p.ends[1].Addr()).name(), "udp", p.ends[1], p.When)
		}
	}
	p.from = cmp.Or(owners[0].Name, n.place(p.ends[0].Addr(), p.line.from, p.left))
	p.to = cmp.Or(owners[1].Name, n.place(p.ends[1].Addr(), p.line.to, nil))
	p.relayed = owners[0].Relay || owners[1].Relay
	p.by, p.addressee = p.from, p.to
	// On its way through a router, a packet has the router for an end.
	if p.passedOn {
		p.from = p.left.host
	}
	if p.left != nil && p.passes() {
		p.to = p.toward.host
	}
}

// place names an address that is no actor's: by its host, or by itself.
func (n *Network) place(addr netip.Addr, text string, sender *Side) string {
	if host := n.hostAt(addr); host != nil {
		return host.host
	}
	if text == "" && sender != nil {
		return sender.host
	}
	return text
}

// ownersOf are the owners of the two ends of a segment's connection, its sender's
// first.
func (n *Network) ownersOf(p *packet) [2]Owner {
	c := p.connection
	if c.known == nil {
		// What a router passes on is of the connection that a host began.
		if begun := n.sent.between(c.ends[client], c.ends[server]); p.passedOn && begun != nil {
			c.known = begun.known
		}
	}
	if c.known == nil {
		c.known = &names{number: n.rec.NextConnection()}
	}
	k := c.known
	for i := range k.owner {
		o := &k.owner[i]
		if o.Name != "" && !o.Listens || k.looks[i] >= looksMax && o.Name == "" {
			continue
		}
		if o.Listens && p.step != other && p.step != stepFIN {
			continue // a handshake is the listener's
		}
		k.looks[i]++
		var found Owner
		if i == server && o.Name == "" {
			found = n.look("tcp", c.ends[i], netip.AddrPort{}) // its listener: nobody may have accepted the call yet
		}
		if found.Name == "" {
			found = n.ownerOf(c, i)
		}
		if host := n.sideOf(c.ends[i].Addr()).name(); found.Name == "" && i == server {
			found = n.people.Listener(host, "tcp", c.ends[i], p.When)
		} else if found.Name == "" && p.news.asks {
			found = n.people.Caller(host, c.ends[server], p.When)
		}
		if found.Name != "" {
			*o = found
		}
	}
	if p.ends[0] == c.ends[server] && p.ends[1] == c.ends[client] {
		return [2]Owner{k.owner[server], k.owner[client]}
	}
	return k.owner
}

// ownerOf is who has an end of a connection.
func (n *Network) ownerOf(c *connection, end int) Owner {
	if o := n.people.Has(c.ends[end], n.asSeen(layers.IPProtocolTCP, c.ends[1-end], c.ends[end])); o.Name != "" {
		return o
	}
	return n.look("tcp", c.ends[end], c.ends[1-end])
}

// sideOf is the side that has an address; nil if that is not recorded.
func (n *Network) sideOf(addr netip.Addr) *Side {
	at := n.hostAt(addr)
	for _, s := range n.sides {
		if at == nil && s.host == "" {
			at = s
		}
	}
	return at
}

// look finds who has a socket.
func (n *Network) look(network string, local, remote netip.AddrPort) Owner {
	at := n.sideOf(local.Addr())
	if at == nil {
		return Owner{}
	}
	protocol := layers.IPProtocolTCP
	if network == "udp" {
		protocol = layers.IPProtocolUDP
	}
	return n.people.Owner(at.diag.Socket(network, local, n.asSeen(protocol, remote, local)))
}

// sender finds who sent a datagram; its socket may be gone.
func (n *Network) sender(ends [2]netip.AddrPort, when time.Time) Owner {
	if o := n.senders[ends]; o.Name != "" {
		return o
	}
	o := n.look("udp", ends[0], ends[1])
	host := n.sideOf(ends[0].Addr()).name()
	if o.Name == "" {
		o = n.people.Listener(host, "udp", ends[0], when)
	}
	if o.Name == "" {
		o = n.people.Caller(host, ends[1], when)
	}
	if len(n.senders) < sendersMax {
		n.senders[ends] = o
	}
	return o
}
