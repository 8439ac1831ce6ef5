package capture

import (
	"container/heap"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gopacket/gopacket/layers"
)

// A Relay stands in a host's cable, which is cut in two, and passes frames on: in
// their order and at once, unless it is told otherwise.
type Relay struct {
	net        *Network
	host, card string

	mu    sync.Mutex
	idle  *sync.Cond // signalled when frames have been passed on
	ways  [2]*way    // what the host sends, and what it gets
	timer *time.Timer
	ended bool
	out   outages

	last atomic.Int64 // when it passed a frame on, in nanoseconds since 1970
	busy atomic.Int64 // frames that wait for their time
}

// A way is a direction of a relay.
type way struct {
	out      bool
	from, to *ring
	read     atomic.Int64 // when the last frame came that was read, in nanoseconds since 1970
	impairs  []*Impairment
	lane     lane
	held     frames // those that wait for their time
	swapped  *frame // waits until another has passed
	order    int
}

// A frame is a packet with its link header.
type frame struct {
	bytes []byte
	due   time.Time
	order int
	late  bool // it goes into the lane when it is due
}

// frames are sorted by when they are due.
type frames []*frame

func (f frames) Len() int { return len(f) }
func (f frames) Less(a, b int) bool {
	return f[a].due.Before(f[b].due) || f[a].due.Equal(f[b].due) && f[a].order < f[b].order
}
func (f frames) Swap(a, b int) { f[a], f[b] = f[b], f[a] }
func (f *frames) Push(x any)   { *f = append(*f, x.(*frame)) }
func (f *frames) Pop() any {
	last := len(*f) - 1
	x := (*f)[last]
	*f = (*f)[:last]
	return x
}

// heldMax bounds the frames that wait in a direction of a relay.
const heldMax = 2 * QueueMax

// snapRelay has room for whole packets of 1500 bytes, and for those of one window of
// TCP (6 MB at most, tcp(7)).
var snapRelay = snap{bytes: 1900, frame: 2048, frames: 1 << 12, link: true, arrivals: true}

// Relay begins to pass frames on between two interfaces of the calling thread's
// network: the ends of the cable of a host's card. The network's End ends it.
func (n *Network) Relay(host, card, atHost, atSwitch string) (*Relay, error) {
	var rings [2]*ring
	for i, name := range []string{atHost, atSwitch} {
		on, err := Interface(name)
		if err == nil {
			rings[i], err = open(on, snapRelay)
		}
		if err != nil {
			if i > 0 {
				rings[0].close()
			}
			return nil, fmt.Errorf("a relay in the cable of %s: %w", host, err)
		}
	}
	r := &Relay{net: n, host: host, card: card}
	r.idle = sync.NewCond(&r.mu)
	r.ways = [2]*way{{out: true, from: rings[0], to: rings[1]}, {from: rings[1], to: rings[0]}}
	r.timer = time.AfterFunc(time.Hour, r.due)
	n.mu.Lock()
	n.relays = append(n.relays, r)
	n.mu.Unlock()
	for _, w := range r.ways {
		n.relaying.Go(func() { w.from.wait(func() { r.drain(w) }) })
	}
	return r, nil
}

func (r *Relay) way(out bool) *way {
	if out {
		return r.ways[0]
	}
	return r.ways[1]
}

// Impair impairs packets that the host sends (out) or gets, from now on. Of several
// impairments the first that means a packet decides.
func (r *Relay) Impair(out bool, i Impairment) {
	r.mu.Lock()
	defer r.mu.Unlock()
	w := r.way(out)
	r.drainLocked(w)
	w.impairs = append(w.impairs, &i)
}

// Unplugged notes that the cable is about to be out of its switch: what has come so
// far is passed on, and what comes later is lost. A nil Relay notes nothing.
func (r *Relay) Unplugged() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, w := range r.ways {
		r.drainLocked(w)
	}
	r.out.begin()
}

// Plugged notes that the cable will be in again.
func (r *Relay) Plugged() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.out.end()
}

// Line makes the cable as fast as that, from now on.
func (r *Relay) Line(l Line) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, w := range r.ways {
		r.drainLocked(w)
		w.lane.Line = l
	}
}

// Heal ends all impairments. What is swapped goes on at once.
func (r *Relay) Heal() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, w := range r.ways {
		r.drainLocked(w)
		w.impairs = nil
		r.swapBack(w)
	}
}

func (r *Relay) drain(w *way) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.drainLocked(w)
}

// drainLocked takes what has come.
func (r *Relay) drainLocked(w *way) {
	if r.ended {
		return
	}
	for w.from.read(func(p Packet) { r.take(w, p) }) {
	}
	r.idle.Broadcast()
}

