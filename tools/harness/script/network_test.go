//go:build unix

package script_test

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"socklab/tools/harness/all"
	"socklab/tools/harness/need"
	"socklab/tools/harness/recording"
	"socklab/tools/harness/recording/export"
	"socklab/tools/harness/script"
)

// recorded plays a script, which must pass, and returns the events of its recording.
func recorded(t *testing.T, text string) []recording.Event {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "net.txtar"), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	rec := recording.New()
	if r := played(t, dir, "net", 0, script.Options{Recording: rec}); r.Verdict != script.Passed {
		t.Fatalf("%s: %s\n%s", r.Verdict, r.Reason, r.Log)
	}
	return rec.Events()
}

// linesOf are the events of a layer, a line each: who, to whom, what happened, and the
// text. Packets with which kernels keep account are left out.
func linesOf(all []recording.Event, layer string) (lines []string) {
	for _, e := range all {
		words := string(e.Text)
		if s, ok := e.Of.(fmt.Stringer); ok && e.Text == nil {
			words = s.String()
		}
		words, _, _ = strings.Cut(words, "  (") // what differs from run to run
		if e.Layer == layer && words != "ACK" && words != "window update" && !strings.HasPrefix(words, "ARP ") {
			lines = append(lines, fmt.Sprintf("%s -> %s  %s  %s", e.Actor, e.Peer, e.Kind, words))
		}
	}
	return lines
}

const unplugged = `needs privnet
host office 10.0.0.1
host home 10.0.0.2
listen -on=office door tcp 10.0.0.1:8000
dial -on=home bob tcp 10.0.0.1:8000
accept door alice
unplug home
send bob one
! expect -for=50ms alice one
plug home
expect alice one
reset alice
exited bob reset
`

