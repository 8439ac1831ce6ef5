package capture

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

const (
	out  = "127.0.0.1:50001 -> 127.0.0.1:8000  "
	back = "127.0.0.1:8000 -> 127.0.0.1:50001  "
)

// handshake makes a handshake with these sequence numbers.
func handshake(t testing.TB, seq, ack uint32) []Packet {
	scale := layers.TCPOption{OptionType: layers.TCPOptionKindWindowScale, OptionLength: 3, OptionData: []byte{7}}
	return []Packet{
		tcp(t, alice, bob, "SYN", seq, 0, 100, "", scale),
		tcp(t, bob, alice, "SYN ACK", ack, seq+1, 100, "", scale),
		tcp(t, alice, bob, "ACK", seq+1, ack+1, 1, ""),
	}
}

var shaken = []string{out + "SYN", back + "SYN ACK", out + "ACK"}

// TestAccounts checks what is hidden by default, on sequence numbers that wrap.
func TestAccounts(t *testing.T) {
	var seq, ack uint32 = 1<<32 - 3, 1<<32 - 1
	packets := append(handshake(t, seq, ack),
		tcp(t, alice, bob, "SYN", seq, 0, 100, ""),
		tcp(t, alice, bob, "PSH ACK", seq+1, ack+1, 1, "baihuixin"),
		tcp(t, bob, alice, "ACK", ack+1, seq+10, 1, ""),
		tcp(t, bob, alice, "ACK", ack+1, seq+10, 0, ""),
		tcp(t, alice, bob, "ACK", seq+9, ack+1, 1, ""),
		tcp(t, bob, alice, "ACK", ack+1, seq+10, 2, ""),
		tcp(t, alice, bob, "PSH ACK", seq+1, ack+1, 1, "baihuixin"),
		tcp(t, alice, bob, "ACK", seq+9, ack+1, 1, ""),
		tcp(t, alice, bob, "PSH ACK", seq+8, ack+1, 1, "in!"),
		tcp(t, alice, bob, "FIN ACK", seq+11, ack+1, 1, ""),
		tcp(t, alice, bob, "FIN ACK", seq+11, ack+1, 1, ""),
		tcp(t, bob, alice, "RST", ack+1, 0, 0, ""),
	)
	reads(t, Options{}, packets, append(shaken,
		out+`bytes 1-9  "baihuixin"`,
		out+`bytes 8-10  "in!"`,
		out+`FIN at 11`,
		back+`RST`)...)
	reads(t, Options{Acks: true}, packets, append(shaken,
		out+`SYN again`,
		out+`bytes 1-9  "baihuixin"`,
		back+`ACK`,
		back+`window update`,
		out+`window probe`,
		back+`window update`,
		out+`bytes 1-9 again  "baihuixin"`,
		out+`keepalive`,
		out+`bytes 8-10  "in!"`,
		out+`FIN at 11`,
		out+`FIN at 11 again`,
		back+`RST`)...)
	r, _ := record(packets...)
	got := r.text(Options{Verbose: true, Time: true})
	for _, want := range []string{
		"0.000000  " + out + "SYN  (seq 0, window 100, window scale 7)\n",
		out + "ACK  (seq 1, ack 1, window 128)\n",
		out + `bytes 1-9  "baihuixin"  (seq 1, ack 1, PSH, window 128)` + "\n",
		back + "RST  (seq 1, window 0)\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("got:\n%swant among it:\n%s", got, want)
		}
	}
}

// TestLate checks that a segment that arrives late, after its successor, does not
// count as a repetition.
func TestLate(t *testing.T) {
	reads(t, Options{}, append(handshake(t, 0, 0),
		tcp(t, alice, bob, "ACK", 1, 1, 1, "one"),
		tcp(t, alice, bob, "ACK", 7, 1, 1, "three"),
		tcp(t, alice, bob, "ACK", 4, 1, 1, "two"),
		tcp(t, alice, bob, "ACK", 4, 1, 1, "two")),
		append(shaken, out+`bytes 1-3  "one"`, out+`bytes 7-11  "three"`, out+`bytes 4-6  "two"`)...)
}

