package pcap_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"socklab/tools/harness/pcap"
)

// A seg is a segment: who sends it, its flags, numbers and bytes.
type seg struct {
	from     string // "c", or "s"
	flags    string // of S, F, R, P; A unless it is a SYN of c's
	seq, ack uint32
	text     string
}

var (
	client = netip.MustParseAddrPort("10.0.0.2:50001")
	server = netip.MustParseAddrPort("192.0.2.1:8000")
)

// handshake begins at 1000 and at 5000.
var handshake = []seg{{"c", "S", 999, 0, ""}, {"s", "S", 4999, 1000, ""}, {"c", "", 1000, 5000, ""}}

// ends are the FINs, when the client has sent n bytes and the server m.
func ends(n, m uint32) []seg {
	return []seg{{"s", "F", 5000 + m, 1000 + n, ""}, {"c", "F", 1000 + n, 5001 + m, ""}, {"s", "", 5001 + m, 1001 + n, ""}}
}

func join(parts ...[]seg) (all []seg) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// echo is a conversation with nothing unusual in it.
var echo = join(handshake, []seg{
	{"c", "P", 1000, 5000, "ann"},
	{"s", "P", 5000, 1003, "hello ann"},
}, ends(3, 9))

// ip is a segment from its IP header on.
func ip(t testing.TB, s seg, c, v netip.AddrPort) []byte {
	from, to := c, v
	if s.from == "s" {
		from, to = v, c
	}
	tcp := &layers.TCP{SrcPort: layers.TCPPort(from.Port()), DstPort: layers.TCPPort(to.Port()), Seq: s.seq, Ack: s.ack, Window: 1000,
		SYN: strings.Contains(s.flags, "S"), FIN: strings.Contains(s.flags, "F"), RST: strings.Contains(s.flags, "R"), PSH: strings.Contains(s.flags, "P")}
	tcp.ACK = !(tcp.SYN && s.from == "c")
	var network gopacket.SerializableLayer
	if from.Addr().Is4() {
		network = &layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolTCP, SrcIP: from.Addr().AsSlice(), DstIP: to.Addr().AsSlice()}
		tcp.SetNetworkLayerForChecksum(network.(*layers.IPv4))
	} else {
		network = &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: layers.IPProtocolTCP, SrcIP: from.Addr().AsSlice(), DstIP: to.Addr().AsSlice()}
		tcp.SetNetworkLayerForChecksum(network.(*layers.IPv6))
	}
	b := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, network, tcp, gopacket.Payload(s.text)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// heads are what stands before an IP header.
var heads = map[layers.LinkType]func(v6 bool) []byte{
	layers.LinkTypeRaw:      func(bool) []byte { return nil },
	layers.LinkTypeEthernet: func(v6 bool) []byte { return append(make([]byte, 12), ethernet(v6)...) },
	layers.LinkTypeNull: func(v6 bool) []byte {
		if v6 {
			return []byte{30, 0, 0, 0} // macOS
		}
		return []byte{2, 0, 0, 0}
	},
	layers.LinkTypeLoop: func(v6 bool) []byte {
		if v6 {
			return []byte{0, 0, 0, 24}
		}
		return []byte{0, 0, 0, 2}
	},
	layers.LinkTypeLinuxSLL: func(v6 bool) []byte { return append([]byte{0, 0, 3, 4, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0}, ethernet(v6)...) },
	layers.LinkTypeLinuxSLL2: func(v6 bool) []byte {
		return append(ethernet(v6), 0, 0, 0, 0, 0, 1, 3, 4, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0)
	},
}

func ethernet(v6 bool) []byte {
	if v6 {
		return []byte{0x86, 0xdd}
	}
	return []byte{0x08, 0x00}
}

