// Package pcap reads the TCP conversations of a capture file, pcap or pcapng, as
// tcpdump and Wireshark write it, and makes one side of a conversation into the actor
// of a script.
//
// It puts the bytes of each side in order by their sequence numbers (RFC 9293 section
// 3.4), in bounded memory.
package pcap

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// Limits of what is kept of a file. What is beyond them is counted.
const (
	mostConversations = 10_000
	mostBytes         = 512 << 10 // that a side of a conversation has sent
	mostKept          = 64 << 20  // bytes in all
)

// ErrNone is the error of a file without a TCP conversation.
var ErrNone = errors.New("no TCP conversation in it")

// A Conversation is a TCP connection as it was captured. Its first half is that of who
// called.
type Conversation struct {
	Began  time.Time
	Halves [2]*Half
	Notes  []string // what is a guess or is missing, and does no harm
	Broken []string // why no actor can be made of it
}

// A Half is one side of a conversation.
type Half struct {
	Addr netip.AddrPort
	Data []byte // what it sent
	Sent int    // how many bytes that is; more than Data if it was too much
	FIN  bool   // it has ended its half
	RST  bool   // it has reset the connection

	known   bool   // first is
	first   uint32 // the sequence number of the first byte
	pieces  []piece
	pending []segment // beyond a hole
	end     int       // where its FIN stands, if it came; -1
	endAck  int       // what it had received then
	syn     bool      // it was seen
}

// A piece is what one segment brought that was new.
type piece struct {
	end  int  // in the half's bytes
	ack  int  // how many of the other's bytes its sender had received; -1: not said
	push bool // the sender's write ends here (RFC 9293 section 3.9.1)
}

type segment struct {
	from  int
	bytes []byte
	size  int // with those that the capture has cut off
	ack   int
	push  bool
}

// link is what a conversation is found by: the lesser address first.
type link struct{ a, b netip.AddrPort }

type reader struct {
	all     []*Conversation
	open    map[link]*Conversation
	kept    int
	packets int
	others  map[string]int // packets that are not TCP, by what they are
	tooMany bool
}

// Read reads a file. If its end is damaged, note says so.
func Read(r io.Reader) (all []*Conversation, note string, err error) {
	in := bufio.NewReader(r)
	magic, err := in.Peek(4)
	switch {
	case err == io.EOF:
		return nil, "", fmt.Errorf("expected a capture (pcap or pcapng), got %d bytes", len(magic))
	case err != nil:
		return nil, "", err
	}
	next, err := packets(in, magic)
	if err != nil {
		return nil, "", err
	}
	c := &reader{open: map[link]*Conversation{}, others: map[string]int{}}
	for {
		data, info, kind, err := next()
		if err == io.EOF {
			break
		}
		if err != nil {
			if c.packets == 0 {
				return nil, "", fmt.Errorf("read its first packet: %w", err)
			}
			note = fmt.Sprintf("the file is damaged after packet %d (%v): what comes behind is left out", c.packets, err)
			break
		}
		c.packets++
		c.packet(data, info, kind)
	}
	if len(c.all) == 0 {
		return nil, note, c.none()
	}
	if c.tooMany {
		note = strings.TrimSpace(fmt.Sprintf("%s; there are more conversations than %d: the rest is left out", note, mostConversations))
	}
	for _, one := range c.all {
		one.finish()
	}
	return c.all, note, nil
}

// none says what is there in the place of TCP.
func (c *reader) none() error {
	var what []string
	for _, kind := range slices.Sorted(maps.Keys(c.others)) {
		what = append(what, fmt.Sprintf("%d of %s", c.others[kind], kind))
	}
	if what == nil {
		return fmt.Errorf("%w: it has no packets", ErrNone)
	}
	return fmt.Errorf("%w, but %d packets: %s", ErrNone, c.packets, strings.Join(what[:min(len(what), 5)], ", "))
}

// packets returns what reads the next packet, and its link type.
func packets(in *bufio.Reader, magic []byte) (next func() ([]byte, gopacket.CaptureInfo, layers.LinkType, error), err error) {
	switch {
	case bytes.Equal(magic, []byte{0x0a, 0x0d, 0x0d, 0x0a}):
		ng, err := pcapgo.NewNgReader(in, pcapgo.NgReaderOptions{WantMixedLinkType: true, SkipUnknownVersion: true})
		if err != nil {
			return nil, fmt.Errorf("read the head of a pcapng file: %w", err)
		}
		return func() ([]byte, gopacket.CaptureInfo, layers.LinkType, error) {
			data, info, err := ng.ReadPacketData()
			kind := ng.LinkType()
			if len(info.AncillaryData) > 0 {
				if its, ok := info.AncillaryData[0].(layers.LinkType); ok {
					kind = its
				}
			}
			return data, info, kind, err
		}, nil
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}), // gzip, which its reader knows
		slices.Contains([]string{"\xa1\xb2\xc3\xd4", "\xd4\xc3\xb2\xa1", "\xa1\xb2\x3c\x4d", "\x4d\x3c\xb2\xa1"}, string(magic)):
		old, err := pcapgo.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("read the head of a pcap file: %w", err)
		}
		return func() ([]byte, gopacket.CaptureInfo, layers.LinkType, error) {
			data, info, err := old.ReadPacketData()
			return data, info, old.LinkType(), err
		}, nil
	}
	return nil, fmt.Errorf("expected a capture (pcap or pcapng), got a file that begins with %q", magic)
}