// TestNetworkRecorded plays scripts that never ask for packets. Their recordings must
// name who called whom, on both layers, and say what became of it.
func TestNetworkRecorded(t *testing.T) {
	need.Skip(t, "privnet")
	for _, test := range []struct{ name, script, stream, packets string }{
		{"a call", `needs privnet
spawn server echo-server $ADDR
expect server listening
spawn alice echo-client $ADDR hello
exited alice
exited server
`, `alice -> server  connect  127.0.0.1:8000
alice -> server  data  hello
server -> alice  data  hello hello
server -> alice  fin  
alice -> server  fin  
`, `alice -> server  packet  SYN
server -> alice  packet  SYN ACK
alice -> server  packet  bytes 1-5  "hello"
server -> alice  packet  bytes 1-11  "hello hello"
server -> alice  packet  FIN at 12
alice -> server  packet  FIN at 6
`},
		{"a call through a tap", `needs privnet
spawn server echo-server $ADDR
expect server listening
tap wire $ADDR WIRE
dial alice tcp $WIRE
send alice hello
expect alice 'hello hello'
eof alice
exited alice closed
exited server
stream wire
`, `alice -> server  connect  127.0.0.1:8000
alice -> server  data  hello
server -> alice  data  hello hello
server -> alice  fin  
alice -> server  fin  
`, `alice -> wire  packet  SYN
wire -> alice  packet  SYN ACK
alice -> wire  packet  bytes 1-5  "hello"
wire -> server  packet  SYN
server -> wire  packet  SYN ACK
wire -> server  packet  bytes 1-5  "hello"
server -> wire  packet  bytes 1-11  "hello hello"
wire -> alice  packet  bytes 1-11  "hello hello"
server -> wire  packet  FIN at 12
wire -> alice  packet  FIN at 12
alice -> wire  packet  FIN at 6
wire -> server  packet  FIN at 6
`},
		{"sockets of ours", `needs privnet
listen door tcp $ADDR
dial alice tcp $ADDR
accept door bob
send bob hello
expect alice hello
reset bob
exited alice reset
`, `alice -> door  connect  127.0.0.1:8000
bob -> alice  accept  
bob -> alice  data  hello
bob -> alice  reset  
`, `alice -> door  packet  SYN
door -> alice  packet  SYN ACK
bob -> alice  packet  bytes 1-5  "hello"
bob -> alice  packet  RST
`},
		{"nobody listens", `needs privnet
! dial alice tcp $ADDR
tap wire $ADDR WIRE
dial bob tcp $WIRE
exited bob closed
spawn carol echo-client $ADDR hello
exited carol 1
`, `alice -> 127.0.0.1:8000  refused  127.0.0.1:8000
bob -> 127.0.0.1:8000  connect  127.0.0.1:8000
bob -> 127.0.0.1:8000  refused  127.0.0.1:8000
carol -> 127.0.0.1:8000  refused  127.0.0.1:8000
`, ""},
		{"a datagram", `needs privnet
dial alice udp $HOST:9
send alice hello
exited alice
`, `alice -> 127.0.0.1:9  data  hello
alice -> 127.0.0.1:9  refused  127.0.0.1:9
`, ""},
		{"a cable is out", unplugged, `bob -> door  connect  10.0.0.1:8000
alice -> bob  accept  
bob -> alice  data  one
alice -> bob  reset  
`, `bob -> door  packet  SYN
door -> bob  packet  SYN ACK
bob -> alice  lost  bytes 1-3  "one"
bob -> alice  packet  bytes 1-3 again  "one"
alice -> bob  packet  RST
`},
		{"through a router", `needs firewall
host home 10.0.0.2
host far 192.0.2.1
router gate 10.0.0.254 192.0.2.254
listen -on=far door tcp 192.0.2.1:8000
dial -on=home alice tcp 192.0.2.1:8000
accept door bob
send alice one
expect bob one
firewall gate through reset tcp 9000
! dial -on=home late tcp 192.0.2.1:9000
reset bob
exited alice reset
`, `alice -> door  connect  192.0.2.1:8000
bob -> alice  accept  
alice -> bob  data  one
late -> far  refused  192.0.2.1:9000
bob -> alice  reset  
`, `alice -> gate  packet  SYN
gate -> door  packet  SYN
door -> gate  packet  SYN ACK
gate -> alice  packet  SYN ACK
alice -> gate  packet  bytes 1-3  "one"
gate -> bob  packet  bytes 1-3  "one"
late -> gate  packet  SYN
gate -> late  packet  RST
bob -> gate  packet  RST
gate -> alice  packet  RST
`},
		{"an impaired cable", `needs privnet
host office 10.0.0.1
host home 10.0.0.2
listen -on=office door tcp 10.0.0.1:8000
dial -on=home bob tcp 10.0.0.1:8000
accept door alice
impair home out duplicate 1
impair home out drop 2
send bob one
expect alice one
send bob lost
expect alice lost
reset bob
exited alice reset
`, `bob -> door  connect  10.0.0.1:8000
alice -> bob  accept  
bob -> alice  data  one
bob -> alice  data  lost
bob -> alice  reset  
`, `bob -> door  packet  SYN
door -> bob  packet  SYN ACK
bob -> alice  packet  bytes 1-3  "one", duplicated in the cable of home, as number 1
bob -> alice  packet  bytes 1-3  "one", the copy
bob -> alice  lost  bytes 4-7  "lost", dropped in the cable of home, as number 2
bob -> alice  packet  bytes 4-7 again  "lost"
bob -> alice  packet  RST
`},
		{"datagrams in slow cables", `needs privnet
host office 10.0.0.1
host home 10.0.0.2
spawn -on=office alice socksh
send alice 'u = socket AF_INET SOCK_DGRAM'
expect alice '^= 3$'
send alice 'bind u 10.0.0.1:9000'
expect alice '^= 0$'
dial -on=home bob udp 10.0.0.1:9000
send bob hello
send alice 'recv u 100'
expect alice hello
impair office in delay 1 300ms
impair office in swap 2
send bob late
send bob three
send bob two
send alice 'recv u 100'
expect alice two
send alice 'recv u 100'
expect alice three
send alice 'recv u 100'
expect alice late
slow office 400bit 0
send bob slow
send bob 'no room'
send alice 'recv u 100'
expect alice slow
eof alice
exited alice
`, `bob -> alice  data  hello
bob -> alice  data  late
bob -> alice  data  two
bob -> alice  data  three
bob -> alice  data  slow
`, `bob -> alice  packet  UDP 5 bytes  "hello"
bob -> alice  packet  UDP 4 bytes  "late", delayed by 300ms in the cable of office, as number 1
bob -> alice  packet  UDP 5 bytes  "three", swapped with the next in the cable of office, as number 2
bob -> alice  packet  UDP 3 bytes  "two"
bob -> alice  packet  UDP 4 bytes  "slow"
bob -> alice  lost  UDP 7 bytes  "no room", dropped in the cable of office: 0 packets wait
`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			all := recorded(t, test.script)
			compare(t, "stream", linesOf(all, "stream"), test.stream)
			if test.packets != "" {
				// On a slow machine more repetitions are lost.
				packets := slices.DeleteFunc(linesOf(all, "packets"), func(line string) bool { return strings.Contains(line, "  lost  bytes 1-3 again  ") })
				compare(t, "packets", packets, test.packets)
			}
			for _, e := range all {
				if e.Layer == "packets" && (len(e.Frame) < 14 || e.Line == 0) {
					t.Errorf("%+v has no frame, or no line", e)
				}
			}
		})
	}
}

