package capture

import (
	"bytes"
	"slices"

	"socklab/tools/harness/recording"
)

// A packet is one that was sent, and where it was seen.
type packet struct {
	Packet // its own copy
	line
	segment       *segment
	from, to      string // names, of its ends or of the router between them
	by, addressee string // names of its ends
	relayed       bool   // at an end of a tap
	left          *Side
	toward        *Side // the card that its Ethernet header names; nil if that is none of a host's
	passedOn      bool  // it left a router, which has not made it
	seen          []seen
	duplicated    bool // a copy of it will arrive
}

// A seen is where a packet was seen, and when, as a serial number.
type seen struct {
	at     *Side
	serial int
}

// A sighting is a packet at a side.
type sighting struct {
	*packet
	at     *Side
	leaves bool
	loops  bool // on a loopback, where it arrives as it leaves
	serial int
	inPass int
}

// number is that of its connection in the recording; 0 if there is none.
func (p *packet) number() int {
	if p.connection == nil || p.connection.known == nil {
		return 0
	}
	return p.connection.known.number
}

// called reports whether it is from the end of its connection that was called.
func (p *packet) called() bool { return p.connection != nil && p.ends[0] == p.connection.ends[server] }

// frame is the packet with its link header.
func (p *packet) frame() []byte { return p.Head[:len(p.Head)+len(p.Data)] }

func (n *Network) take(s sighting) {
	if s.Packet.protocol() == markerType {
		if v := s.at.view; v != nil {
			v.mark(s.Packet)
		}
		return
	}
	n.serial++
	s.serial, s.inPass = n.serial, n.passes
	if v := s.at.view; v != nil {
		v.take(s.Packet)
	}
	for len(n.pending) > 0 && (s.When.Sub(n.pending[0].When) > surelyLost && !n.relayed(n.pending[0], s.When) || len(n.pending) > pendingMax) {
		n.lost(n.pending[0])
	}
	switch {
	case s.leaves:
		n.leaves(s)
	case !n.arrives(s):
		n.early = append(n.early, s)
	}
}

// leaves takes a packet that its host sends.
func (n *Network) leaves(s sighting) {
	p := s.packet
	p.left, p.seen = s.at, []seen{{s.at, s.serial}}
	p.line, p.segment = decode(p.Packet)
	n.plain(p)
	p.toward = n.cardAt(p.Head)
	maker := n.hostAt(p.ends[0].Addr())
	p.passedOn = maker != nil && maker.host != s.at.host
	if p.segment != nil {
		by := &n.sent
		// A router that refuses speaks for the one who was called.
		if p.passedOn && (!p.segment.tcp.RST || n.passed.between(p.ends[0], p.ends[1]) != nil) {
			by = &n.passed
		}
		by.tell(&p.line, p.segment)
	}
	n.identify(p)
	if !p.passedOn {
		n.calls(p)
	}
	if s.loops || p.toward == nil || p.toward == s.at {
		n.add(p, "packet")
		n.says(p, p.news, p.When)
		if !s.loops {
			n.recent = append(n.recent, p)
			n.recent = n.recent[max(len(n.recent)-recentMax, 0):]
		}
		return
	}
	n.pending = append(n.pending, p)
	if n.meets(p) {
		return
	}
	for i, e := range n.early {
		if e.is(p) {
			n.early = slices.Delete(n.early, i, i+1)
			n.arrives(e)
			return
		}
	}
	if p.left.isOut(p.When) || p.toward.isOut(p.When) {
		n.lost(p)
	}
}

// is reports whether a sighting is of that packet.
func (s sighting) is(p *packet) bool {
	return s.Size == p.Size && bytes.Equal(s.frame(), p.frame()) && s.at != p.left && (p.toward == nil || p.toward == s.at)
}

// arrives finds the packet that has reached a host.
func (n *Network) arrives(s sighting) bool {
	for i, p := range n.pending {
		if !s.is(p) {
			continue
		}
		n.pending = slices.Delete(n.pending, i, i+1)
		p.seen = append(p.seen, seen{s.at, s.serial})
		n.add(p, "packet")
		if p.duplicated {
			n.copied = append(n.copied, p)
			n.copied = n.copied[max(len(n.copied)-recentMax, 0):]
		}
		if p.passes() {
			n.nat.comes(p)
		} else {
			l := p.line
			if p.segment != nil && (!p.passedOn || n.passed.between(p.ends[0], p.ends[1]) != nil) {
				n.heard.tell(&l, p.segment)
			}
			n.says(p, l.news, s.When)
		}
		p.segment = nil
		return true
	}
	if n.copyArrives(s) {
		return true
	}
	for _, p := range n.recent {
		if s.is(p) {
			p.seen = append(p.seen, seen{s.at, s.serial})
			return true
		}
	}
	return false
}

// foreign takes a packet that no host has sent.
func (n *Network) foreign(s sighting) {
	p := s.packet
	p.seen = []seen{{s.at, s.serial}}
	p.line, p.segment = decode(p.Packet)
	if p.segment != nil {
		n.heard.tell(&p.line, p.segment)
	}
	n.identify(p)
	n.add(p, "packet")
	n.says(p, p.news, p.When)
	p.segment = nil
}

// lost takes a packet that has not arrived.
func (n *Network) lost(p *packet) {
	n.pending = slices.DeleteFunc(n.pending, func(other *packet) bool { return other == p })
	p.segment = nil
	n.add(p, "lost")
}

// add makes the event of a packet.
func (n *Network) add(p *packet, kind string) {
	e := recording.Event{At: n.rec.At(p.When), Layer: "packets", Kind: kind, Actor: p.from, Peer: p.to, Frame: p.frame(), Of: p, Connection: p.number(), Called: p.called()}
	if whole := len(p.Head) + p.Size; whole > len(e.Frame) {
		e.Size = whole
	}
	n.packets.Add(e)
}