// TestRepeatedEnd checks that FIN sent twice, since its confirmation was late, is no
// event, and neither is RST from the socket that has closed meanwhile.
func TestRepeatedEnd(t *testing.T) {
	packets := append(handshake(t, 0, 0),
		tcp(t, bob, alice, "FIN ACK", 1, 1, 1, ""),
		tcp(t, alice, bob, "ACK", 1, 2, 1, ""),
		tcp(t, alice, bob, "FIN ACK", 1, 2, 1, ""),
		tcp(t, alice, bob, "FIN ACK", 1, 2, 1, ""),
		tcp(t, bob, alice, "ACK", 2, 2, 1, ""),
		tcp(t, bob, alice, "ACK", 2, 2, 1, ""),
		tcp(t, alice, bob, "RST", 2, 0, 0, ""),
	)
	reads(t, Options{}, packets, append(shaken, back+"FIN at 1", out+"FIN at 1")...)
	reads(t, Options{Acks: true}, packets, append(shaken, back+"FIN at 1", out+"FIN at 1", out+"ACK", out+"FIN at 1 again", back+"ACK", back+"ACK", out+"RST")...)
}

// TestJoined checks a connection whose beginning was not captured, and a new
// connection between the same addresses.
func TestJoined(t *testing.T) {
	packets := append([]Packet{
		tcp(t, bob, alice, "ACK", 5000, 700, 1, ""),
		tcp(t, bob, alice, "ACK", 5000, 700, 1, "one"),
		tcp(t, alice, bob, "ACK", 700, 5003, 1, "two"),
		tcp(t, alice, bob, "RST ACK", 703, 5003, 1, ""),
	}, handshake(t, 1, 2)...)
	reads(t, Options{}, packets, append([]string{
		back + `bytes 1-3 (joined in the middle)  "one"`, out + `bytes 1-3  "two"`, out + "RST"}, shaken...)...)
}

// TestSettled checks that a transcript doesn't depend on chance.
func TestSettled(t *testing.T) {
	h := handshake(t, 0, 0)
	text := tcp(t, alice, bob, "ACK", 1, 1, 1, "x")
	clientFirst := []Packet{tcp(t, alice, bob, "FIN ACK", 2, 1, 1, ""), tcp(t, bob, alice, "FIN ACK", 1, 3, 1, "")}
	serverFirst := []Packet{tcp(t, bob, alice, "FIN ACK", 1, 2, 1, ""), tcp(t, alice, bob, "FIN ACK", 2, 2, 1, "")}
	other := craft(t, layers.IPProtocolUDP, &layers.UDP{SrcPort: 1, DstPort: 2, Length: 8})
	u := "127.0.0.1:1 -> 127.0.0.1:2  UDP 0 bytes"
	for _, fins := range [][]Packet{clientFirst, serverFirst} {
		packets := []Packet{h[0], h[1], other, h[2], text, fins[0], other, fins[1]}
		reads(t, Options{}, packets, append(shaken, u, out+`byte 1  "x"`, back+"FIN at 1", out+"FIN at 2", u)...)
	}
	reads(t, Options{AsIs: true}, []Packet{h[0], h[1], other, h[2], text, clientFirst[0], other, clientFirst[1]},
		out+"SYN", back+"SYN ACK", u, out+"ACK", out+`byte 1  "x"`, out+"FIN at 2", u, back+"FIN at 1")
	// Nor does it depend on whether the first FIN is confirmed by the second one.
	confirmed := append(append([]Packet{}, h...), text, clientFirst[0], tcp(t, bob, alice, "ACK", 1, 3, 1, ""), clientFirst[1])
	reads(t, Options{Acks: true}, confirmed,
		append(shaken, out+`byte 1  "x"`, back+"FIN at 1", out+"FIN at 2", back+"ACK")...)
	// Data between the two keeps its place, repeated or not.
	repeated := append(append([]Packet{}, h...), text, clientFirst[0], text, clientFirst[1])
	reads(t, Options{Acks: true}, repeated,
		append(shaken, out+`byte 1  "x"`, out+"FIN at 2", out+`byte 1 again  "x"`, back+"FIN at 1")...)
	reads(t, Options{}, append(h, text, clientFirst[0], tcp(t, bob, alice, "ACK", 1, 3, 1, "y"), tcp(t, bob, alice, "FIN ACK", 2, 3, 1, "")),
		append(shaken, out+`byte 1  "x"`, out+"FIN at 2", back+`byte 1  "y"`, back+"FIN at 2")...)
}

