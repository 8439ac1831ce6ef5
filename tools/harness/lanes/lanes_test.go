package lanes

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"socklab/tools/harness/recording"
)

// safe stands in for what makes control characters visible.
func safe(text []byte) string {
	return strings.NewReplacer("\x1b", `\x1b`, "\r", `\r`, "\ufffd", "?").Replace(strings.ToValidUTF8(string(text), "?"))
}

// write writes a whole recording.
func write(w io.Writer, f *recording.File, o Options) error {
	o.Cast = CastOf(f.Events)
	events := Events(f.Events)
	p := Player{Lanes: New(w, o)}
	return p.Play(context.Background(), &events)
}

func film() *recording.File {
	event := func(at int64, layer, kind, actor, text string) recording.Event {
		return recording.Event{At: at, Layer: layer, Kind: kind, Actor: actor, Text: []byte(text)}
	}
	return &recording.File{Events: []recording.Event{
		event(1000, "script", "step", "", "A server listens."),
		event(2000, "screen", "start", "server", "echo-server"),
		event(3000, "screen", "out", "server", "list"),
		event(4000, "screen", "out", "server", "ening \xe4\xb8"),
		event(4100, "screen", "out", "server", "\x96\r\n"),
		event(5000, "script", "step", "", "A client comes, and says a long word that no lane has room for."),
		event(6000, "screen", "start", "alice", "dialled tcp"),
		event(7000, "screen", "in", "alice", "hi\x1b[2J\n"),
		event(8000, "script", "fault", "wire", "cut=3"),
		event(9000, "screen", "out", "server", "a prompt "),
		event(9500, "script", "end", "", ""),
		event(9600, "screen", "in", "alice", "now\n"),
		event(10000, "screen", "key", "server", "^C"),
		event(11000, "screen", "exit", "server", "SIGINT"),
		event(12000, "screen", "exit", "alice", "reset"),
		event(13000, "script", "step", "", "Bob comes later."),
		event(14000, "screen", "out", "bob", strings.Repeat("x", 40)+"\n"),
		event(1500000, "script", "verdict", "", "failed"),
	}}
}

// TestTyped has a line that is typed in pieces, as terminals take long ones, and one
// that something comes between.
func TestTyped(t *testing.T) {
	in := func(at int64, actor, text string, joins bool) recording.Event {
		return recording.Event{At: at, Layer: "screen", Kind: "in", Actor: actor, Text: []byte(text), Joins: joins}
	}
	const want = "  0.001 s alice  » setsockopt s SOL_SOCKET SO_KEEP 1\n" +
		"  0.002 s                         bob  » hi\n" +
		"  0.003 s » one\n" +
		"  0.004 s                         » yes?\n" +
		"  0.005 s » two\n" +
		"  0.006 s »\n"
	var out strings.Builder
	err := write(&out, &recording.File{Events: []recording.Event{
		in(1000, "alice", "setsockopt s SOL_SOCKET SO_", false), in(1100, "alice", "KEEP 1\n", true),
		in(2000, "bob", "hi", true),
		in(3000, "alice", "one ", false), in(4000, "bob", "yes?", true), in(5000, "alice", "two\n", true),
		in(6000, "alice", "", false),
	}}, Options{Width: 56, Safe: safe})
	if err != nil || out.String() != want {
		t.Errorf("%v, got\n%swant\n%s", err, out.String(), want)
	}
}

