package page

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"socklab/tools/harness/recording"
)

// played are events of the layer stream, each "KIND FROM TO TEXT". Each two have one
// connection, unless KIND ends in its number.
func played(lines ...string) (events []recording.Event) {
	numbers, callers := map[string]int{}, map[int]string{}
	for _, line := range lines {
		words := strings.SplitN(line, " ", 4)
		e := recording.Event{Layer: "stream", Actor: words[1], Peer: words[2], Text: []byte(words[3])}
		pair := min(e.Actor, e.Peer) + max(e.Actor, e.Peer)
		if numbers[pair] == 0 {
			numbers[pair] = 100 + len(numbers)
		}
		if e.Connection = numbers[pair]; callers[e.Connection] == "" {
			callers[e.Connection] = e.Actor
		}
		kind, number, some := strings.Cut(words[0], "#")
		if e.Kind = kind; some {
			e.Connection, _ = strconv.Atoi(number)
			callers[e.Connection] = "bob eve 127.0.0.1:50001"
		}
		e.Called = !strings.Contains(callers[e.Connection], e.Actor)
		if kind == "lost" {
			e.Layer = "packets"
		}
		events = append(events, e)
	}
	return events
}

// TestConversation draws a play of three actors, and compares it with others: in
// which order pairs spoke, who closed first, and how bytes were cut is chance.
func TestConversation(t *testing.T) {
	play := played
	const lesson = "# 1.1 Echo\n\n```mermaid from=1.1-echo/recording:alice,bob,desk\n```\n"
	root := fstest.MapFS{"lessons/1.1-echo.md": {Data: []byte(lesson)}}
	first := play("connect alice desk 127.0.0.1:8000", "data alice desk he", "data alice desk llo", "connect bob desk x", "refused late desk x",
		"data desk alice yes", "fin alice desk ", "fin desk alice ", "reset desk bob ", "data alice alice to herself")
	page, changed, err := RedrawRecorded(root, "1.1-echo", first)
	want := "# 1.1 Echo\n\n```mermaid from=1.1-echo/recording:alice,bob,desk\n" + `sequenceDiagram
    participant alice
    participant desk
    participant bob
    alice->>desk: connects
    alice->>desk: 5 bytes "hello"
    bob->>desk: connects
    desk->>alice: 3 bytes "yes"
    desk-->>alice: closes
    alice-->>desk: closes
    desk--xbob: resets
` + "```\n"
	if err != nil || !changed || string(page) != want {
		t.Fatalf("%v, %v; got:\n%s\nwant:\n%s", changed, err, page, want)
	}
	root["lessons/1.1-echo.md"] = &fstest.MapFile{Data: page}
	if !Recorded(root, "1.1-echo") {
		t.Error("it has no diagram from a recording, as it seems")
	}
	for _, same := range [][]recording.Event{
		first,
		play("connect bob desk x", "connect alice desk 127.0.0.1:8000", "reset desk bob ", "data alice desk hell", "data alice desk o",
			"data desk alice yes", "fin desk alice ", "fin alice desk "),
		// The recording was full before they spoke.
		{{Layer: "stream", Kind: "dropped", Text: []byte("20000 events, 0 bytes")}},
	} {
		if problems := CheckRecorded(root, "1.1-echo", same); problems != nil {
			t.Errorf("%v", problems)
		}
	}
	for name, other := range map[string][]recording.Event{
		"another word":     play("connect alice desk x", "data alice desk hullo", "connect bob desk x", "data desk alice yes", "fin desk alice ", "fin alice desk ", "reset desk bob "),
		"another order":    play("connect alice desk x", "data desk alice yes", "data alice desk hello", "connect bob desk x", "fin desk alice ", "fin alice desk ", "reset desk bob "),
		"somebody missing": play("connect alice desk x", "data alice desk hello", "data desk alice yes", "fin desk alice ", "fin alice desk "),
		"nobody":           nil,
	} {
		if problems := CheckRecorded(root, "1.1-echo", other); len(problems) != 1 {
			t.Errorf("%s: %v", name, problems)
		}
	}
}