// TestRewritten plays scripts in which a router puts an address of its own in the
// place of others'. Their recordings must say which address became which, and still
// name who spoke to whom.
func TestRewritten(t *testing.T) {
	need.Skip(t, "firewall")
	const hosts = `needs firewall
host home 10.0.0.2
host far 192.0.2.1
router gate 10.0.0.254 192.0.2.254
nat gate
`
	for _, test := range []struct{ name, script, stream, packets string }{
		{"a connection", hosts + `listen -on=far door tcp 192.0.2.1:8000
dial -on=home alice tcp 192.0.2.1:8000
accept door bob
send alice one
expect bob one
send bob two
expect alice two
reset bob
exited alice reset
`, `alice -> door  connect  192.0.2.1:8000
bob -> alice  accept  
alice -> bob  data  one
bob -> alice  data  two
bob -> alice  reset  
`, `gate ->   nat  10.0.0.2:PORT became 192.0.2.254:PORT, for 192.0.2.1:8000
alice -> gate  packet  SYN
gate -> door  packet  SYN
door -> gate  packet  SYN ACK
gate -> alice  packet  SYN ACK
alice -> gate  packet  bytes 1-3  "one"
gate -> bob  packet  bytes 1-3  "one"
bob -> gate  packet  bytes 1-3  "two"
gate -> alice  packet  bytes 1-3  "two"
bob -> gate  packet  RST
gate -> alice  packet  RST
`},
		{"datagrams", hosts + `spawn -on=far bob socksh
send bob 'u = socket AF_INET SOCK_DGRAM'
expect bob '^= 3$'
send bob 'bind u 192.0.2.1:9000'
expect bob '^= 0$'
dial -on=home alice udp 192.0.2.1:9000
send alice one
send bob 'recv u 100'
expect bob one
send alice two
send bob 'recv u 100'
expect bob two
eof bob
exited bob
`, `alice -> bob  data  one
alice -> bob  data  two
`, `gate ->   nat  10.0.0.2:PORT became 192.0.2.254:PORT, for 192.0.2.1:9000
alice -> gate  packet  UDP 3 bytes  "one"
gate -> bob  packet  UDP 3 bytes  "one"
alice -> gate  packet  UDP 3 bytes  "two"
gate -> bob  packet  UDP 3 bytes  "two"
`},
		{"a router that has forgotten", hosts + `listen -on=far door tcp 192.0.2.1:8000
dial -on=home alice tcp 192.0.2.1:8000
accept door bob
forget gate
send bob one
exited bob reset
unplug home
`, `alice -> door  connect  192.0.2.1:8000
bob -> alice  accept  
gate -> bob  reset  
`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			all := recorded(t, test.script)
			compare(t, "stream", linesOf(all, "stream"), test.stream)
			lines := linesOf(all, "packets")
			for i, line := range lines {
				lines[i] = natPort.ReplaceAllString(line, ":PORT")
			}
			if test.packets != "" {
				compare(t, "packets", lines, test.packets)
			}
		})
	}
}

var natPort = regexp.MustCompile(`:[0-9]{5}\b`)

// compare wants lines in any order: who closes first is chance, and so are times that
// are close to each other.
func compare(t *testing.T, layer string, got []string, want string) {
	t.Helper()
	wanted := strings.Split(strings.TrimSuffix(want, "\n"), "\n")
	slices.Sort(got)
	slices.Sort(wanted)
	// A packet that is repeated because the machine is busy is nobody's mistake.
	got = slices.Compact(got)
	if !slices.Equal(got, wanted) {
		t.Errorf("%s: got\n%s\nwant\n%s", layer, strings.Join(got, "\n"), want)
	}
}

