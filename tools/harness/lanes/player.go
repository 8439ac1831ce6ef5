package lanes

import (
	"context"
	"errors"
	"io"
	"time"

	"socklab/tools/harness/recording"
)

// A Source hands out events one by one, as a recording.Follower does. At its end the
// error is io.EOF.
type Source interface {
	Next(context.Context) (recording.Event, error)
}

// Events are a Source: those of a file.
type Events []recording.Event

// Next returns the next event at once.
func (e *Events) Next(context.Context) (recording.Event, error) {
	if len(*e) == 0 {
		return recording.Event{}, io.EOF
	}
	next := (*e)[0]
	*e = (*e)[1:]
	return next, nil
}

// A Player writes lanes in time.
type Player struct {
	Lanes *Lanes
	Speed float64 // in recorded seconds a second; 0: as the events come
	// Step, if set, is called when a step's heading has been written. What follows
	// waits until it returns.
	Step func(context.Context) error
	// Idle, if set, is called about once a second while a command runs and nothing
	// has been written for a while: for how long. It is called with 0 before anything
	// is written again.
	Idle func(quiet time.Duration)

	// Now and Sleep are time.Now and a sleep that ctx ends, unless they are set.
	Now   func() time.Time
	Sleep func(context.Context, time.Duration)

	begun time.Time // the moment of time 0
	wrote time.Time // when the last event was
	idle  bool      // Idle was called last with more than 0
}

// quietAfter is how long nothing is written until Idle is called.
const quietAfter = 2 * time.Second

// Play writes all events of a source. It returns the first error: of the writer, of
// Step, or of ctx.
func (p *Player) Play(ctx context.Context, from Source) error {
	if p.Now == nil {
		p.Now = time.Now
	}
	if p.Sleep == nil {
		p.Sleep = sleep
	}
	p.begun = p.Now()
	p.wrote = p.begun
	for {
		e, err := p.next(ctx, from)
		if err == io.EOF {
			p.awake()
			return p.Lanes.Close()
		}
		if err != nil {
			return err
		}
		if err := p.until(ctx, e.At); err != nil {
			return err
		}
		p.awake()
		p.Lanes.Add(e)
		p.wrote = p.Now()
		if e.Kind == "step" && e.Layer == "script" && p.Step != nil {
			p.Lanes.Pause()
			from := p.Now()
			if err := p.Step(ctx); err != nil {
				return err
			}
			p.wrote = p.Now()
			p.begun = p.begun.Add(p.wrote.Sub(from))
		}
		if err := p.Lanes.Err(); err != nil {
			return err
		}
	}
}

// next waits for an event.
func (p *Player) next(ctx context.Context, from Source) (recording.Event, error) {
	for wait := rowTime * time.Microsecond; ; wait = time.Second {
		limited, cancel := context.WithTimeout(ctx, wait)
		e, err := from.Next(limited)
		cancel()
		if ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			return e, err
		}
		p.Lanes.Settle()
		p.quiet()
		if err := p.Lanes.Err(); err != nil {
			return e, err
		}
	}
}

// until waits until it is time for an event.
func (p *Player) until(ctx context.Context, at int64) error {
	if p.Speed <= 0 {
		return ctx.Err()
	}
	if due := p.Lanes.Due(); due > 0 && due < at {
		p.wait(ctx, due)
		p.Lanes.Settle()
	}
	p.wait(ctx, at)
	return ctx.Err()
}

// wait waits until a time of the recording.
func (p *Player) wait(ctx context.Context, at int64) {
	for ctx.Err() == nil {
		left := p.after(at) - p.Now().Sub(p.begun)
		if left <= 0 {
			return
		}
		p.Sleep(ctx, min(left, time.Second))
		p.quiet()
	}
}

// after is how long after the beginning a time of the recording comes.
func (p *Player) after(at int64) time.Duration {
	const most = 1 << 62
	return time.Duration(min(float64(at)*1e3/p.Speed, most))
}

// quiet says that nothing has come for a while.
func (p *Player) quiet() {
	if quiet := p.Now().Sub(p.wrote); quiet >= quietAfter && p.Idle != nil && p.Lanes.Running().Kind != "" {
		p.Lanes.Settle()
		p.idle = true
		p.Idle(quiet)
	}
}

// awake takes back what Idle has said.
func (p *Player) awake() {
	if p.idle {
		p.idle = false
		p.Idle(0)
	}
}

// Quit ends what is written in the middle.
func (p *Player) Quit() {
	p.awake()
	p.Lanes.Pause()
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
