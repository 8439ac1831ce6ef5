package capture

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

var (
	alice = netip.MustParseAddrPort("127.0.0.1:50001")
	bob   = netip.MustParseAddrPort("127.0.0.1:8000")
)

// wrap makes a packet from bytes, for an interface of any kind.
func wrap(protocol layers.EthernetType, data []byte) Packet {
	p := Packet{When: time.Unix(1, 0), Data: data, Size: len(data)}
	binary.BigEndian.PutUint16(p.Link[14:], uint16(protocol))
	return p
}

// craft makes an IPv4 packet from its layers.
func craft(t testing.TB, protocol layers.IPProtocol, inner ...gopacket.SerializableLayer) Packet {
	t.Helper()
	ip := &layers.IPv4{Version: 4, IHL: 5, TTL: 64, Protocol: protocol,
		SrcIP: []byte{127, 0, 0, 1}, DstIP: []byte{127, 0, 0, 1}}
	buf := gopacket.NewSerializeBuffer()
	all := append([]gopacket.SerializableLayer{ip}, inner...)
	if err := gopacket.SerializeLayers(buf, gopacket.SerializeOptions{FixLengths: true}, all...); err != nil {
		t.Fatal(err)
	}
	return wrap(layers.EthernetTypeIPv4, buf.Bytes())
}

// tcp makes a TCP segment. Flags are named: "SYN ACK".
func tcp(t testing.TB, from, to netip.AddrPort, flags string, seq, ack uint32, window uint16, data string, options ...layers.TCPOption) Packet {
	t.Helper()
	has := func(flag string) bool { return strings.Contains(flags, flag) }
	return craft(t, layers.IPProtocolTCP, &layers.TCP{
		SrcPort: layers.TCPPort(from.Port()), DstPort: layers.TCPPort(to.Port()),
		Seq: seq, Ack: ack, Window: window, Options: options,
		SYN: has("SYN"), ACK: has("ACK"), FIN: has("FIN"), RST: has("RST"), PSH: has("PSH"),
	}, gopacket.Payload(data))
}

// record makes a transcript of packets.
func record(packets ...Packet) (transcript, *tracker) {
	var record transcript
	var connections tracker
	for _, p := range packets {
		l, s := decode(p)
		if s != nil {
			connections.tell(&l, s)
		} else {
			connections.hear(&l)
		}
		record.lines = append(record.lines, &l)
	}
	return record, &connections
}

// reads compares the transcript of packets with lines.
func reads(t *testing.T, o Options, packets []Packet, want ...string) {
	t.Helper()
	r, _ := record(packets...)
	if got := r.text(o); got != strings.Join(want, "\n")+"\n" {
		t.Errorf("got:\n%swant:\n%s", got, strings.Join(want, "\n"))
	}
}
