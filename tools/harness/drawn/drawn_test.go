package drawn

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"socklab/tools/harness/recording"
)

func out(actor, text string) recording.Event {
	return recording.Event{Layer: "screen", Kind: "out", Actor: actor, Text: []byte(text)}
}

func TestScreens(t *testing.T) {
	screens := Screens([]recording.Event{
		out("lines", "one\r\ntwo \x1b[31mred\x1b[0m\r\n"),
		out("top", "\x1b[2J\x1b[Hfirst\r\nsecond"),
		out("lines", "three\r\n"),
		out("top", "\x1b[1;1Hagain"),
		out("top", "\x1b[6n\x1b[c"), // asks where the cursor is: the answer goes nowhere
	})
	if _, is := screens["lines"]; is || len(screens) != 1 {
		t.Errorf("%d screens, want that of top", len(screens))
	}
	if got := fmt.Sprint(screens["top"].Changes); got != "[{1 0 first} {1 1 second} {3 0 again}]" {
		t.Errorf("changes %s", got)
	}
}

// A screen at the end is as a person sees it: newlines are recorded alone, and what
// was typed with its echo.
func TestNow(t *testing.T) {
	events := []recording.Event{
		out("top", "old\nlines\n"), out("top", "\x1b[2J\x1b[3;5H\x1b[31mred\x1b[0m  \x1b[5;1Hname? "),
		{Layer: "screen", Kind: "in", Actor: "top", Text: []byte("Eve\n")}, {Layer: "screen", Kind: "key", Actor: "top", Text: []byte("UP")}, out("top", "ok\n"),
	}
	if now, err := Now(events, "top"); err != nil || fmt.Sprintf("%q", now) != `["" "" "    red" "" "name? Eve" "ok"]` {
		t.Errorf("%q, %v", now, err)
	}
	// Who leaves the other screen finds the first as it was.
	events = append(events, out("top", "\x1b[?1049h\x1b[2J\x1b[Hover all\x1b[?1049l"))
	if now, err := Now(events, "top"); err != nil || len(now) != 6 || now[5] != "ok" {
		t.Errorf("%q, %v", now, err)
	}
	if now, err := Now(events, "nobody"); err != nil || now != nil {
		t.Errorf("%q, %v", now, err)
	}
	if _, err := Now([]recording.Event{out("a", strings.Repeat("x", maxOutput+1))}, "a"); err == nil {
		t.Error("more than is drawn was drawn")
	}
}

// Too much is not drawn.
func TestBounded(t *testing.T) {
	if s := Screens([]recording.Event{out("a", "\x1b[2J"+strings.Repeat("x", maxOutput))}); len(s) != 0 {
		t.Error("a screen of more than is drawn")
	}
}

// A sequence that asks for a billion of something costs no more than a screen.
func TestBillion(t *testing.T) {
	for _, text := range []string{"\x1b[999999999b", "\x1b[999999999T", "\x1b[00999999999@", "\x1b[1;\x1b[999999999;999999999Hy", "\x1b[8;99999;99999t", "\x1b[?999999999b", "\x1b[?999999999h", "\x1b[999\x00999\r999b", "\u009b999999999b", "\xff\x9b999999999b"} {
		start := time.Now()
		Screens([]recording.Event{out("a", "\x1b[Hx"), out("a", text[:3]), out("a", text[3:])})
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%q took %v", text, took)
		}
	}
	var f filter
	if got := string(f.pass([]byte("\x1b[12345;6789Hě12345 987654\x1b[?1049h\x1b[1049b"))); got != "\x1b[123;678Hě12345 987654\x1b[?1049h\x1b[104b" {
		t.Errorf("passed %q", got)
	}
}

func FuzzScreens(f *testing.F) {
	f.Add("\x1b[2J\x1b[Hfirst\r\nsecond\x1b[6n", "\x1b[999999999;1Hx\x1b[?1049h\x1bc\x1b]0;title\a\x1bP1$r\x1b\\")
	f.Fuzz(func(t *testing.T, a, b string) {
		if len(a)+len(b) > 1<<12 {
			return
		}
		for _, s := range Screens([]recording.Event{out("a", a), out("a", b), out("a", "\x1b[H")}) {
			for _, c := range s.Changes {
				if c.Row < 0 || c.Row >= s.Rows || c.Event < 0 || c.Event > 2 {
					t.Fatalf("change %+v", c)
				}
			}
		}
	})
}
