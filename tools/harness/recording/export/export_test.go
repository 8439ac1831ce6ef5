package export

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket/pcapgo"

	"socklab/tools/harness/recording"
)

var film = &recording.File{
	Header: recording.Header{Script: "6.4-unplugged", Programs: map[string]string{"bob": "socksh"}, Date: time.Date(2026, 11, 28, 16, 45, 12, 0, time.UTC)},
	Events: []recording.Event{
		{At: 500, Layer: "script", Kind: "step", Text: []byte("The cable is out.")},
		{At: 1000, Layer: "screen", Kind: "start", Actor: "bob", Text: []byte("socksh")},
		{At: 2000, Layer: "screen", Kind: "in", Actor: "bob", Text: []byte("one\n")},
		{At: 3000, Layer: "screen", Kind: "out", Actor: "bob", Text: []byte("caf\xc3")},
		{At: 3000, Layer: "screen", Kind: "out", Actor: "alice", Text: []byte("not his")},
		{At: 4500, Layer: "screen", Kind: "out", Actor: "bob", Text: []byte("\xa9 \xff\n")},
		{At: 4600, Layer: "packets", Kind: "packet", Actor: "bob", Peer: "alice", Text: []byte("SYN"), Frame: bytes.Repeat([]byte{1}, 60)},
		{At: 4700, Layer: "packets", Kind: "lost", Actor: "bob", Peer: "alice", Text: []byte("4 bytes"), Frame: bytes.Repeat([]byte{2}, 64), Size: 70},
		{At: 4800, Layer: "screen", Kind: "key", Actor: "bob", Text: []byte("UP")},
		{At: 4900, Layer: "screen", Kind: "key", Actor: "bob", Text: []byte("^C")},
		{At: 5000, Layer: "screen", Kind: "exit", Actor: "bob", Text: []byte("0")},
	},
}

func TestAsciicast(t *testing.T) {
	var b bytes.Buffer
	if err := Asciicast(&b, film, "bob"); err != nil {
		t.Fatal(err)
	}
	const want = `{"version":3,"term":{"cols":80,"rows":24},"timestamp":1795884312,"command":"socksh","title":"6.4-unplugged · bob"}
[0.000500,"m","The cable is out."]
[0.001500,"i","one\n"]
[0.000000,"o","one\r\n"]
[0.001000,"o","caf"]
[0.001500,"o","é ` + "\uFFFD" + `\r\n"]
[0.000400,"i","\u0003"]
[0.000000,"o","^C"]
[0.000100,"x","0"]
`
	got := strings.ReplaceAll(b.String(), `\ufffd`, "\uFFFD")
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	for line := range strings.Lines(b.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("no JSON: %s", line)
		}
	}
	if err := Asciicast(io.Discard, film, "carol"); err == nil || !strings.Contains(err.Error(), `["bob" "alice"]`) {
		t.Error(err)
	}
}

func TestPcapng(t *testing.T) {
	var b bytes.Buffer
	if err := Pcapng(&b, film); err != nil {
		t.Fatal(err)
	}
	r, err := pcapgo.NewNgReader(bytes.NewReader(b.Bytes()), pcapgo.DefaultNgReaderOptions)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		bytes, length int
		comment       string
	}{{60, 60, "bob to alice: SYN"}, {64, 70, "bob to alice: 4 bytes (lost: it did not arrive)"}} {
		data, info, options, err := r.ReadPacketDataWithOptions()
		if err != nil {
			t.Fatal(err)
		}
		if len(data) != want.bytes || info.Length != want.length || strings.Join(options.Comments, "") != want.comment {
			t.Errorf("%d of %d bytes, comments %q; want %+v", len(data), info.Length, options.Comments, want)
		}
		if at := info.Timestamp.Sub(film.Header.Date); at < 4*time.Millisecond || at > 5*time.Millisecond {
			t.Errorf("at %v", at)
		}
	}
	if _, _, err := r.ReadPacketData(); err != io.EOF {
		t.Error(err)
	}
	if err := Pcapng(io.Discard, &recording.File{}); !errors.Is(err, ErrNoPackets) {
		t.Error(err)
	}
}
