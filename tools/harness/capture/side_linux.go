package capture

import (
	"net"
	"net/netip"
	"slices"
	"time"

	"socklab/tools/harness/procfs"
)

// A Side is a host's view of the network, through its card.
type Side struct {
	net   *Network
	host  string       // "" is the script's own network
	addrs []netip.Addr // none of lo
	on    *net.Interface
	ring  *ring
	diag  *procfs.Diag
	out   outages // when its cable was out
	view  *View   // the one that is open; nil if there is none
	err   error   // that ended its ring
}

// A span64 is a time, in nanoseconds since 1970; to is 0 while it lasts.
type span64 struct{ from, to int64 }

// sight copies a packet from a ring.
func (s *Side) sight(p Packet) sighting {
	const outgoing = 4 // PACKET_OUTGOING
	all := slices.Concat(p.Head, p.Data)
	p.Head, p.Data = all[:len(p.Head)], all[len(p.Head):]
	loops := s.on.Flags&net.FlagLoopback != 0
	return sighting{packet: &packet{Packet: p}, at: s, leaves: loops || p.Link[1] == outgoing, loops: loops}
}

// Listeners lists the sockets at this side that others can call.
func (s *Side) Listeners() []procfs.Listener {
	if s == nil {
		return nil
	}
	return s.diag.Listeners()
}

func (s *Side) name() string {
	if s == nil {
		return ""
	}
	return s.host
}

// Unplugged notes that the cable of a side is out: what leaves or would arrive later
// is lost.
func (s *Side) Unplugged() {
	if s == nil {
		return
	}
	s.net.mu.Lock()
	defer s.net.mu.Unlock()
	s.out.begin()
}

// Plugged notes that the cable will be in again.
func (s *Side) Plugged() {
	if s == nil {
		return
	}
	s.net.mu.Lock()
	defer s.net.mu.Unlock()
	s.out.end()
}

// isOut reports whether the cable was certainly out.
func (s *Side) isOut(when time.Time) bool {
	return s.out.at(when)
}

// outages are the times when a cable was out.
type outages []span64

func (o *outages) begin() {
	if k := len(*o); k == 0 || (*o)[k-1].to != 0 {
		*o = append(*o, span64{from: time.Now().UnixNano()})
	}
}

func (o outages) end() {
	if k := len(o); k > 0 && o[k-1].to == 0 {
		o[k-1].to = time.Now().UnixNano()
	}
}

func (o outages) at(when time.Time) bool {
	at := when.UnixNano()
	return slices.ContainsFunc(o, func(o span64) bool { return o.from <= at && (o.to == 0 || at < o.to) })
}
