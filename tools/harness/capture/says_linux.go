package capture

import (
	"cmp"
	"net/netip"
	"time"

	"github.com/gopacket/gopacket/layers"

	"socklab/tools/harness/recording"
)

// says makes the stream events of a packet that has arrived.
func (n *Network) says(p *packet, news news, when time.Time) {
	e := recording.Event{At: n.rec.At(when), Layer: "stream", Actor: p.by, Peer: p.addressee, Connection: p.number(), Called: p.called()}
	add := func(kind string) {
		e.Kind = kind
		n.stream.Add(e)
	}
	switch {
	case p.nobody.ends[0].IsValid():
		if n.closed(&e, p.nobody) {
			add("refused")
		}
	case p.relayed:
	case p.carried == layers.IPProtocolUDP && p.connection == nil:
		e.Text, e.Size = p.payload, p.line.size
		add("data")
	case news.refuses:
		if p.connection.known != nil {
			p.connection.known.called = true
		}
		// Whoever is there now came later, or a firewall speaks in the name of the host.
		e.Called = false
		e.Actor, e.Peer, e.Text = p.addressee, n.place(p.ends[0].Addr(), p.line.from, nil), []byte(p.line.from)
		add("refused")
	default:
		if news.size > 0 {
			e.Text, e.Size = news.data, news.size
			add("data")
		}
		e.Text, e.Size = nil, 0
		if news.ends {
			add("fin")
		}
		if news.resets {
			add("reset")
		}
	}
}

// closed is the event of an ICMP message that nobody listens; false if a tap tells.
func (n *Network) closed(e *recording.Event, q quote) bool {
	var caller Owner
	if q.carried == layers.IPProtocolUDP {
		caller = n.senders[q.ends]
	} else if c := n.sent.between(q.ends[0], q.ends[1]); c != nil && c.known != nil {
		caller, c.known.called, e.Connection = c.known.owner[client], true, c.known.number
	}
	e.Actor = cmp.Or(caller.Name, n.place(q.ends[0].Addr(), q.ends[0].String(), nil))
	e.Peer = n.place(q.ends[1].Addr(), q.ends[1].String(), nil)
	e.Text = []byte(q.ends[1].String())
	return !caller.Relay
}

// calls makes the event that somebody called: when somebody answers, or when the
// caller asks again.
func (n *Network) calls(p *packet) {
	switch {
	case p.connection == nil:
	case p.news.asks:
		p.connection.known.asked = n.rec.At(p.When)
	case p.news.again, p.news.takes:
		n.called(p.connection)
	}
}

func (n *Network) called(c *connection) {
	k := c.known
	if k == nil || k.asked == 0 || k.called {
		return
	}
	k.called = true
	if k.owner[client].Relay || k.owner[server].Relay {
		return
	}
	addr := c.ends[server].String()
	n.stream.Add(recording.Event{At: k.asked, Layer: "stream", Kind: "connect", Text: []byte(addr), Connection: k.number,
		Actor: cmp.Or(k.owner[client].Name, n.place(c.ends[client].Addr(), c.ends[client].String(), nil)),
		Peer:  cmp.Or(k.owner[server].Name, n.place(c.ends[server].Addr(), addr, nil))})
}

// Accept notes that an actor has a connection that a listener accepted. Its own
// address comes first.
func (n *Network) Accept(actor string, local, remote netip.AddrPort) {
	n.catchUp()
	n.mu.Lock()
	defer n.mu.Unlock()
	if hidden, is := n.nat.hidden[flow{layers.IPProtocolTCP, remote, local}]; is {
		remote = hidden
	}
	caller, number := n.place(remote.Addr(), remote.String(), nil), 0
	for _, seen := range []*tracker{&n.passed, &n.sent} {
		if c := seen.between(local, remote); c != nil && c.known != nil {
			if c.known.owner[client].Name == "" {
				c.known.owner[client] = n.ownerOf(c, client)
			}
			caller = cmp.Or(c.known.owner[client].Name, caller)
			c.known.owner[server], number = Owner{Name: actor}, c.known.number
		}
	}
	n.stream.Add(recording.Event{Layer: "stream", Kind: "accept", Actor: actor, Peer: caller, Connection: number, Called: true})
}