// TestNames draws a listener's callers under the names that they have in the end, in
// pieces as others spoke in between, and compares that with plays in which chance has
// cut otherwise.
func TestNames(t *testing.T) {
	const from = "1.1-echo/recording:bob,alice,door,eve"
	root := fstest.MapFS{"lessons/1.1-echo.md": {Data: []byte("# 1.1 Echo\n\n```mermaid from=" + from + "\n```\n")}}
	first := played("connect#1 bob door x", "connect#2 bob door x", "data#1 bob door one", "data#3 eve alice \x00\x01", "data#1 bob door two",
		"accept#1 alice bob ", "data#1 alice bob yes", "data#3 eve alice \x00\x02\x03", "lost#1 bob alice bytes 7-9  \"six\"  (seq 7)",
		"lost#1 bob alice bytes 7-9 again  \"six\"", "data#1 bob alice six", "fin#3 eve alice ", "fin#2 bob door ", "reset#2 door bob ", "fin#1 bob alice ", "fin#1 alice bob ")
	page, _, err := RedrawRecorded(root, "1.1-echo", first)
	want := "# 1.1 Echo\n\n```mermaid from=" + from + "\n" + `sequenceDiagram
    participant bob
    participant alice
    participant door
    participant eve
    bob->>alice: connects
    bob->>door: connects
    bob->>alice: 3 bytes "one"
    eve->>alice: bytes that are no text
    bob->>alice: 3 bytes "two"
    alice->>bob: 3 bytes "yes"
    bob-xalice: lost: 3 bytes "six"
    bob->>alice: 3 bytes "six"
    eve-->>alice: closes
    bob-->>door: closes
    door--xbob: resets
    alice-->>bob: closes
    bob-->>alice: closes
` + "```\n"
	if err != nil || string(page) != want {
		t.Fatalf("%v; got:\n%s\nwant:\n%s", err, page, want)
	}
	root["lessons/1.1-echo.md"] = &fstest.MapFile{Data: page}
	for name, play := range map[string]struct {
		events []recording.Event
		same   bool
	}{
		"the same": {first, true},
		"accepted early, cut elsewhere, the other first": {played("connect#7 bob door x", "connect#8 bob door x", "accept#8 alice bob ",
			"fin#7 bob door ", "reset#7 door bob ", "data#8 bob alice onet", "data#8 bob alice wo", "data#8 alice bob yes", "lost#8 bob alice bytes 7-9  \"six\"",
			"data#8 bob alice six", "data#9 eve alice \x00", "fin#8 bob alice ", "fin#9 eve alice ", "fin#8 alice bob "), true},
		"named late": {append(slices.Clone(first[:len(first)-2]), played("fin#1 alice bob ", "fin#1 bob door ")...), true},
		"a byte less": {played("connect#1 bob door x", "connect#2 bob door x", "accept#1 alice bob ", "data#1 bob alice onetw", "data#3 eve alice \x00",
			"data#1 alice bob yes", "lost#1 bob alice bytes 7-9  \"six\"", "data#1 bob alice six"), false},
		"the other was accepted": {played("connect#1 bob door x", "connect#2 bob door x", "accept#2 alice bob ", "data#1 bob door onetwo",
			"data#1 door bob yes", "data#3 eve alice \x00"), false},
		"nothing was lost": {played("connect#1 bob door x", "connect#2 bob door x", "accept#1 alice bob ", "data#1 bob alice onetwo", "data#3 eve alice \x00",
			"data#1 alice bob yes", "data#1 bob alice six"), false},
		"a byte less, and somebody without a name": {played("connect#1 bob door x", "accept#1 alice bob ", "data#1 bob alice o", "connect#4 127.0.0.1:50001 alice x"), true},
		"a text for no text": {played("connect#1 bob door x", "connect#2 bob door x", "accept#1 alice bob ", "data#1 bob alice onetwo", "data#3 eve alice hi",
			"data#1 alice bob yes", "lost#1 bob alice bytes 7-9  \"six\"", "data#1 bob alice six"), false},
	} {
		if problems := CheckRecorded(root, "1.1-echo", play.events); (len(problems) == 0) != play.same {
			t.Errorf("%s: %v", name, problems)
		}
	}
}
