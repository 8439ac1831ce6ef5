package capture

import (
	"encoding/binary"
	"strings"
	"testing"
	"unicode"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// FuzzLine feeds arbitrary packets to the decoder and the connection tracker.
// Nothing may crash, and each packet must make one harmless line. Input is a
// sequence of packets: two bytes of length, one of kind, and the packet's bytes.
func FuzzLine(f *testing.F) {
	pack := func(packets ...Packet) (input []byte) {
		for _, p := range packets {
			kind := byte(0)
			if p.protocol() == layers.EthernetTypeIPv6 {
				kind = 1
			}
			input = binary.BigEndian.AppendUint16(input, uint16(len(p.Data)))
			input = append(append(input, kind), p.Data...)
		}
		return input
	}
	f.Add(pack(append(handshake(f, 1<<32-2, 7),
		tcp(f, alice, bob, "ACK PSH", 1<<32-1, 8, 1, "baihuixin"),
		tcp(f, bob, alice, "FIN ACK", 8, 9, 1, "\x1b[31m"),
		tcp(f, alice, bob, "RST", 9, 0, 0, ""))...))
	f.Add(pack(tcp(f, alice, bob, "SYN", 0, 0, 0, "",
		layers.TCPOption{OptionType: layers.TCPOptionKindMSS, OptionData: []byte{5, 5}},
		layers.TCPOption{OptionType: layers.TCPOptionKindSACK, OptionData: make([]byte, 8)},
		layers.TCPOption{OptionType: layers.TCPOptionKindMultipathTCP, OptionData: make([]byte, 10)})))
	f.Add(pack(craft(f, layers.IPProtocolICMPv4, gopacket.Payload(append([]byte{3, 3, 0, 0, 0, 0, 0, 0}, tcp(f, alice, bob, "SYN", 0, 0, 0, "").Data...)))))
	f.Add(pack(craft(f, layers.IPProtocolUDP, &layers.UDP{SrcPort: 1, DstPort: 2, Length: 9}, gopacket.Payload("x"))))
	six := []byte{0x60, 0, 0, 0, 0, 24, 0, 64, 15: 0, 23: 1, 39: 1}
	f.Add(pack(wrap(layers.EthernetTypeIPv6, append(six, 44, 0, 1, 4, 0, 0, 0, 0, 17, 0, 0, 9, 0, 0, 0, 1, 0, 1, 0, 2, 0, 8, 0, 0))))
	f.Fuzz(func(t *testing.T, input []byte) {
		var r transcript
		var connections tracker
		told := 0
		for len(input) > 3 {
			size, kind := int(binary.BigEndian.Uint16(input)), input[2]
			input = input[3:]
			have := min(size, len(input))
			protocol := layers.EthernetTypeIPv4
			switch {
			case kind&3 == 1:
				protocol = layers.EthernetTypeIPv6
			case kind&3 > 1:
				protocol = layers.EthernetType(kind)<<8 | 6
			}
			p := wrap(protocol, input[:have:have])
			p.Size = size
			input = input[have:]
			l, s := decode(p)
			if s != nil {
				connections.tell(&l, s)
			}
			r.lines = append(r.lines, &l)
			told++
		}
		for _, o := range []Options{{}, {Acks: true, Verbose: true, Time: true}, {Acks: true, Verbose: true, AsIs: true}} {
			text := r.text(o)
			if lines := strings.Count(text, "\n"); lines != told && o.Acks || lines > told {
				t.Errorf("%d packets made %d lines:\n%s", told, lines, text)
			}
			for _, c := range text {
				if c != '\n' && !unicode.IsPrint(c) {
					t.Errorf("%q has got into a line:\n%q", c, text)
				}
			}
			for _, line := range strings.Split(text, "\n") {
				if len(line) > 2000 {
					t.Errorf("a line of %d bytes", len(line))
				}
			}
		}
		for _, c := range connections.open((*connection).ended) {
			c.waitsFor()
			c.rests()
		}
	})
}
