package lanes

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"socklab/tools/harness/recording"
)

// A clockwork goes on only when somebody sleeps.
type clockwork struct{ now time.Time }

func (c *clockwork) Now() time.Time                           { return c.now }
func (c *clockwork) Sleep(_ context.Context, d time.Duration) { c.now = c.now.Add(d) }

// A log has, of each line, when it was written.
type log struct {
	*clockwork
	start time.Time
	lines strings.Builder
}

func (l *log) Write(b []byte) (int, error) {
	fmt.Fprintf(&l.lines, "%v %s", l.now.Sub(l.start), b)
	return len(b), nil
}

// TestSpeed checks when each line is written, by a clock of its own: a row waits up
// to 50 ms of the recording for ends of actors, and a pause takes no time.
func TestSpeed(t *testing.T) {
	event := func(at int64, layer, kind, text string) recording.Event {
		return recording.Event{At: at * 1000, Layer: layer, Kind: kind, Actor: "a", Text: []byte(text)}
	}
	events := []recording.Event{
		event(10, "script", "step", "One."),
		event(100, "screen", "out", "first\n"),
		event(110, "screen", "exit", "0"),
		event(120, "script", "begin", "expect a nothing"),
		event(600, "screen", "out", "second\n"),
		event(700, "script", "step", "Two."),
		event(701, "screen", "out", "third\n"),
	}
	const shown = `── One.
  0.100 s a  first  exited 0
  0.600 s second
── Two.
  0.701 s third
`
	for _, test := range []struct {
		speed float64
		want  []int64 // of each line, in milliseconds
		idle  string
	}{
		{0, []int64{0, 60_000, 60_000, 60_000, 120_000}, ""},
		{1, []int64{10, 60_150, 60_650, 60_700, 120_701}, ""},
		{0.1, []int64{100, 61_500, 66_500, 67_000, 127_010}, "2s 3s 4s 5s 0s "},
		{10, []int64{1, 60_015, 60_065, 60_070, 120_070}, ""},
	} {
		c := &clockwork{time.Unix(0, 0)}
		l := &log{clockwork: c, start: c.now}
		idle, steps := "", 0
		p := Player{Lanes: New(l, Options{Safe: safe}), Speed: test.speed, Now: c.Now, Sleep: c.Sleep,
			Idle: func(d time.Duration) { idle += d.Round(time.Second).String() + " " },
			Step: func(context.Context) error { steps++; c.now = c.now.Add(time.Minute); return nil }}
		from := Events(events)
		if err := p.Play(t.Context(), &from); err != nil {
			t.Fatal(err)
		}
		var texts strings.Builder
		var times []int64
		for line := range strings.Lines(l.lines.String()) {
			at, text, _ := strings.Cut(line, " ")
			d, err := time.ParseDuration(at)
			if err != nil {
				t.Fatal(err)
			}
			times = append(times, d.Milliseconds())
			texts.WriteString(text)
		}
		if texts.String() != shown || steps != 2 || idle != test.idle || !slices.Equal(times, test.want) {
			t.Errorf("speed %v: %d steps, lines at %v ms, want %v; idle for %q, want %q\n%s", test.speed, steps, times, test.want, idle, test.idle, texts.String())
		}
	}
}

// TestPlayEnds checks what ends a play early.
func TestPlayEnds(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	full := errors.New("no space left")
	stuck := errors.New("stuck")
	for name, test := range map[string]struct {
		ctx  context.Context
		w    io.Writer
		step error
		want error
	}{
		"at its end": {t.Context(), io.Discard, nil, nil},
		"cancelled":  {cancelled, io.Discard, nil, context.Canceled},
		"full":       {t.Context(), failing{full}, nil, full},
		"a step":     {t.Context(), io.Discard, stuck, stuck},
	} {
		from := Events(film().Events)
		p := Player{Lanes: New(test.w, Options{Safe: safe}), Step: func(context.Context) error { return test.step }}
		if err := p.Play(test.ctx, &from); !errors.Is(err, test.want) || (err == nil) != (test.want == nil) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
	}
}

type failing struct{ error }

func (f failing) Write([]byte) (int, error) { return 0, f.error }
