package capture

import (
	"fmt"
	"testing"
	"time"
)

// TestCounted counts packets, and asks which are meant.
func TestCounted(t *testing.T) {
	for _, test := range []struct {
		which []Span
		want  string
	}{
		{[]Span{{3, 3}}, "[3]"},
		{[]Span{{2, 2}, {4, 5}}, "[2 4 5]"},
		{[]Span{{4, 0}}, "[4 5 6]"},
		{nil, "[]"},
	} {
		i := Impairment{Which: test.which}
		meant := []int{}
		for range 6 {
			if number, is := i.takes(); is {
				meant = append(meant, number)
			}
		}
		if got := fmt.Sprint(meant); got != test.want {
			t.Errorf("%v: got %s, want %s", test.which, got, test.want)
		}
	}
}

// TestLine puts packets into a line of 1000 bytes a second with room for two. Each
// comes at a time, and leaves it at one, or is dropped.
func TestLine(t *testing.T) {
	start := time.Unix(1000, 0)
	l := lane{Line: Line{Rate: 8000, Queue: 2}}
	for _, p := range []struct {
		came   time.Duration
		bytes  int
		leaves string
	}{
		{0, 1000, "1s"},
		{0, 500, "1.5s"},
		{500 * time.Millisecond, 100, "1.6s"},
		{600 * time.Millisecond, 100, "dropped"}, // one is sent, two wait
		{time.Second, 100, "1.7s"},
		{3 * time.Second, 1000, "4s"}, // it was empty
	} {
		got := "dropped"
		if leaves, fits := l.take(start.Add(p.came), p.bytes); fits {
			got = leaves.Sub(start).String()
		}
		if got != p.leaves {
			t.Errorf("%d bytes that come after %v leave after %s, want %s", p.bytes, p.came, got, p.leaves)
		}
	}
	// Without a limit, what was there before goes first.
	l.Line = Line{}
	if leaves, fits := l.take(start.Add(3*time.Second), 1000); !fits || leaves.Sub(start) != 4*time.Second {
		t.Errorf("a packet behind another leaves %v, %v, want after 4 s", leaves.Sub(start), fits)
	}
}