// TestOpen checks when a connection counts as ended or idle, and the message about
// one that is neither.
func TestOpen(t *testing.T) {
	h := handshake(t, 0, 0)
	text := tcp(t, alice, bob, "ACK", 1, 1, 1, "x")
	heard := tcp(t, bob, alice, "ACK", 1, 2, 1, "")
	fin := tcp(t, alice, bob, "FIN ACK", 2, 1, 1, "")
	answer := tcp(t, bob, alice, "FIN ACK", 1, 3, 1, "")
	last := tcp(t, alice, bob, "ACK", 3, 2, 1, "")
	icmp := func(code byte, about Packet) Packet {
		return craft(t, layers.IPProtocolICMPv4, gopacket.Payload(append([]byte{3, code, 0, 0, 0, 0, 0, 0}, about.Data...)))
	}
	const who = "127.0.0.1:50001 -> 127.0.0.1:8000: "
	for _, c := range []struct {
		packets []Packet
		rests   bool
		why     string
	}{
		{h[:1], false, "SYN has no answer"},
		{h[:2], false, "SYN ACK has no answer"},
		{h, true, "no FIN from 127.0.0.1:50001 or 127.0.0.1:8000"},
		{append(h, text), false, "nobody has acknowledged what was sent by 127.0.0.1:50001"},
		{append(h, text, heard), true, "no FIN from 127.0.0.1:50001 or 127.0.0.1:8000"},
		{append(h, text, heard, fin, tcp(t, bob, alice, "ACK", 1, 3, 1, "")), true, "no FIN from 127.0.0.1:8000"},
		{append(h, text, heard, fin, answer), false, "nobody has acknowledged what was sent by 127.0.0.1:8000"},
		{append(h, text, heard, fin, answer, last), true, ""},
		{append(h, tcp(t, bob, alice, "RST", 1, 0, 0, "")), true, ""},
		{[]Packet{h[0], icmp(0, h[0])}, true, ""},
		{[]Packet{h[0], icmp(0, h[0]), h[0]}, false, "SYN has no answer"},
		{[]Packet{h[0], icmp(4, h[0])}, false, "SYN has no answer"}, // fragmentation needed
		{append(h, text, icmp(0, text)), false, "nobody has acknowledged what was sent by 127.0.0.1:50001"},
	} {
		_, connections := record(c.packets...)
		why := ""
		for _, open := range connections.open((*connection).ended) {
			why = open.waitsFor()
		}
		if c.why != "" && why != who+c.why || c.why == "" && why != "" {
			t.Errorf("%d packets: %q, want %q", len(c.packets), why, c.why)
		}
		if rests := len(connections.open((*connection).rests)) == 0; rests != c.rests {
			t.Errorf("%d packets: at rest is %v", len(c.packets), rests)
		}
	}
}

