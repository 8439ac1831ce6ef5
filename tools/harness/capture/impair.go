package capture

import (
	"fmt"
	"time"
)

// An Impairment is what happens to some packets in a host's cable. It counts them:
// those that carry data of TCP or UDP, from 1, or all packets of IP.
type Impairment struct {
	What  string // one of Impairments
	Which []Span
	Delay time.Duration // of a delay
	All   bool          // count all packets of IP

	counted int
}

// Impairments are what an Impairment may be. A delayed packet is overtaken by others;
// one that is swapped waits until the next that counts has passed.
var Impairments = []string{"drop", "delay", "duplicate", "swap"}

// A Span is the packets from one number to another, that included; To is 0 if all
// that follow are meant.
type Span struct{ From, To int }

// takes counts a packet, and reports whether it is one of those that are meant.
func (i *Impairment) takes() (number int, is bool) {
	i.counted++
	for _, s := range i.Which {
		if s.From <= i.counted && (s.To == 0 || i.counted <= s.To) {
			return i.counted, true
		}
	}
	return i.counted, false
}

// A Line is the speed of a cable, the same in both directions, and its queue.
type Line struct {
	Rate  int // bits in a second; 0: no limit
	Queue int // packets that may wait in each direction; more are dropped
}

// QueueMax is how many packets may wait in a cable, in each direction.
const QueueMax = 1000

// A lane is a direction of a Line: when its packets have left it.
type lane struct {
	Line
	leaves []time.Time // of those that are in it, in their order
}

// take puts a packet of some bytes into the lane, which comes at a time. It returns
// when the packet has left the lane; false if the queue is full.
func (l *lane) take(came time.Time, bytes int) (leaves time.Time, fits bool) {
	for len(l.leaves) > 0 && !l.leaves[0].After(came) {
		l.leaves = l.leaves[1:]
	}
	// One is being sent, the others wait.
	if l.Rate > 0 && len(l.leaves) > l.Queue {
		return came, false
	}
	begins := came
	if n := len(l.leaves); n > 0 {
		begins = l.leaves[n-1]
	}
	leaves = begins
	if l.Rate > 0 {
		leaves = begins.Add(time.Duration(float64(bytes) * 8 / float64(l.Rate) * float64(time.Second)))
	}
	l.leaves = append(l.leaves, leaves)
	return leaves, true
}

// A fate is what a relay did with a frame.
type fate struct {
	frame []byte
	kind  string // drop, duplicate, or any other
	why   string // as a packet's line says it
	host  string
	card  string
	out   bool // the host sent it
}

func numbered(what string, number int, host string) string {
	return fmt.Sprintf("%s in the cable of %s, as number %d", what, host, number)
}
