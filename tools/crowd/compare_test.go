package crowd

import (
	"strings"
	"testing"
)

// TestCompare lets two callers hear things that can't all be true in one room.
func TestCompare(t *testing.T) {
	type heard struct {
		who, joined int
		line        string
	}
	both := []heard{{1, 1, ""}, {1, 2, ""}, {2, 2, ""}}
	for _, test := range []struct {
		name  string
		heard []heard
		want  string // in the error, "" for none
		done  int    // lines that both have heard
	}{
		{"in order", append(both[:3:3], heard{1, 0, "a"}, heard{1, 0, "b"}, heard{2, 0, "a"}, heard{2, 0, "b"}), "", 2},
		{"not yet", append(both[:3:3], heard{1, 0, "a"}, heard{1, 0, "b"}, heard{2, 0, "a"}), "", 1},
		{"before all were here", []heard{{1, 1, ""}, {1, 0, "a"}, {1, 2, ""}, {2, 2, ""}, {2, 0, "b"}, {1, 0, "b"}}, "", 1},
		{"out of order", append(both[:3:3], heard{1, 0, "a"}, heard{2, 0, "b"}), `heard "b", and others in its place "a"`, 0},
		{"before itself", []heard{{1, 2, ""}}, "before it heard of itself", 0},
		{"joined out of order", []heard{{1, 1, ""}, {1, 2, ""}, {1, 3, ""}, {2, 2, ""}, {2, 1, ""}}, "had come after 2", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := account{all: 2, next: make([]int, 4)}
			callers := []*caller{{number: 1}, {number: 2}}
			var err error
			for _, h := range test.heard {
				if err = a.enter(report{from: callers[h.who-1], joined: h.joined, line: h.line}); err != nil {
					break
				}
			}
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if a.done != test.done {
				t.Errorf("%d lines were heard by both, want %d", a.done, test.done)
			}
		})
	}
}

// TestBound: a caller too far ahead of the others is an error, and costs no more
// memory.
func TestBound(t *testing.T) {
	a := account{all: 2, next: make([]int, 3)}
	who := &caller{number: 2, last: 2}
	for i := range linesMax {
		if err := a.enter(report{from: who, line: "x"}); err != nil {
			t.Fatalf("line %d: %v", i, err)
		}
	}
	if err := a.enter(report{from: who, line: "x"}); err == nil {
		t.Error("want an error")
	}
}

func TestJoined(t *testing.T) {
	for line, want := range map[string]int{
		"* c17 joined": 17, "* c joined": 0, "* c1x joined": 0, "* d17 joined": 0, "* c17 left": 0, "c17 joined": 0,
	} {
		if got := joined(line, "c"); got != want {
			t.Errorf("joined(%q) = %d, want %d", line, got, want)
		}
	}
}