// TestStrange checks packets of every kind, whole and broken.
func TestStrange(t *testing.T) {
	segment := tcp(t, alice, bob, "SYN", 0, 0, 0, "").Data
	cut := func(n int) []byte {
		short := append([]byte(nil), segment[:n]...)
		short[3] = byte(n) // the header says the same length
		return short
	}
	small := append([]byte(nil), segment...)
	small[32] = 1 << 4
	short := tcp(t, alice, bob, "ACK", 0, 0, 0, "baihuixin").Data
	ports := []byte{0xc3, 0x51, 0, 9, 0, 13, 0, 0}
	udp6 := append(append([]byte{0x60, 0, 0, 0, 0, 13, 17, 64, 15: 0, 23: 1, 39: 1}, ports...), "hello"...)
	icmp := func(kind, code byte, rest ...byte) Packet {
		return craft(t, layers.IPProtocolICMPv4, gopacket.Payload(append([]byte{kind, code, 0, 0, 0, 7, 0, 1}, rest...)))
	}
	quote := craft(t, layers.IPProtocolUDP, gopacket.Payload(ports)).Data
	target := append([]byte{0xfd}, append(make([]byte, 14), 1)...)
	icmp6 := func(kind, code byte, rest ...byte) Packet {
		message := append([]byte{kind, code, 0, 0, 0, 7, 0, 1}, rest...)
		return wrap(layers.EthernetTypeIPv6, append([]byte{0x60, 0, 0, 0, 0, byte(len(message)), 58, 64, 15: 0, 23: 1, 39: 1}, message...))
	}
	for _, c := range []struct {
		p    Packet
		want string
	}{
		{wrap(layers.EthernetTypeARP, make([]byte, 28)), "ARP about addresses of LLC, 28 bytes"},
		{wrap(layers.EthernetTypeARP, arpWords(1)), "10.0.0.2 -> all  ARP who has 10.0.0.1?  (at 02:00:00:00:00:02)"},
		{wrap(layers.EthernetTypeARP, arpWords(2)), "10.0.0.2 -> 10.0.0.1  ARP I have 10.0.0.2  (at 02:00:00:00:00:02)"},
		{wrap(layers.EthernetTypeARP, arpWords(1)[:20]), "ARP cut short after 20 bytes"},
		{wrap(0x88b6, make([]byte, 1)), "Ethernet type 0x88b6, 1 byte"},
		{wrap(layers.EthernetTypeIPv4, nil), "IPv4 header cut short after 0 bytes"},
		{wrap(layers.EthernetTypeIPv4, segment[:19]), "IPv4 header cut short after 19 bytes"},
		{wrap(layers.EthernetTypeIPv4, make([]byte, 40)), "IPv4 header malformed, 40 bytes"},
		{wrap(layers.EthernetTypeIPv6, segment), "IPv6 header malformed, 40 bytes"},
		{wrap(layers.EthernetTypeIPv6, udp6[:39]), "IPv6 header cut short after 39 bytes"},
		{wrap(layers.EthernetTypeIPv4, cut(31)), "127.0.0.1 -> 127.0.0.1  TCP header cut short after 11 bytes"},
		{wrap(layers.EthernetTypeIPv4, segment[:31]), "127.0.0.1 -> 127.0.0.1  TCP header cut short after 11 bytes, cut short: 9 bytes missing"},
		{wrap(layers.EthernetTypeIPv4, small), "127.0.0.1 -> 127.0.0.1  TCP header malformed, 20 bytes"},
		{wrap(layers.EthernetTypeIPv4, short[:len(short)-6]), out + `bytes 1-3 (joined in the middle), cut short: 6 bytes missing  "bai"`},
		{tcp(t, alice, bob, "", 0, 0, 0, ""), out + "no flags (joined in the middle)"},
		{tcp(t, alice, bob, "SYN FIN", 0, 0, 0, "x"), out + `SYN byte 1 FIN at 2  "x"`},
		{craft(t, 132, gopacket.Payload("x")), "127.0.0.1 -> 127.0.0.1  IPv4 protocol SCTP, 1 byte"},
		{craft(t, 253, gopacket.Payload("xy")), "127.0.0.1 -> 127.0.0.1  IPv4 protocol 253, 2 bytes"},
		{craft(t, layers.IPProtocolUDP, gopacket.Payload("xy")), "127.0.0.1 -> 127.0.0.1  UDP header cut short after 2 bytes"},
		{craft(t, layers.IPProtocolUDP, gopacket.Payload(ports)), "127.0.0.1:50001 -> 127.0.0.1:9  UDP of 8 bytes that says it has 13"},
		{wrap(layers.EthernetTypeIPv6, udp6), `[::1]:50001 -> [::1]:9  UDP 5 bytes  "hello"`},
		{wrap(layers.EthernetTypeIPv6, udp6[:50]), "[::1]:50001 -> [::1]:9  UDP of 10 bytes that says it has 13, cut short: 3 bytes missing"},
		{icmp(8, 0), "127.0.0.1 -> 127.0.0.1  ICMP echo request seq 1, 0 bytes  (id 7)"},
		{icmp(3, 3, quote...), "127.0.0.1 -> 127.0.0.1  ICMP port unreachable for UDP 127.0.0.1:50001 -> 127.0.0.1:9"},
		{icmp(3, 3, quote[:22]...), "127.0.0.1 -> 127.0.0.1  ICMP port unreachable for UDP 127.0.0.1 -> 127.0.0.1"},
		{icmp(11, 0, 4), "127.0.0.1 -> 127.0.0.1  ICMP time to live exceeded for IPv4, header malformed, 1 byte"},
		{icmp(99, 5), "127.0.0.1 -> 127.0.0.1  ICMP type 99 code 5, 0 bytes"},
		{icmp6(129, 0, 1, 2), "::1 -> ::1  ICMPv6 echo reply seq 1, 2 bytes  (id 7)"},
		{icmp6(1, 4, udp6...), "::1 -> ::1  ICMPv6 port unreachable for UDP [::1]:50001 -> [::1]:9"},
		{icmp6(135, 0), "::1 -> ::1  ICMPv6 neighbour solicitation, 0 bytes"},
		{icmp6(135, 0, append(target, 1, 1, 2, 3, 4, 5, 6, 7)...), "::1 -> ::1  ICMPv6 neighbour solicitation: who has fd00::1?  (at 02:03:04:05:06:07)"},
		{icmp6(136, 0, append(target, 1, 1, 2, 3)...), "::1 -> ::1  ICMPv6 neighbour advertisement: I have fd00::1"},
		{icmp6(143, 0, 1), "::1 -> ::1  ICMPv6 multicast listener report, 1 byte"},
	} {
		c.p.Data = append([]byte(nil), c.p.Data...)
		r, _ := record(c.p)
		got := r.text(Options{Verbose: true})
		if strings.HasPrefix(c.want, out) {
			got = r.text(Options{Acks: true})
		}
		if got != c.want+"\n" {
			t.Errorf("got  %swant %s", got, c.want)
		}
	}
	for _, p := range []Packet{icmp6(135, 0), wrap(layers.EthernetTypeARP, arpWords(1))} {
		if r, _ := record(p); r.text(Options{}) != "" || r.text(Options{ARP: true}) == "" {
			t.Error("how hosts find each other's cards is shown unasked, or not at all")
		}
	}
	if r, _ := record(icmp6(143, 0, 1)); r.text(Options{ARP: true}) != "" || r.text(Options{Verbose: true}) == "" {
		t.Error("what hosts say to routers is shown as neighbour discovery, or not at all")
	}
	fragment := craft(t, layers.IPProtocolUDP, gopacket.Payload("xyz"))
	fragment.Data[7] = 10 // times 8 bytes
	reads(t, Options{}, []Packet{fragment}, "127.0.0.1 -> 127.0.0.1  IPv4 fragment of UDP at 80, 3 bytes")
}