// packet adds a packet to its conversation.
func (c *reader) packet(data []byte, info gopacket.CaptureInfo, kind layers.LinkType) {
	if int(kind) >= len(layers.LinkTypeMetadata) || layers.LinkTypeMetadata[kind].DecodeWith == nil {
		c.others[fmt.Sprintf("link type %d, which is not known here", kind)]++
		return
	}
	p := gopacket.NewPacket(data, kind, gopacket.DecodeOptions{Lazy: true, NoCopy: true})
	var from, to netip.Addr
	var tcp *layers.TCP
	size := 0 // of the IP payload, less the headers before TCP's; 0: not said
	for _, layer := range p.Layers() {
		switch l := layer.(type) {
		case *layers.IPv4: // Length may be 0: the card was to cut it into packets
			from, to, size = address(l.SrcIP), address(l.DstIP), max(int(l.Length)-int(l.IHL)*4, 0)
		case *layers.IPv6:
			from, to, size = address(l.SrcIP), address(l.DstIP), int(l.Length)
		case *layers.TCP:
			if l.DataOffset >= 5 { // else its header is cut
				tcp = l
			}
		default:
			if size > 0 && tcp == nil {
				size = max(size-len(l.LayerContents()), 0)
			}
		}
	}
	if tcp == nil || !from.IsValid() {
		name := "nothing that is known"
		if all := p.Layers(); len(all) > 0 {
			name = all[len(all)-1].LayerType().String()
			for _, l := range all {
				if _, is := l.(gopacket.TransportLayer); is {
					name = l.LayerType().String()
				}
			}
		}
		if p.Metadata().Truncated || info.CaptureLength < info.Length {
			name = "packets that the capture cut within their headers"
		}
		if len(c.others) < 100 {
			c.others[name]++
		}
		return
	}
	sender, receiver := netip.AddrPortFrom(from, uint16(tcp.SrcPort)), netip.AddrPortFrom(to, uint16(tcp.DstPort))
	one := c.of(sender, receiver, tcp, info.Timestamp)
	if one == nil {
		return
	}
	mine := one.Halves[0]
	other := one.Halves[1]
	if mine.Addr != sender {
		mine, other = other, mine
	}
	missing := 0
	if size > 0 {
		missing = max(size-int(tcp.DataOffset)*4-len(tcp.Payload), 0)
	}
	if missing > 0 {
		one.broken(fmt.Sprintf("packet %d was cut by the capture, %d bytes of it are missing (tcpdump -s 0 keeps all)", c.packets, missing))
	}
	mine.take(tcp, other, missing, &c.kept)
}

func address(ip []byte) netip.Addr {
	a, _ := netip.AddrFromSlice(ip)
	return a.Unmap()
}

// of is the conversation that a segment belongs to.
func (c *reader) of(sender, receiver netip.AddrPort, tcp *layers.TCP, at time.Time) *Conversation {
	key := link{sender, receiver}
	if receiver.Compare(sender) < 0 {
		key = link{receiver, sender}
	}
	one := c.open[key]
	if one != nil && tcp.SYN && !tcp.ACK {
		// The ports may be used anew: then the call has another number.
		if h := one.Halves[0]; h.Addr != sender || !h.syn || h.first != tcp.Seq+1 {
			one = nil
		}
	}
	if one != nil {
		return one
	}
	if !tcp.SYN && tcp.RST {
		return nil // it answers what is not here
	}
	if len(c.all) == mostConversations {
		c.tooMany = true
		return nil
	}
	caller, called := sender, receiver
	switch {
	case tcp.SYN && tcp.ACK:
		caller, called = receiver, sender
	case !tcp.SYN && sender.Port() < receiver.Port():
		caller, called = receiver, sender
	}
	one = &Conversation{Began: at, Halves: [2]*Half{{Addr: caller, end: -1}, {Addr: called, end: -1}}}
	if !tcp.SYN {
		one.Notes = append(one.Notes, "its beginning is not in the capture; that "+caller.String()+" called is a guess, from the ports")
	}
	c.all = append(c.all, one)
	c.open[key] = one
	return one
}

