package script_test

import (
	"fmt"
	"runtime"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// A theater is a testscript.T that keeps what scripts log, and lets scripts
// fail without failing the test that plays them.
type theater struct {
	seats chan struct{} // as many as scripts may run at once
	wg    *sync.WaitGroup

	mu      sync.Mutex
	log     strings.Builder
	failed  bool
	skipped bool
	played  []*theater

	paused chan struct{} // closed when Run may go on to the next script
	once   sync.Once
}

func newTheater(seats int) *theater {
	return &theater{seats: make(chan struct{}, seats), wg: new(sync.WaitGroup), paused: make(chan struct{})}
}

func (t *theater) Run(_ string, f func(testscript.T)) {
	script := &theater{seats: t.seats, wg: t.wg, paused: make(chan struct{})}
	t.played = append(t.played, script)
	t.wg.Add(1)
	go func() {
		defer t.wg.Done()
		defer func() { <-t.seats }()
		defer script.pause()
		f(script)
	}()
	<-script.paused
}

func (t *theater) pause() { t.once.Do(func() { close(t.paused) }) }

func (t *theater) Parallel() {
	t.pause()
	t.seats <- struct{}{}
}

func (t *theater) Log(args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintln(&t.log, args...)
}

func (t *theater) FailNow() {
	t.failed = true
	runtime.Goexit()
}

func (t *theater) Fatal(args ...any) {
	t.Log(args...)
	t.FailNow()
}

func (t *theater) Skip(args ...any) {
	t.skipped = true
	t.Log(args...)
	runtime.Goexit()
}

func (t *theater) Verbose() bool { return false }