// TestWireshark writes the recording of a play as pcapng, which Wireshark must read:
// each packet, who sent it to whom, and the one that was lost.
func TestWireshark(t *testing.T) {
	all.Skip(t)
	need.Skip(t, "privnet", "tshark")
	var file bytes.Buffer
	w, err := recording.NewWriter(&file, recording.Header{Script: "unplugged", Date: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range recorded(t, unplugged) {
		if err := w.Write(e); err != nil {
			t.Fatal(err)
		}
	}
	film, err := recording.Read(&file)
	if err != nil || len(film.Notes) > 0 {
		t.Fatalf("%v, %v", err, film)
	}
	name := filepath.Join(t.TempDir(), "unplugged.pcapng")
	out, err := os.Create(name)
	if err == nil {
		err = errors.Join(export.Pcapng(out, film), out.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	tshark := exec.Command("tshark", "-r", name, "-T", "fields", "-e", "_ws.malformed", "-e", "tcp.flags", "-e", "ip.src", "-e", "tcp.dstport", "-e", "tcp.len", "-e", "frame.comment")
	var wrong strings.Builder
	tshark.Stderr = &wrong
	said, err := tshark.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", tshark, err, &wrong)
	}
	var got []string
	lost := false
	for line := range strings.Lines(string(said)) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 3)
		if len(fields) != 3 || fields[0] != "" {
			t.Fatalf("Wireshark calls it malformed: %q", line)
		}
		lost = lost || strings.Contains(line, "lost: it did not arrive")
		const syn, rst = 2, 4 // RFC 9293, section 3.1
		flags, _ := strconv.ParseUint(fields[1], 0, 16)
		if bytes := strings.Split(fields[2], "\t")[2]; flags&(syn|rst) == 0 && (bytes == "" || bytes == "0") {
			continue
		}
		rest, _, _ := strings.Cut(fields[2], "  (") // numbers, which differ from run to run
		got = append(got, chosenPort.ReplaceAllString(rest, "\tPORT\t"))
	}
	want := []string{
		"10.0.0.2\t8000\t0\tbob to door: SYN",
		"10.0.0.1\tPORT\t0\tdoor to bob: SYN ACK",
		"10.0.0.2\t8000\t3\tbob to alice: bytes 1-3  \"one\"",
		"10.0.0.2\t8000\t3\tbob to alice: bytes 1-3 again  \"one\"",
		"10.0.0.1\tPORT\t0\talice to bob: RST",
	}
	if got = slices.Compact(got); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if !lost {
		t.Error("no comment says that a packet was lost")
	}
}

var chosenPort = regexp.MustCompile(`\t[3-6]\d{4}\t`)

// TestConnections checks the number of a connection in its events, and which end they
// are of: on the script's network, through a tap, and through a router. Who was refused
// heard it before somebody listened there.
func TestConnections(t *testing.T) {
	t.Parallel()
	need.Skip(t, "privnet")
	const onePlace = `needs privnet
! dial early tcp $ADDR
listen door tcp $ADDR
dial alice tcp $ADDR
dial late tcp $ADDR
accept door bob
send bob hello
expect alice hello
reset alice
exited bob reset
reset late
accept door eve
exited eve reset
`
	const throughTap = `needs privnet
spawn server echo-server $ADDR
expect server listening
tap wire $ADDR WIRE
spawn alice echo-client $WIRE hi
exited alice
exited server
stream wire
`
	const throughRouter = `needs firewall
host home 10.0.0.2
host far 192.0.2.1
router gate 10.0.0.254 192.0.2.254
listen -on=far door tcp 192.0.2.1:8000
dial -on=home alice tcp 192.0.2.1:8000
accept door bob
send alice one
expect bob one
reset bob
exited alice reset
`
	for name, test := range map[string]struct {
		text  string
		wants map[string]string // by the first caller
	}{
		"one place": {onePlace, map[string]string{
			"early": "early refused",
			"alice": "alice connect, bob data called, alice reset, bob accept called",
			"late":  "late connect, late reset, eve accept called",
		}},
		"a tap": {throughTap, map[string]string{
			"alice": "alice connect, alice data, server data called, server fin called, alice fin",
		}},
		"a router": {throughRouter, map[string]string{
			"alice": "alice connect, alice data, bob reset called, bob accept called",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "a router" {
				need.Skip(t, "firewall")
			}
			said, first := map[int][]string{}, map[int]string{}
			for _, e := range recorded(t, test.text) {
				if e.Layer != "stream" {
					continue
				}
				if first[e.Connection] == "" {
					first[e.Connection] = e.Actor
				}
				called := ""
				if e.Called {
					called = " called"
				}
				said[e.Connection] = append(said[e.Connection], e.Actor+" "+e.Kind+called)
				if e.Kind == "refused" && e.Peer != string(e.Text) {
					t.Errorf("%s was refused by %s", e.Actor, e.Peer)
				}
			}
			got := map[string]string{}
			for connection, lines := range said {
				// Who ends first is chance, and so is when a packet is heard that the
				// script's accept doesn't wait for.
				slices.SortStableFunc(lines, func(a, b string) int {
					return cmp.Compare(strings.Count(a, " accept "), strings.Count(b, " accept "))
				})
				got[first[connection]] = strings.Replace(strings.Join(lines, ", "),
					"alice fin, server fin called", "server fin called, alice fin", 1)
			}
			for caller, want := range test.wants {
				if got[caller] != want {
					t.Errorf("%s: got %q; want %q", caller, got[caller], want)
				}
			}
		})
	}
}