func TestLanes(t *testing.T) {
	for _, test := range []struct {
		name  string
		width int
		want  string
	}{
		{"two lanes, of which the first is used twice", 56, `
── A server listens.
  0.002 s server  echo-server
  0.004 s listening 世\r
── A client comes, and says a long word that no lane has
room for.
  0.006 s                         alice  dialled tcp
  0.007 s                         » hi\x1b[2J
  0.008 s ── wire: cut=3
  0.009 s a prompt
  0.010 s                         » now
  0.010 s » ^C  killed by SIGINT  « reset
── Bob comes later.
  0.014 s bob  xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
── failed
`},
		{"one lane for all", 40, `
── A server listens.
  0.002 s server  echo-server
  0.004 s listening 世\r
── A client comes, and says a long word
that no lane has room for.
  0.006 s alice  dialled tcp
  0.007 s » hi\x1b[2J
  0.008 s ── wire: cut=3
  0.009 s server  a prompt
  0.010 s alice  » now
  0.010 s server  » ^C  killed by SIGINT
  0.012 s alice  « reset
── Bob comes later.
  0.014 s bob
          xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
          xxxxxxxxxx
── failed
`},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got strings.Builder
			if err := write(&got, film(), Options{Width: test.width, Safe: safe}); err != nil {
				t.Fatal(err)
			}
			if want := test.want[1:]; got.String() != want {
				t.Errorf("got\n%s\nwant\n%s", got.String(), want)
			}
		})
	}
}

// TestFlood checks that much text is shown by its ends.
func TestFlood(t *testing.T) {
	f := &recording.File{Events: []recording.Event{{At: 1, Layer: "screen", Kind: "in", Actor: "a", Text: []byte(strings.Repeat("x\n", 1000))}}}
	var got strings.Builder
	if err := write(&got, f, Options{Safe: safe}); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(got.String(), "\n"); lines != 9 || !strings.Contains(got.String(), "… 992 lines\n") {
		t.Errorf("%d lines\n%s", lines, got.String())
	}
}

// TestHostile checks that a recording which somebody has made for it is shown in
// bounded time and space: a line without an end, and actors without number.
func TestHostile(t *testing.T) {
	for name, test := range map[string]struct {
		event func(i int) recording.Event
		most  int // lines
		want  string
	}{
		"one line": {func(int) recording.Event {
			return recording.Event{At: 1, Layer: "screen", Kind: "out", Actor: "a", Text: bytes.Repeat([]byte("x"), 1000)}
		}, 100_000, "xxx"},
		"actors": {func(i int) recording.Event {
			return recording.Event{At: 1, Layer: "screen", Kind: "out", Actor: fmt.Sprint("a", i%20_000), Text: []byte("x\n")}
		}, 40_000, "a19999  x\n"},
	} {
		t.Run(name, func(t *testing.T) {
			f := &recording.File{}
			for i := range 40_000 {
				f.Events = append(f.Events, test.event(i))
			}
			var got strings.Builder
			if err := write(&got, f, Options{Safe: safe}); err != nil {
				t.Fatal(err)
			}
			if lines := strings.Count(got.String(), "\n"); lines > test.most || !strings.Contains(got.String(), test.want) {
				t.Errorf("%d lines, want %d at most, and %q in them", lines, test.most, test.want)
			}
		})
	}
}

// TestColour checks that nothing else than colours is added.
func TestColour(t *testing.T) {
	var plain, coloured strings.Builder
	if err := write(&plain, film(), Options{Width: 56, Safe: safe}); err != nil {
		t.Fatal(err)
	}
	if err := write(&coloured, film(), Options{Width: 56, Colour: true, Safe: safe}); err != nil {
		t.Fatal(err)
	}
	bare := coloured.String()
	for _, style := range []string{"1", "2", "33", "36", "1;4", "1;31", ""} {
		bare = strings.ReplaceAll(bare, "\x1b["+style+"m", "")
	}
	if bare != plain.String() || coloured.String() == bare {
		t.Errorf("coloured\n%q\nplain\n%q", coloured.String(), plain.String())
	}
}