func (c *Conversation) broken(why string) {
	if len(c.Broken) < 3 {
		c.Broken = append(c.Broken, why)
	}
}

// take adds a segment to its sender's half.
func (h *Half) take(tcp *layers.TCP, other *Half, missing int, kept *int) {
	if tcp.SYN {
		h.known, h.syn, h.first = true, true, tcp.Seq+1
	} else if !h.known {
		h.known, h.first = true, tcp.Seq
	}
	ack := -1
	if tcp.ACK {
		if !other.known && !tcp.RST {
			other.known, other.first = true, tcp.Ack
		}
		ack = other.at(tcp.Ack)
	}
	from := h.at(tcp.Seq)
	if tcp.SYN {
		from = 0
	}
	s := segment{from, tcp.Payload, len(tcp.Payload) + missing, ack, tcp.PSH}
	if tcp.FIN && h.end < 0 {
		h.end, h.endAck = from+s.size, ack
	}
	h.RST = h.RST || tcp.RST
	if s.size == 0 || tcp.RST {
		return
	}
	if from > h.Sent { // a segment is lost, or is late
		if *kept+s.size <= mostKept && len(h.pending) < 4096 {
			*kept += len(s.bytes)
			s.bytes = slices.Clone(s.bytes)
			h.pending = append(h.pending, s)
		}
		return
	}
	h.append(s, kept)
	for {
		i := slices.IndexFunc(h.pending, func(s segment) bool { return s.from <= h.Sent })
		if i < 0 {
			return
		}
		s := h.pending[i]
		h.pending = slices.Delete(h.pending, i, i+1)
		*kept -= len(s.bytes)
		h.append(s, kept)
	}
}

// at is the place of a sequence number in the half's bytes. Numbers begin anew after
// 4 GB: it is the place that is nearest to the last byte.
func (h *Half) at(seq uint32) int {
	return h.Sent + int(int32(seq-h.first-uint32(h.Sent)))
}

// append adds what is new of a segment that begins within what was sent, or at its end.
// A byte that comes again stays as it was first.
func (h *Half) append(s segment, kept *int) {
	old := h.Sent - s.from
	if old < 0 || s.size <= old {
		return
	}
	if len(s.bytes) > old && h.Sent == len(h.Data) && s.from+len(s.bytes) <= mostBytes && *kept+len(s.bytes)-old <= mostKept {
		h.Data = append(h.Data, s.bytes[old:]...)
		*kept += len(s.bytes) - old
	}
	h.Sent = s.from + s.size
	if h.Sent == len(h.Data) {
		h.pieces = append(h.pieces, piece{h.Sent, s.ack, s.push})
	}
}

// finish looks at what a conversation lacks.
func (c *Conversation) finish() {
	for i, h := range c.Halves {
		other := c.Halves[1-i]
		h.FIN = h.end >= 0
		if h.end > h.Sent && h.pending == nil || len(h.pending) > 0 {
			c.broken(fmt.Sprintf("bytes of %s are not in the capture, from its byte %d on", h.Addr, h.Sent+1))
		} else if h.Sent > len(h.Data) && len(c.Broken) == 0 {
			c.broken(fmt.Sprintf("%s sent %d bytes, and %d at most fit into a script", h.Addr, h.Sent, mostBytes))
		}
		for _, p := range other.pieces {
			if ack := p.ack; ack > h.Sent+1 {
				c.broken(fmt.Sprintf("%s confirmed %d bytes of %s, and the capture has %d", other.Addr, ack, h.Addr, h.Sent))
				break
			}
		}
	}
	if from := c.Halves[0].Data; len(from) > 2 && from[0] == 22 && from[1] == 3 {
		c.Notes = append(c.Notes, "it is TLS (RFC 8446), whose bytes are others each time: what plays it will not understand them")
	}
	if !c.over() {
		c.Notes = append(c.Notes, "it was open when the capture ended")
	}
}

// over reports whether the conversation has ended.
func (c *Conversation) over() bool {
	a, b := c.Halves[0], c.Halves[1]
	return a.FIN && b.FIN || a.RST || b.RST
}

// Carries reports whether anybody said anything.
func (c *Conversation) Carries() bool { return c.Halves[0].Sent+c.Halves[1].Sent > 0 }

// How says how it ended.
func (c *Conversation) How() string {
	a, b := c.Halves[0], c.Halves[1]
	switch {
	case b.RST && !c.Carries() && !b.syn:
		return "refused"
	case a.FIN && b.FIN:
		return "closed"
	case a.RST || b.RST:
		return "reset"
	}
	return "open"
}

// String is a line about a conversation.
func (c *Conversation) String() string {
	a, b := c.Halves[0], c.Halves[1]
	return fmt.Sprintf("%s calls %s: sends %d bytes, gets %d, %s", a.Addr, b.Addr, a.Sent, b.Sent, c.How())
}