// TestEscaped checks that bytes from the network are escaped and cut.
func TestEscaped(t *testing.T) {
	reads(t, Options{}, append(handshake(t, 0, 0), tcp(t, alice, bob, "ACK", 1, 1, 1, "\x1b[31m\n\u202e"+strings.Repeat("a", 64))),
		append(shaken, out+`bytes 1-73  "\x1b[31m\n\u202e`+strings.Repeat("a", 55)+`" and 9 more`)...)
}

// TestBounded checks that the number of kept connections is bounded.
func TestBounded(t *testing.T) {
	var connections tracker
	for i := range connectionsMax + 10 {
		s := &segment{from: netip.AddrPortFrom(alice.Addr(), uint16(i)), to: bob}
		s.tcp.SYN = true
		connections.tell(&line{}, s)
	}
	if n := len(connections.known); n > connectionsMax || n != len(connections.order) {
		t.Errorf("%d connections, %d in order", n, len(connections.order))
	}
}

// arpWords is 10.0.0.2 asking for 10.0.0.1 (operation 1), or answering it (2).
func arpWords(operation byte) []byte {
	return []byte{0, 1, 8, 0, 6, 4, 0, operation,
		2, 0, 0, 0, 0, 2, 10, 0, 0, 2,
		0, 0, 0, 0, 0, 0, 10, 0, 0, 1}
}
