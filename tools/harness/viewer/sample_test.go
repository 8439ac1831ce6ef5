package viewer_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"socklab/tools/harness/recording"
)

// A film is a recording that a test writes.
type film struct {
	file recording.File
	at   int64
	line int
}

// begin runs a command of the script, and end ends it.
func (f *film) begin(command string) {
	f.line++
	for lines := strings.Split(f.file.Header.Text, "\n"); f.line <= len(lines) && lines[f.line-1] != command; f.line++ {
		if text := lines[f.line-1]; strings.HasPrefix(text, "#") {
			f.add("script", "step", "", "", strings.TrimPrefix(text, "# "))
		}
	}
	f.add("script", "begin", "", "", command)
}

func (f *film) end() {
	f.add("script", "end", "", "", "")
	f.file.Events[len(f.file.Events)-1].Took = 1234
}

func (f *film) add(layer, kind, actor, peer, text string) {
	f.at += 1700
	f.file.Events = append(f.file.Events, recording.Event{At: f.at, Layer: layer, Kind: kind, Actor: actor, Peer: peer, Line: f.line, Text: []byte(text)})
}

// wait lets time pass.
func (f *film) wait(d time.Duration) { f.at += d.Microseconds() }

const cableScript = `# Alice is in the office and Bob at home: two machines, a cable each.
spawn bob socksh
send bob 'connect s 10.0.0.1:8000'
accept door alice

# The cable is out: Bob speaks, and nobody tells him that it is in vain.
unplug home
send bob 'send s "one "'
expect bob '^= 4$'

# The cable is back: nobody has to do anything, and the bytes arrive.
plug home
expect alice '^one two'
exited bob
-- bob.want --
$ socksh
`

// cable is a failed run with every kind of event.
func cable() *recording.File {
	f := &film{file: recording.File{Header: recording.Header{
		Format: recording.Format, Version: 1, Script: "6.4-unplugged", Text: cableScript,
		Programs: map[string]string{"bob": "socksh"}, Machine: "linux/amd64, Linux 6.18", Date: time.Date(2026, 11, 28, 16, 45, 12, 0, time.UTC),
	}}}
	f.begin("spawn bob socksh")
	f.add("screen", "start", "bob", "", "socksh")
	f.add("screen", "start", "late", "", "echo-client 10.0.0.1:9")
	f.add("stream", "refused", "late", "10.0.0.1:9", "10.0.0.1:9")
	f.add("screen", "out", "late", "", "echo-client: dial 10.0.0.1:9: connection refused\r\n")
	f.add("screen", "exit", "late", "", "1")
	f.end()
	f.begin("send bob 'connect s 10.0.0.1:8000'")
	f.add("screen", "in", "bob", "", "connect s 10.0.0.1:8000\n")
	f.add("syscalls", "call", "bob", "", "connect(3, {sa_family=AF_INET, sin_port=htons(8000)}, 16) = 0")
	f.add("packets", "packet", "bob", "alice", "SYN")
	f.add("packets", "packet", "alice", "bob", "SYN ACK")
	f.add("packets", "packet", "bob", "alice", "ACK")
	f.add("stream", "connect", "bob", "alice", "10.0.0.1:8000")
	f.add("screen", "out", "bob", "", "= 0\r\n")
	f.end()
	f.begin("accept door alice")
	f.add("stream", "accept", "alice", "bob", "")
	f.add("screen", "start", "alice", "", "accepted at 10.0.0.1:8000")
	f.end()
	f.begin("unplug home")
	f.add("script", "fault", "home", "", "unplugged")
	f.end()
	f.begin(`send bob 'send s "one "'`)
	f.add("screen", "in", "bob", "", "send s \"one \"\n")
	f.add("syscalls", "call", "bob", "", `sendto(3, "one ", 4, 0, NULL, 0) = 4`)
	f.add("packets", "lost", "bob", "alice", `bytes 1-4  "one "`)
	f.end()
	f.begin("expect bob '^= 4$'")
	f.add("screen", "out", "bob", "", "= 4\r")
	f.add("screen", "out", "bob", "", "\n")
	f.wait(210 * time.Millisecond)
	f.add("packets", "lost", "bob", "alice", `bytes 1-4  "one "  again`)
	f.end()
	f.begin("plug home")
	f.add("script", "fault", "home", "", "plugged in")
	f.end()
	f.begin("expect alice '^one two'")
	f.wait(420 * time.Millisecond)
	f.add("packets", "packet", "bob", "alice", `bytes 1-4  "one "  again`)
	f.add("packets", "packet", "alice", "bob", "ACK 5")
	f.add("stream", "data", "bob", "alice", "one ")
	f.add("screen", "out", "alice", "", "one ")
	f.add("stream", "data", "bob", "alice", "one two")
	f.add("screen", "out", "alice", "", "one two")
	f.add("stream", "data", "bob", "alice", "caf\xe9\x00\xff")
	f.add("stream", "total", "bob", "alice", "\xff\xfe\xfd")
	f.add("stream", "note", "tap", "", "the tap could not read")
	f.add("stream", "cut", "tap", "", "")
	f.add("screen", "key", "bob", "", "^C")
	f.add("screen", "signal", "bob", "", "TERM")
	f.add("screen", "out", "bob", "", "caf\xc3")
	f.add("screen", "out", "bob", "", "\xa9 \xff\r\n")
	f.add("stream", "fin", "bob", "alice", "")
	f.add("stream", "reset", "alice", "bob", "")
	f.add("packets", "packet", "bob", "alice", "FIN ACK")
	f.add("packets", "packet", "alice", "bob", "RST")
	f.add("screen", "fin", "alice", "", "")
	f.add("screen", "reset", "alice", "", "")
	f.add("screen", "undone", "alice", "", "")
	f.add("screen", "exit", "alice", "", "reset")
	f.add("screen", "exit", "bob", "", "SIGTERM")
	f.add("packets", "dropped", "bob", "", "117 events")
	f.add("smell", "new", "bob", "", "of a later version")
	f.add("script", "end", "", "", "expect alice: wrong bytes: alice received something else; waited 2 s\nand more")
	f.add("script", "verdict", "", "", "failed")
	f.file.Events[len(f.file.Events)-1].Failure = marshal(map[string]any{
		"script": "6.4-unplugged", "file": "6.4-unplugged.txtar", "line": f.line, "step": 3, "steps": 3,
		"sentence": "The cable is back: nobody has to do anything, and the bytes arrive.",
		"command":  "expect", "subject": "alice", "kind": "wrong bytes", "why": "alice received something else",
		"waited": map[string]any{"for": 2e9, "by_default": true}, "blamed": "bob",
		"notes":   []string{"The kernel sends again by itself; a program that does so too sends twice."},
		"differs": map[string]any{"expected": "^one two", "got": "one one two", "at": 4, "wanted": "two"},
		"actors": []any{
			map[string]any{"name": "bob", "role": "socksh (socksh)", "state": "running for 1.2s", "said": []string{"$ socksh"},
				"findings": []any{map[string]any{"text": "waits in read for its terminal"}}},
			map[string]any{"name": "alice", "role": "accepted at 10.0.0.1:8000", "state": "open", "listening": []string{"10.0.0.1:8000"}},
		},
		"page": `lessons/6.4-unplugged.md, "What happened"`,
	})
	return &f.file
}

