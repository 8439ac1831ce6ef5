package httpget

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// progress counts what is written to a file and tells the person who waits. It is
// silent in the first second, and when stderr is no terminal: in a log, one line
// that overwrites itself would become many.
type progress struct {
	to     io.Writer
	screen io.Writer
	every  time.Duration
	next   time.Time
	came   int64
	shown  bool
}

func showProgress(to io.Writer) *progress {
	screen := io.Discard
	if term.IsTerminal(int(os.Stderr.Fd())) {
		screen = os.Stderr
	}
	return &progress{to: to, screen: screen, every: time.Second, next: time.Now().Add(time.Second)}
}

func (p *progress) Write(b []byte) (int, error) {
	n, err := p.to.Write(b)
	p.came += int64(n)
	if now := time.Now(); now.After(p.next) {
		p.next, p.shown = now.Add(p.every), true
		fmt.Fprintf(p.screen, "\r%.1f MiB", float64(p.came)/(1<<20))
	}
	return n, err
}

// end leaves the progress line, if there is one.
func (p *progress) end() {
	if p.shown {
		fmt.Fprintf(p.screen, "\r%.1f MiB\n", float64(p.came)/(1<<20))
	}
}
