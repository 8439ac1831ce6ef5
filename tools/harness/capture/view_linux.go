package capture

import (
	"cmp"
	"slices"
	"time"

	"socklab/tools/harness/recording"
)

// A View is what a side of a network has seen since a moment.
type View struct {
	settler
	side    *Side
	since   int // the serial of the last packet before
	track   *recording.Track
	before  *recording.Track
	dropped int // packets that the ring had lost before
}

// View begins a view of what a side sees from now on. Call it on a thread of the
// side's network.
func (s *Side) View() (*View, error) {
	n := s.net
	m, err := newMarker(s.on)
	if err != nil {
		return nil, err
	}
	n.catchUp()
	n.mu.Lock()
	defer n.mu.Unlock()
	if s.err != nil {
		m.close()
		return nil, s.err
	}
	v := &View{settler: settler{mu: &n.mu, change: n.change, marker: m, relays: n.relaysRest}, side: s, since: n.serial, before: n.packets}
	v.dropped, _ = s.ring.lost()
	// A transcript has room of its own, whatever was recorded before.
	v.track = n.rec.Track(recording.Limit{Events: linesMax})
	n.packets, s.view = v.track, v
	return v, nil
}

// mark takes a marker that the side has seen.
func (v *View) mark(p Packet) {
	if round, ok := v.marker.is(p); ok {
		v.round = round
	}
}

// take follows the connections, from the beginning of the view.
func (v *View) take(p Packet) {
	l, s := decode(p)
	v.settler.take(&l, s)
}

// Finish waits until the view holds everything that was sent so far. Every
// connection must have ended: by RST, or by a FIN from each side that the other has
// acknowledged. With open set a connection may stay open, but all its data must be
// acknowledged. Every packet must have arrived, and nothing may answer it any more.
//
// Finish fails when the deadline passes, or when the kernel dropped packets. ErrOpen
// names the connections that are still open.
func (v *View) Finish(deadline time.Time, open bool) error {
	done := (*connection).ended
	if open {
		done = (*connection).rests
	}
	err := v.quiet(deadline, done)
	n := v.side.net
	n.mu.Lock()
	defer n.mu.Unlock()
	if dropped, lostErr := v.side.ring.lost(); lostErr != nil || dropped > v.dropped {
		return cmp.Or(lostErr, errDropped(dropped-v.dropped))
	}
	if err == nil {
		for _, p := range slices.Clone(n.pending) { // everything has arrived that will
			n.lost(p)
		}
	}
	return err
}

// Text is the transcript so far, one line for each packet.
func (v *View) Text(o Options) string {
	n := v.side.net
	n.mu.Lock()
	defer n.mu.Unlock()
	var packets []sighting
	add := func(p *packet) {
		for _, s := range p.seen {
			if s.at == v.side && s.serial > v.since {
				packets = append(packets, sighting{packet: p, serial: s.serial})
			}
		}
	}
	for _, e := range v.track.Events() {
		if p, ok := e.Of.(*packet); ok {
			add(p)
		}
	}
	for _, p := range n.pending {
		add(p)
	}
	slices.SortFunc(packets, func(a, b sighting) int { return a.serial - b.serial })
	var t transcript
	var connections tracker
	for _, p := range packets {
		l, s := decode(p.Packet)
		if s != nil {
			connections.tell(&l, s)
		}
		t.lines = append(t.lines, &l)
	}
	t.more, _ = v.track.Left()
	return t.text(o)
}

// Stop ends the view.
func (v *View) Stop() {
	n := v.side.net
	n.mu.Lock()
	defer n.mu.Unlock()
	if v.side.view == v {
		n.packets, v.side.view = v.before, nil
		v.marker.close()
	}
}
