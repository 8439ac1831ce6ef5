// Package theater plays scripts for tests that look at what becomes of them.
package theater

import (
	"fmt"
	"regexp"
	"runtime"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// A Theater is a testscript.T that keeps what scripts log, and lets scripts
// fail without failing the test that plays them.
type Theater struct {
	seats  chan struct{} // as many as scripts may run at once
	wg     sync.WaitGroup
	played []*Show
}

// New returns a theater that plays so many scripts at once.
func New(seats int) *Theater {
	return &Theater{seats: make(chan struct{}, seats)}
}

// Played waits for all scripts and returns what became of each.
func (t *Theater) Played() []*Show {
	t.wg.Wait()
	return t.played
}

// Run begins to play a script, and returns when the next may begin.
func (t *Theater) Run(_ string, f func(testscript.T)) {
	show := &Show{house: t, paused: make(chan struct{})}
	t.played = append(t.played, show)
	t.wg.Add(1)
	go func() {
		defer t.wg.Done()
		defer func() { <-t.seats }()
		defer show.pause()
		f(show)
	}()
	<-show.paused
}

// The rest of a testscript.T is not for the house as a whole.

func (t *Theater) Skip(args ...any)  { panic(fmt.Sprint(args...)) }
func (t *Theater) Fatal(args ...any) { panic(fmt.Sprint(args...)) }
func (t *Theater) FailNow()          { panic("a theater can't fail") }
func (t *Theater) Parallel()         {}
func (t *Theater) Log(...any)        {}
func (t *Theater) Verbose() bool     { return false }

// A Show is a script that is played, and what became of it.
type Show struct {
	Failed, Skipped bool

	house  *Theater
	paused chan struct{} // closed when the house may go on to the next script
	once   sync.Once
	mu     sync.Mutex
	log    strings.Builder
}

func (s *Show) pause() { s.once.Do(func() { close(s.paused) }) }

// Report is what the script logged.
func (s *Show) Report() string { return s.log.String() }

// Parallel waits for a seat.
func (s *Show) Parallel() {
	s.pause()
	s.house.seats <- struct{}{}
}

func (s *Show) Log(args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintln(&s.log, args...)
}

func (s *Show) FailNow() {
	s.Failed = true
	runtime.Goexit()
}

func (s *Show) Fatal(args ...any) {
	s.Log(args...)
	s.FailNow()
}

func (s *Show) Skip(args ...any) {
	s.Skipped = true
	s.Log(args...)
	runtime.Goexit()
}

// Run is of no use inside a script.
func (s *Show) Run(string, func(testscript.T)) { panic("a script has no scripts inside") }

func (s *Show) Verbose() bool { return false }

var (
	durations = regexp.MustCompile(`\b\d+(\.\d+)?(µs|ms|s)\b`)
	stack     = regexp.MustCompile(`(?s)\n  (goroutine \d+ |\[signal ).*?(\n\n[^ \n]|\n*\z)`)
	traceback = regexp.MustCompile(`(\n  Traceback [^\n]*)(\n   [^\n]*)+`)
	cut       = regexp.MustCompile(`, without its first \d+ lines`)
	pids      = regexp.MustCompile(`\b(killed|its terminal): \[\d+( \d+)*\]`)
)

// amount is how much a kernel's buffer takes, as a socket shell says it.
var amount = regexp.MustCompile(`([=…] |… \(|and |after )[1-9]\d{3,6}( bytes| of \d+ bytes| "|\n)`)

// Timeless takes from a report what differs from run to run: durations, stacks,
// how much was cut or buffered, numbers of processes. wait is the script's default, which
// stays where it is said to be that.
func Timeless(report, wait string) string {
	const byDefault = " (the default;"
	parts := strings.Split(report, wait+byDefault)
	for i := range parts {
		parts[i] = durations.ReplaceAllString(parts[i], "TIME")
	}
	report = strings.Join(parts, wait+byDefault)
	report = amount.ReplaceAllString(report, "${1}N$2")
	report = stack.ReplaceAllString(report, "\n  STACK$2")
	report = traceback.ReplaceAllString(report, "$1\n    STACK")
	return pids.ReplaceAllString(cut.ReplaceAllString(report, ", CUT"), "$1: [PID]")
}
