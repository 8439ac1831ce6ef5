package capture

import (
	"bytes"
	"fmt"
	"slices"
	"time"
)

// fatesMax bounds the fates of packets that nobody saw leave.
const fatesMax = 256

// tell takes what a relay is about to do with a frame.
func (n *Network) tell(f *fate) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, p := range n.pending {
		if p.why == "" && f.is(p) {
			n.fated(p, f)
			return
		}
	}
	n.fates = append(n.fates, f)
	n.fates = n.fates[max(len(n.fates)-fatesMax, 0):]
}

// is reports whether a fate is that of a packet.
func (f *fate) is(p *packet) bool {
	at := p.toward
	if f.out {
		at = p.left
	}
	frame := p.frame()
	return at != nil && at.host == f.host && at.on.Name == f.card && len(f.frame) == len(p.Head)+p.Size && bytes.HasPrefix(f.frame, frame)
}

// meets looks for the fate of a packet that has left, and reports whether it is lost.
func (n *Network) meets(p *packet) bool {
	for i, f := range n.fates {
		if f.is(p) {
			n.fates = slices.Delete(n.fates, i, i+1)
			n.fated(p, f)
			return f.kind == "drop"
		}
	}
	return false
}

// fated notes what becomes of a packet.
func (n *Network) fated(p *packet, f *fate) {
	p.why = f.why
	switch f.kind {
	case "drop":
		n.lost(p)
	case "duplicate":
		p.duplicated = true
	}
}

// copyArrives finds the packet whose copy has arrived.
func (n *Network) copyArrives(s sighting) bool {
	for i, p := range n.copied {
		if !s.is(p) {
			continue
		}
		n.copied = slices.Delete(n.copied, i, i+1)
		again := *p
		again.Packet, again.seen, again.duplicated = s.Packet, []seen{{s.at, s.serial}}, false
		again.why = "the copy"
		n.add(&again, "packet")
		if !p.passes() {
			l, segment := decode(s.Packet)
			if segment != nil {
				n.heard.tell(&l, segment)
			}
			n.says(&again, l.news, s.When)
		}
		return true
	}
	return false
}

// relayed reports whether a relay may still have a packet.
func (n *Network) relayed(p *packet, now time.Time) bool {
	return slices.ContainsFunc(n.relays, func(r *Relay) bool {
		is := func(s *Side) bool { return s != nil && s.host == r.host && s.on.Name == r.card }
		return is(p.left) && r.mayHave(true, p.When, now) || is(p.toward) && r.mayHave(false, p.When, now)
	})
}

// relaysRest waits until all relays have passed on what has come, and reports whether
// there are any.
func (n *Network) relaysRest(deadline time.Time) (bool, error) {
	n.mu.Lock()
	relays := slices.Clone(n.relays)
	n.mu.Unlock()
	for _, r := range relays {
		if !r.rest(deadline) {
			return true, fmt.Errorf("packets still wait in the cable of %s", r.host)
		}
	}
	return len(relays) > 0, nil
}

// throughRelays waits until everything that was sent has passed the relays, and
// what answers it, and what answers that.
func (w *settler) throughRelays(deadline time.Time) error {
	if w.relays == nil {
		return nil
	}
	const answers = 3
	for range answers {
		if any, err := w.relays(deadline); !any || err != nil {
			return err
		}
		if _, err := w.marker.flush(deadline); err != nil {
			return err
		}
		if _, err := w.relays(deadline); err != nil {
			return err
		}
	}
	return nil
}

// endRelays ends the relays, and waits until they have.
func (n *Network) endRelays() {
	n.mu.Lock()
	relays := n.relays
	n.relays = nil
	n.mu.Unlock()
	for _, r := range relays {
		r.end()
	}
	n.relaying.Wait()
	for _, r := range relays {
		for _, w := range r.ways {
			w.from.close()
		}
	}
}