// file is a pcap file; snap cuts its packets, unless it is 0.
func file(t testing.TB, kind layers.LinkType, snap int, segs []seg, c, v netip.AddrPort) []byte {
	t.Helper()
	var b bytes.Buffer
	w := pcapgo.NewWriter(&b)
	if err := w.WriteFileHeader(65535, kind); err != nil {
		t.Fatal(err)
	}
	for i, s := range segs {
		packet := append(heads[kind](c.Addr().Is6()), ip(t, s, c, v)...)
		size := len(packet)
		if snap > 0 {
			packet = packet[:min(size, snap)]
		}
		if err := w.WritePacket(gopacket.CaptureInfo{Timestamp: time.Unix(1e9, int64(i)), CaptureLength: len(packet), Length: size}, packet); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func read(t testing.TB, file []byte) []*pcap.Conversation {
	t.Helper()
	all, note, err := pcap.Read(bytes.NewReader(file))
	if err != nil || note != "" {
		t.Fatal(note, err)
	}
	return all
}

// conversation is the part of a script with what they say.
func conversation(script string) string {
	_, script, _ = strings.Cut(script, "# They say what was captured.\n")
	script, _, _ = strings.Cut(script, "\n# To the byte")
	return script
}

func TestSteps(t *testing.T) {
	for name, test := range map[string]struct {
		segs           []seg
		server, client string // the steps of an actor in that place
		note           string
	}{
		"plain": {echo,
			"expect server '^ann'\nsend server 'hello ann'\neof server\nexited server closed\n",
			"send caller ann\nexpect caller '^hello ann'\nexited caller closed\neof caller\n", ""},
		"again, late and overlapping": {join(handshake, []seg{
			{"c", "", 1003, 5000, "def"},
			{"c", "", 1000, 5000, "abc"},
			{"c", "", 1000, 5000, "ABC"},
			{"c", "P", 1004, 5000, "efghi"},
			{"c", "", 999, 5000, ""}, // keepalive
			{"s", "P", 5000, 1009, "x"},
			{"s", "P", 5000, 1009, "x"},
		}, ends(9, 1)),
			"expect server '^abcdefghi'\nsend server x\neof server\nexited server closed\n", "", ""},
		"the client ends first, and is answered": {join(handshake, []seg{
			{"c", "PF", 1000, 5000, "all"},
			{"s", "P", 5000, 1004, "3\n"},
			{"s", "F", 5002, 1004, ""},
			{"c", "", 1004, 5003, ""},
		}),
			"expect server '^all'\nexited server closed\nsend server '3\\n'\neof server\n",
			"send caller all\neof caller\nexpect caller '^3\\n'\nexited caller closed\n", ""},
		"the client resets": {join(handshake, []seg{{"c", "P", 1000, 5000, "x"}, {"s", "P", 5000, 1001, "y"}, {"c", "R", 1001, 5001, ""}}),
			"expect server '^x'\nsend server y\nexited server reset\n", "send caller x\nexpect caller '^y'\nreset caller\n", ""},
		"writes keep their ends": {join(handshake, []seg{
			{"s", "", 5000, 1000, "220 "}, {"s", "P", 5004, 1000, "one\r\n"}, {"s", "P", 5009, 1000, "it's \xff\"2\\\n"},
		}, ends(0, 19)),
			"send server '220 one\\r\\n'\nsend server 'it''s \\xff\"2\\\\\\n'\neof server\nexited server closed\n",
			"expect caller '^220 one\\r\\nit''s .\"2\\\\\\n'\nexited caller closed\neof caller\n", ""},
		"at once": {join(handshake, []seg{{"c", "P", 1000, 5000, "a"}, {"s", "P", 5000, 1000, "b"}}, ends(1, 1)),
			"send server b\nexpect server '^a'\neof server\nexited server closed\n", "", "both sides spoke at the same time"},
		"no beginning": {[]seg{{"c", "P", 1000, 5000, "a"}, {"s", "P", 5000, 1001, "b"}},
			"expect server '^a'\nsend server b\n# The capture ends here, and the conversation goes on.\n", "", "its beginning is not in the capture"},
		"no beginning, the answer first": {[]seg{{"s", "P", 5000, 1001, "b"}, {"c", "P", 1001, 5001, "a"}},
			"send server b\nexpect server '^a'\n# The capture ends here, and the conversation goes on.\n", "", "that 10.0.0.2:50001 called is a guess"},
		"the address": {join(handshake, []seg{{"c", "P", 1000, 5000, "Host: 192.0.2.1:8000\n"}}, ends(21, 0)),
			"expect server '^Host: '${ADDR@R}'\\n'\neof server\nexited server closed\n", "", ""},
		"TLS": {join(handshake, []seg{{"c", "P", 1000, 5000, "\x16\x03\x01\x00"}}, ends(4, 0)), "", "", "it is TLS"},
		"half a character": {join(handshake, []seg{{"c", "P", 1000, 5000, "a\xe2"}}, ends(2, 0)),
			"expect server '^a'\neof server\nexited server closed\n", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			all := read(t, file(t, layers.LinkTypeEthernet, 0, test.segs, client, server))
			if len(all) != 1 {
				t.Fatal(all)
			}
			for want, isServer := range map[string]bool{test.server: true, test.client: false} {
				text, notes, err := all[0].Script(pcap.Part{Server: isServer, Name: "x"})
				if err != nil {
					t.Fatal(err)
				}
				got, _, _ := strings.Cut(conversation(text), "-- ")
				if want != "" && got != want {
					t.Errorf("got\n%s\nwant\n%s", got, want)
				}
				if want != "" && !strings.Contains(strings.Join(notes, "\n"), test.note) {
					t.Errorf("notes %q, want %q", notes, test.note)
				}
			}
		})
	}
}

func TestBroken(t *testing.T) {
	long := strings.Repeat("x", 60_000)
	var much []seg
	for i := range 10 {
		much = append(much, seg{"c", "P", 1000 + uint32(i*len(long)), 5000, long})
	}
	for want, segs := range map[string][]seg{
		"packet 4 was cut by the capture, 37 bytes of it are missing (tcpdump -s 0 keeps all)": join(handshake, []seg{{"c", "P", 1000, 5000, strings.Repeat("x", 100)}}, ends(100, 0)),
		"bytes of 10.0.0.2:50001 are not in the capture, from its byte 3 on":                   join(handshake, []seg{{"c", "P", 1000, 5000, "ab"}, {"c", "P", 1004, 5000, "ef"}}),
		"bytes of 10.0.0.2:50001 are not in the capture, from its byte 1 on":                   join(handshake, ends(7, 2), []seg{{"s", "P", 5000, 1000, "ab"}}),
		"10.0.0.2:50001 confirmed 9 bytes of 192.0.2.1:8000, and the capture has 0":            join(handshake, []seg{{"c", "P", 1000, 5009, "ab"}}),
		"10.0.0.2:50001 sent 600000 bytes, and 524288 at most fit into a script":               join(handshake, much),
		"nobody said anything": join(handshake, ends(0, 0)),
	} {
		snap := 0
		if strings.Contains(want, "cut") {
			snap = 117
		}
		_, _, err := read(t, file(t, layers.LinkTypeEthernet, snap, segs, client, server))[0].Script(pcap.Part{Server: true})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
}

func TestLinkTypes(t *testing.T) {
	six := [2]netip.AddrPort{netip.MustParseAddrPort("[fd00::2]:50001"), netip.MustParseAddrPort("[fd00::1]:8000")}
	for kind := range heads {
		for _, who := range [][2]netip.AddrPort{{client, server}, six} {
			all := read(t, file(t, kind, 0, echo, who[0], who[1]))
			want := fmt.Sprintf("%s calls %s: sends 3 bytes, gets 9, closed", who[0], who[1])
			if len(all) != 1 || all[0].String() != want || len(all[0].Broken)+len(all[0].Notes) > 0 {
				t.Errorf("%v: %v %+v, want %s", kind, all, all[0], want)
			}
		}
	}
}

// TestSeveral has conversations side by side, a refused call, and ports that are used
// anew; sequence numbers pass 2^32.
func TestSeveral(t *testing.T) {
	late := func(by uint32, segs []seg) (moved []seg) {
		for _, s := range segs {
			s.seq += by
			if s.flags != "S" || s.from == "s" {
				s.ack += by
			}
			moved = append(moved, s)
		}
		return moved
	}
	head := file(t, layers.LinkTypeRaw, 0, nil, client, server)
	packets := func(segs []seg, c netip.AddrPort) []byte { return file(t, layers.LinkTypeRaw, 0, segs, c, server)[24:] }
	other := netip.MustParseAddrPort("10.0.0.3:50001")
	all := read(t, bytes.Join([][]byte{head,
		packets(echo[:4], client), packets(echo, other), packets(echo[4:], client),
		packets([]seg{{"c", "S", 7, 0, ""}, {"s", "R", 0, 8, ""}}, client),
		packets(late(1<<32-1002, echo), client),
	}, nil))
	want := []string{
		"10.0.0.2:50001 calls 192.0.2.1:8000: sends 3 bytes, gets 9, closed",
		"10.0.0.3:50001 calls 192.0.2.1:8000: sends 3 bytes, gets 9, closed",
		"10.0.0.2:50001 calls 192.0.2.1:8000: sends 0 bytes, gets 0, refused",
		"10.0.0.2:50001 calls 192.0.2.1:8000: sends 3 bytes, gets 9, closed",
	}
	if got := fmt.Sprint(all); got != fmt.Sprint(want) {
		t.Errorf("got %s", got)
	}
}

func TestFiles(t *testing.T) {
	good := file(t, layers.LinkTypeRaw, 0, echo, client, server)
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	w.Write(good)
	w.Close()
	odd := bytes.Clone(good)
	binary.LittleEndian.PutUint32(odd[20:], 250)
	udp := file(t, layers.LinkTypeRaw, 0, echo[:1], client, server)
	udp[24+16+9] = 17
	for name, test := range map[string]struct {
		file      []byte
		note, err string
	}{
		"gzip":     {zipped.Bytes(), "", ""},
		"cut":      {good[:len(good)-3], "the file is damaged after packet 7 (unexpected EOF): what comes behind is left out", ""},
		"empty":    {nil, "", "expected a capture (pcap or pcapng), got 0 bytes"},
		"text":     {[]byte("hello"), "", `expected a capture (pcap or pcapng), got a file that begins with "hell"`},
		"nothing":  {good[:24], "", "no TCP conversation in it: it has no packets"},
		"odd link": {odd, "", "no TCP conversation in it, but 8 packets: 8 of link type 250, which is not known here"},
		"UDP":      {udp, "", "no TCP conversation in it, but 1 packets: 1 of UDP"},
		"short":    {file(t, layers.LinkTypeRaw, 30, echo, client, server), "", "no TCP conversation in it, but 8 packets: 8 of packets that the capture cut within their headers"},
	} {
		_, note, err := pcap.Read(bytes.NewReader(test.file))
		if note != test.note || fmt.Sprint(err) != test.err && !(err == nil && test.err == "") {
			t.Errorf("%s: note %q, error %v", name, note, err)
		}
	}
}

// FuzzRead reads what may be a capture. Nothing may panic, and a script of it holds
// together.
func FuzzRead(f *testing.F) {
	for kind := range heads {
		f.Add(file(f, kind, 0, echo, client, server))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		all, _, _ := pcap.Read(bytes.NewReader(file))
		for _, c := range all {
			for _, h := range c.Halves {
				if len(h.Data) > h.Sent {
					t.Fatalf("%d bytes of %d", len(h.Data), h.Sent)
				}
			}
			text, _, err := c.Script(pcap.Part{Server: true, Name: "x"})
			if err == nil && !strings.HasPrefix(text, "# An actor") {
				t.Fatal(text)
			}
		}
	})
}