// TestArrows checks what stands between lanes at the other depths.
func TestArrows(t *testing.T) {
	event := func(layer, kind, actor, peer, text string) recording.Event {
		return recording.Event{At: 1000, Layer: layer, Kind: kind, Actor: actor, Peer: peer, Text: []byte(text)}
	}
	f := &recording.File{Events: []recording.Event{
		event("screen", "start", "server", "", "echo-server"), event("screen", "start", "alice", "", "echo-client"),
		event("packets", "packet", "alice", "server", "SYN  (seq 0, window 65495)"),
		event("packets", "packet", "server", "alice", "SYN ACK  (seq 0)"),
		event("packets", "lost", "alice", "server", "bytes 1-40  \"a text that is longer than a lane\""),
		event("packets", "packet", "server", "alice", "bytes 1-40  \"a text that is longer than a lane\""),
		event("packets", "packet", "10.0.0.1:8000", "alice", "ARP"),
		event("stream", "connect", "alice", "server", "127.0.0.1:8000"),
		event("stream", "data", "alice", "server", "hi\n"),
		{At: 1000, Layer: "stream", Kind: "data", Actor: "server", Peer: "alice", Text: []byte("hello"), Size: 5000},
		event("stream", "total", "server", "alice", "\x00\x01"),
		event("stream", "fin", "server", "alice", ""),
		event("stream", "note", "wire", "", "full\x1b"),
		event("syscalls", "call", "server", "", "accept(listener) = alice"),
		event("packets", "dropped", "", "", "117 events, 0 bytes"),
		event("screen", "out", "server", "", "x\n"), event("screen", "out", "alice", "", "x\n"),
	}}
	shared := f
	for depth, want := range map[string]string{
		"screen": "",
		"packets": `
  0.001 s ◀────────────────────── SYN
  0.001 s SYN ACK ──────────────▶
  0.001 s ✗────────────────────── bytes 1-40  "a text
                                  that is longer than a
                                  lane"
  0.001 s bytes 1-40  "a text ──▶
          that is longer than
          a lane"
  0.001 s 10.0.0.1:8000 → alice: ARP
  0.001 s (packets: 117 events, 0 bytes left out)`,
		"stream": `
  0.001 s ◀────────────────────── connect
  0.001 s ◀────────────────────── "hi\n"
  0.001 s "hello"… (5000 ───────▶
          bytes)
  0.001 s end ──────────────────▶
  0.001 s wire: full\x1b`,
		"syscalls": `
  0.001 s accept(listener) =
          alice`,
	} {
		var got strings.Builder
		if err := write(&got, f, Options{Width: 56, Depth: depth, Safe: safe}); err != nil {
			t.Fatal(err)
		}
		if want := "  0.001 s server  echo-server     alice  echo-client" + want + "\n  0.001 s x\n  0.001 s                         x\n"; got.String() != want {
			t.Errorf("%s: got\n%s\nwant\n%s", depth, got.String(), want)
		}
	}
	// One that has not begun has a lane; one whose lane another has taken has none.
	f = &recording.File{Events: []recording.Event{
		event("screen", "start", "server", "", "echo-server"),
		event("packets", "packet", "alice", "server", "SYN"),
		event("screen", "start", "alice", "", "dialled"), event("screen", "exit", "alice", "", "closed"), event("screen", "start", "bob", "", "dialled"),
		event("packets", "packet", "server", "alice", "FIN"), event("packets", "packet", "server", "bob", "FIN"),
		event("screen", "exit", "server", "", "0"),
	}}
	var late strings.Builder
	if err := write(&late, f, Options{Width: 56, Depth: "packets", Safe: safe}); err != nil {
		t.Fatal(err)
	}
	if want := `  0.001 s server  echo-server
  0.001 s ◀────────────────────── SYN
  0.001 s                         alice  dialled
  0.001 s                         « closed
  0.001 s                         bob  dialled
  0.001 s server → alice: FIN
  0.001 s FIN ──────────────────▶
  0.001 s exited 0
`; late.String() != want {
		t.Errorf("got\n%s\nwant\n%s", late.String(), want)
	}
	// In 40 columns both share a lane.
	f = shared
	var got strings.Builder
	if err := write(&got, f, Options{Width: 40, Depth: "stream", Safe: safe}); err != nil {
		t.Fatal(err)
	}
	if want := "  0.001 s alice → server: \"hi\\n\"\n"; !strings.Contains(got.String(), want) {
		t.Errorf("got\n%s\nwant in it\n%s", got.String(), want)
	}
}
