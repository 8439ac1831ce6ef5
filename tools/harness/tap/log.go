//go:build unix

package tap

import (
	"cmp"
	"crypto/sha256"
	"hash"
	"net"
	"net/netip"
	"strings"
	"sync"

	"socklab/tools/harness/procfs"
	"socklab/tools/harness/recording"
)

// A direction is the way that bytes or events go.
type direction bool

const (
	client2server direction = true
	server2client direction = false
)

// The kinds of a tap's events (package recording, layer stream).
const (
	connects  = "connect"
	data      = "data"
	total     = "total" // of the bytes that one side sent since the other last did
	closes    = "fin"
	resets    = "reset"
	refused   = "refused"
	cutHere   = "cut"
	resetHere = "cut off"
	noted     = "note"
)

const (
	turnsMax  = 10000 // most turns to record
	chunksMax = 1000  // most pieces of a turn to record singly
	piecesMax = 50000 // most pieces of all turns
	shown     = 200   // most bytes of a piece to record
)

// A log records what passes a tap. It keeps the beginning of every piece, and the
// length and checksum of every turn. So its size doesn't grow with the bytes passed.
type log struct {
	network, target string
	actor           string // the tap

	track *recording.Track
	diag  *procfs.Diag
	owner func(socket uint64) string
	blind bool // who the parties are is of no interest

	mu     sync.Mutex
	turns  int
	more   int // turns that were not recorded
	pieces int
}

// parties are the two sides of a connection.
type parties struct {
	number         int       // of the connection in the recording; 0: it is none
	addr           string    // the client's
	client, server int       // process groups, 0 if not known
	names          [2]string // of both, as the recording has them
	running        *sum      // of the present turn; nil if there is none
	over           bool      // the tap has ended it
}

// A sum is the length and checksum of a turn. A turn is the bytes that one side
// sends, until the other sends or something else happens.
type sum struct {
	way    direction
	size   int
	chunks int
	hash   hash.Hash
}

// A passage is what a tap adds to an event.
type passage struct {
	who *parties
	way direction
}

func newLog(c Config) *log {
	most := 5*turnsMax + piecesMax // room for beginnings and totals too
	l := &log{network: c.Network, target: c.Target, actor: c.Name, owner: c.Owner, blind: c.Connect != nil, track: c.Recording.Track(recording.Limit{Events: most})}
	if l.owner == nil {
		l.owner = func(uint64) string { return "" }
	} else {
		l.diag, _ = procfs.OpenDiag() // without it, the recording has addresses in place of names
	}
	return l
}

// open begins the record of a connection, or of a sender of datagrams, from its
// address, process group and socket. The server's group is looked up now, while the
// server is there.
func (l *log) open(client net.Addr, group int, socket uint64) *parties {
	p := &parties{addr: client.String(), client: group}
	if l.blind {
		return p
	}
	p.server = procfs.ListenerOf(l.network, l.target)
	if !strings.HasPrefix(l.network, "udp") {
		p.number = l.track.NextConnection()
	}
	p.names = [2]string{cmp.Or(l.owner(socket), p.addr), cmp.Or(l.owner(l.listener()), l.target)}
	l.record(p, client2server, connects, []byte(l.target), 0, false)
	return p
}

// socketOf is the socket at the other end of a connection; 0 if it is not known.
func (l *log) socketOf(c net.Conn) uint64 {
	if c, ok := c.(*net.UnixConn); ok {
		return l.diag.Peer(procfs.Inode(c))
	}
	return l.diag.Socket(l.network, procfs.AddrPort(c.RemoteAddr()), procfs.AddrPort(c.LocalAddr()))
}

// listener is the socket that listens at the target; 0 if there is none.
func (l *log) listener() uint64 {
	if l.network == "unix" {
		return procfs.UnixListener(l.target)
	}
	at, err := netip.ParseAddrPort(l.target)
	if err != nil {
		return 0
	}
	return l.diag.Socket(l.network, at, netip.AddrPort{})
}

// record adds an event to the recording. A call that was refused is its caller's.
func (l *log) record(p *parties, way direction, kind string, text []byte, size int, joins bool) {
	from, to := p.names[0], p.names[1]
	if way == server2client && kind != refused {
		from, to = to, from
	}
	if kind == refused {
		text = []byte(l.target)
	}
	l.track.Add(recording.Event{Layer: "stream", Kind: kind, Actor: from, Peer: to, Text: text, Size: size,
		Joins: joins, Of: passage{p, way}, Connection: p.number, Called: way == server2client && kind != refused})
}

// add records an event, with its bytes.
func (l *log) add(p *parties, way direction, kind string, b []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p.over {
		return // the tap ended it: what they do now is a consequence
	}
	p.over = kind == cutHere || kind == resetHere
	joins := p.running != nil && kind == data && p.running.way == way
	if !joins {
		if l.turns >= turnsMax {
			l.more++
			return
		}
		l.turns++
		l.endTurn(p)
		if kind != data {
			l.record(p, way, kind, nil, 0, false)
			return
		}
		p.running = &sum{way: way, hash: sha256.New()}
	}
	s := p.running
	s.hash.Write(b)
	s.size += len(b)
	if s.chunks < chunksMax && (l.pieces < piecesMax || s.chunks == 0) {
		s.chunks++
		l.pieces++
		l.record(p, way, data, b[:min(len(b), shown)], len(b), joins)
	}
}

// endTurn records the length and checksum of a turn, if its pieces don't show all of
// it.
func (l *log) endTurn(p *parties) {
	if s := p.running; s != nil && s.size > shown {
		l.record(p, s.way, total, s.hash.Sum(nil), s.size, false)
	}
	p.running = nil
}

// datagram records a datagram, and never joins it with another.
func (l *log) datagram(p *parties, way direction, b []byte) {
	l.mu.Lock()
	l.endTurn(p)
	l.mu.Unlock()
	l.add(p, way, data, b)
}

// note records something that the tap could not do.
func (l *log) note(text string) {
	l.track.Add(recording.Event{Layer: "stream", Kind: noted, Actor: l.actor, Text: []byte(text)})
}
