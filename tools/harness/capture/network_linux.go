package capture

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"socklab/tools/harness/procfs"
	"socklab/tools/harness/recording"
)

// Limits of what a script's recording has of its network.
const (
	packetsMax = 10000
	streamMax  = 10000 // of 400 bytes at most, as packets are
)

const (
	// surelyLost: a packet needs no such time from one host to another, on a busy
	// machine either.
	surelyLost = 200 * time.Millisecond
	// pendingMax and recentMax bound the packets that may still arrive.
	pendingMax = 1000
	recentMax  = 64
	// sendersMax bounds the senders of datagrams whose names are kept.
	sendersMax = 1000
)

// A Network records the packets of a script's network, from each host's side: what
// leaves a host, whether it reaches the other, and what it says about connections.
// It makes events of the layers packets and stream (package recording).
//
// A packet between two hosts is one event, at the time when it left. If its
// addressee has not seen it 0.2 s later, or a cable was out, it is lost. So a packet
// that never left is no event: its sender's routes, firewall or queue have kept it.
type Network struct {
	rec    *recording.Recording
	people People
	snap   snap

	mu      sync.Mutex
	change  *sync.Cond // signalled when packets were read
	packets *recording.Track
	stream  *recording.Track
	sides   []*Side
	serial  int        // of sightings
	passes  int        // of all rings
	sent    tracker    // of what hosts sent
	passed  tracker    // of what routers passed on
	heard   tracker    // of what arrived at them
	pending []*packet  // those that may still arrive
	recent  []*packet  // the last that left for nobody in particular
	early   []sighting // arrivals whose departure was not read yet
	copied  []*packet  // the last that have arrived and were duplicated
	fates   []*fate    // of packets whose departure was not read yet
	relays  []*Relay
	nat     rewriting
	senders map[[2]netip.AddrPort]Owner // of datagrams, from one address to another
	ended   bool
	running sync.WaitGroup

	relaying sync.WaitGroup
}

// NewNetwork begins a record in rec, or in one of its own if that is nil. Without
// people, events have hosts and addresses in place of actors.
func NewNetwork(rec *recording.Recording, people People) *Network {
	return newNetwork(rec, people, snapRecord)
}

func newNetwork(rec *recording.Recording, people People, snap snap) *Network {
	if rec == nil {
		rec = recording.New()
	}
	if people == nil {
		people = nobody{}
	}
	n := &Network{rec: rec, people: people, snap: snap, senders: map[[2]netip.AddrPort]Owner{},
		packets: rec.Track(recording.Limit{Events: packetsMax}),
		stream:  rec.Track(recording.Limit{Events: streamMax})}
	n.change = sync.NewCond(&n.mu)
	return n
}

// Add begins to record an interface of the calling thread's network: the card of a
// host, or lo with host "". It fails as Interface does, or with EPERM without
// CAP_NET_RAW.
func (n *Network) Add(host, card string) (*Side, error) {
	on, err := Interface(card)
	if err != nil {
		return nil, err
	}
	s := &Side{net: n, host: host, on: on}
	if host != "" {
		if s.addrs, err = addresses(on); err != nil {
			return nil, fmt.Errorf("the addresses of %s: %w", host, err)
		}
	}
	if s.ring, err = open(on, n.snap); err != nil {
		return nil, err
	}
	s.diag, _ = procfs.OpenDiag() // without it, packets have addresses in place of names
	n.mu.Lock()
	n.sides = append(n.sides, s)
	n.mu.Unlock()
	n.running.Go(func() {
		err := s.ring.wait(n.drain)
		n.mu.Lock()
		s.err = err
		if s.view != nil {
			s.view.err = err
		}
		n.change.Broadcast()
		n.mu.Unlock()
	})
	return s, nil
}

// addresses are those of an interface.
func addresses(on *net.Interface) (all []netip.Addr, err error) {
	its, err := on.Addrs()
	for _, a := range its {
		if addr, ok := netip.AddrFromSlice(a.(*net.IPNet).IP); ok {
			all = append(all, addr.Unmap())
		}
	}
	return all, err
}

// drain reads all rings until they are empty.
func (n *Network) drain() {
	for n.pass() {
	}
}

// catchUp takes what has come so far, also where somebody never stops.
func (n *Network) catchUp() {
	n.pass()
	n.pass()
}

// pass reads all rings once, in the order of time, and reports whether there was a
// packet.
func (n *Network) pass() (more bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ended {
		return false
	}
	n.passes++
	var batch []sighting
	// What has arrived somewhere has left before, and stands in the ring of its sender:
	// that ring may have been read already, and is read once more.
	const rounds = 20
	for range rounds {
		before := len(batch)
		for _, s := range n.sides {
			for range len(s.ring.frames) / s.ring.frame {
				if !s.ring.read(func(p Packet) { batch = append(batch, s.sight(p)) }) {
					break
				}
			}
		}
		if len(batch) == before {
			break
		}
	}
	slices.SortStableFunc(batch, func(a, b sighting) int { return a.When.Compare(b.When) })
	for _, b := range batch {
		n.take(b)
	}
	// What arrived before this pass, and left no host that we see.
	for len(n.early) > 0 && n.early[0].inPass < n.passes {
		n.foreign(n.early[0])
		n.early = n.early[1:]
	}
	n.change.Broadcast()
	return len(batch) > 0
}

// End records what has come so far, and ends the record.
func (n *Network) End() {
	n.endRelays()
	n.catchUp()
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ended {
		return
	}
	n.ended = true
	for _, s := range n.early {
		n.foreign(s)
	}
	const arrivesSoon = 20 * time.Millisecond
	for _, p := range slices.Clone(n.pending) {
		if time.Since(p.When) > arrivesSoon {
			n.lost(p)
			continue
		}
		n.add(p, "packet") // it has had no time to arrive
	}
	for _, key := range n.sent.order {
		n.called(n.sent.known[key])
	}
	for _, s := range n.sides {
		if gone, err := s.ring.lost(); err == nil && gone > 0 {
			n.packets.Add(recording.Event{Layer: "packets", Kind: "dropped", Actor: s.host, Text: fmt.Appendf(nil, "%d packets that came too fast", gone)})
		}
		s.ring.stop()
	}
	// The kernel lets no packet socket go at once.
	go func() {
		n.running.Wait()
		for _, s := range n.sides {
			s.ring.close()
			s.diag.Close()
		}
	}()
}