// take decides what becomes of a frame.
func (r *Relay) take(w *way, p Packet) {
	f := &frame{bytes: append([]byte(nil), p.Head[:len(p.Head)+len(p.Data)]...), due: p.When}
	defer w.read.Store(p.When.UnixNano())
	if r.out.at(p.When) {
		return // a relay would take it there later, when the cable is in
	}
	if len(p.Data) < p.Size {
		r.tell(w, f, "drop", fmt.Sprintf("dropped in the cable of %s: it has room for packets of 1500 bytes", r.host))
		return
	}
	data, counts := carriesData(p)
	var meant *Impairment
	var number int
	counted := false
	for _, i := range w.impairs {
		if !counts || !i.All && !data {
			continue
		}
		counted = true
		if at, is := i.takes(); is && meant == nil {
			meant, number = i, at
		}
	}
	if meant == nil {
		r.enter(w, f)
		if counted {
			r.swapBack(w)
		}
		return
	}
	switch meant.What {
	case "drop":
		r.tell(w, f, "drop", numbered("dropped", number, r.host))
	case "duplicate":
		r.tell(w, f, "duplicate", numbered("duplicated", number, r.host))
		r.enter(w, f)
		r.enter(w, &frame{bytes: f.bytes, due: f.due})
	case "delay":
		r.tell(w, f, "delay", numbered("delayed by "+meant.Delay.String(), number, r.host))
		f.due, f.late = f.due.Add(meant.Delay), true
		r.hold(w, f)
	case "swap":
		r.swapBack(w)
		r.tell(w, f, "swap", numbered("swapped with the next", number, r.host))
		w.swapped = f
		return
	}
	if w.swapped != nil && meant.What != "drop" {
		r.swapBack(w)
	}
}

// swapBack passes on the frame that has waited for another.
func (r *Relay) swapBack(w *way) {
	if f := w.swapped; f != nil {
		w.swapped = nil
		f.due = time.Now()
		r.enter(w, f)
	}
}

// enter puts a frame into the lane, or passes it on if there is none.
func (r *Relay) enter(w *way, f *frame) {
	if w.lane.Rate == 0 && len(w.lane.leaves) > 0 && len(w.held) == 0 {
		w.lane.leaves = nil
	}
	if w.lane.Rate == 0 && len(w.lane.leaves) == 0 {
		r.pass(w, f)
		return
	}
	leaves, fits := w.lane.take(f.due, len(f.bytes))
	if !fits {
		r.tell(w, f, "drop", fmt.Sprintf("dropped in the cable of %s: %d packets wait", r.host, w.lane.Queue))
		return
	}
	f.due, f.late = leaves, false
	r.hold(w, f)
}

// hold keeps a frame until it is due.
func (r *Relay) hold(w *way, f *frame) {
	if len(w.held) >= heldMax {
		r.tell(w, f, "drop", fmt.Sprintf("dropped in the cable of %s: it has no room", r.host))
		return
	}
	w.order++
	f.order = w.order
	heap.Push(&w.held, f)
	r.busy.Add(1)
	r.wake()
}

// wake sets the timer for the frame that is due first.
func (r *Relay) wake() {
	var first *frame
	for _, w := range r.ways {
		if len(w.held) > 0 && (first == nil || w.held[0].due.Before(first.due)) {
			first = w.held[0]
		}
	}
	if first != nil {
		r.timer.Reset(max(time.Until(first.due), 0))
	}
}

// due passes on what has waited long enough.
func (r *Relay) due() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return
	}
	now := time.Now()
	for _, w := range r.ways {
		for len(w.held) > 0 && !w.held[0].due.After(now) {
			f := heap.Pop(&w.held).(*frame)
			if f.late {
				r.enter(w, f)
			} else {
				r.pass(w, f)
			}
			r.busy.Add(-1)
		}
	}
	r.wake()
	r.idle.Broadcast()
}

// pass sends a frame on.
func (r *Relay) pass(w *way, f *frame) {
	r.last.Store(time.Now().UnixNano())
	for {
		_, err := unix.Write(w.to.fd, f.bytes)
		switch err {
		case unix.EAGAIN, unix.EINTR, unix.ENOBUFS:
			const soon = 10 // milliseconds
			unix.Poll([]unix.PollFd{{Fd: int32(w.to.fd), Events: unix.POLLOUT}}, soon)
			continue
		case nil:
		default:
			r.tell(w, f, "drop", fmt.Sprintf("dropped in the cable of %s: %v", r.host, os.NewSyscallError("write", err)))
		}
		return
	}
}

// tell tells the network what becomes of a frame, before anybody sees that.
func (r *Relay) tell(w *way, f *frame, kind, why string) {
	r.net.tell(&fate{frame: f.bytes, kind: kind, why: why, host: r.host, card: r.card, out: w.out})
}

// rest waits until nothing waits in the relay, except what is swapped. False if the
// deadline passes first.
func (r *Relay) rest(deadline time.Time) bool {
	timer := time.AfterFunc(time.Until(deadline), func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.idle.Broadcast()
	})
	defer timer.Stop()
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		for _, w := range r.ways {
			r.drainLocked(w)
		}
		if r.ended || len(r.ways[0].held)+len(r.ways[1].held) == 0 {
			return true
		}
		if !time.Now().Before(deadline) {
			return false
		}
		r.idle.Wait()
	}
}

// mayHave reports whether a packet that left at a time may still be in the relay.
func (r *Relay) mayHave(out bool, left time.Time, now time.Time) bool {
	return r.way(out).read.Load() < left.UnixNano() || r.busy.Load() > 0 || now.UnixNano()-r.last.Load() <= int64(surelyLost)
}

// end ends the relay. What waits in it is lost.
func (r *Relay) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
	r.timer.Stop()
	for _, w := range r.ways {
		w.held, w.swapped = nil, nil
		w.from.stop()
	}
	r.idle.Broadcast()
}

// carriesData reports whether a packet carries data of TCP or UDP, and whether it is
// one of IP that somebody meant to send.
func carriesData(p Packet) (data, counts bool) {
	l, s := decode(p)
	switch {
	case s != nil:
		return s.size > 0, true
	case l.noise || !l.ends[0].IsValid():
		return false, false
	}
	return l.carried == layers.IPProtocolUDP, true
}