func marshal(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}

// passed is a run of the same script that passes.
func passed() *recording.File {
	f := cable()
	for i, e := range f.Events {
		if e.Kind == "verdict" {
			f.Events[i].Text, f.Events[i].Failure = []byte("passed"), nil
		}
		if e.Kind == "end" {
			f.Events[i].Text = nil
		}
		f.Events[i].At *= 2
	}
	return f
}

// long is a run with n events of a room with several who speak.
func long(n int) *recording.File {
	f := &film{file: recording.File{Header: recording.Header{Format: recording.Format, Version: 1, Script: "4.5-crowd"}}}
	names := []string{"room", "alice", "bob", "carol", "dave", "erin"}
	script := []string{"# A room in which everybody speaks."}
	for i := range 200 {
		script = append(script, fmt.Sprintf("send alice 'number %d'", i))
	}
	f.file.Header.Text = strings.Join(script, "\n") + "\n"
	for i := 0; len(f.file.Events) < n; i++ {
		if i%(n/200) == 0 && f.line < 200 {
			f.begin(script[f.line+1])
		}
		who := names[1+i%5]
		switch i % 4 {
		case 0:
			f.add("screen", "in", who, "", fmt.Sprintf("line %d of %s\n", i, who))
		case 1:
			f.add("stream", "data", who, "room", fmt.Sprintf("line %d of %s\n", i, who))
		case 2:
			f.add("packets", "packet", who, "room", fmt.Sprintf("bytes %d-%d", i, i+20))
		case 3:
			f.add("screen", "out", names[i/4%6], "", fmt.Sprintf("%s: this is what everybody hears, line %d\r\n", who, i))
		}
	}
	return &f.file
}

func TestSamples(t *testing.T) {
	if n := len(long(10_000).Events); n != 10_000 {
		t.Errorf("%d events", n)
	}
}
