//go:build unix

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/charmbracelet/x/ansi"
	"golang.org/x/term"

	"socklab/tools/harness/actor"
	"socklab/tools/harness/lanes"
	"socklab/tools/harness/script"
)

// A screen is stdout, with lanes on it.
type screen struct {
	lanes    *lanes.Lanes
	player   lanes.Player
	next     func() // what follows a step may begin
	width    int
	terminal bool
	erases   bool // it is a terminal that can take back a line
	faint    func(string) string
}

func newScreen(p playing, cast []lanes.Actor) *screen {
	s := &screen{width: columns(), next: func() {}}
	s.terminal = term.IsTerminal(int(os.Stdout.Fd()))
	s.erases = s.terminal && os.Getenv("TERM") != "dumb"
	colour := s.erases && os.Getenv("NO_COLOR") == "" // no-color.org
	s.faint = func(text string) string {
		if !colour {
			return text
		}
		return "\x1b[2m" + text + "\x1b[m"
	}
	s.lanes = lanes.New(os.Stdout, lanes.Options{Width: s.width, Colour: colour, Depth: p.depth, Cast: cast, Safe: actor.Visible})
	s.player = lanes.Player{Lanes: s.lanes, Speed: p.speed}
	if s.erases {
		s.player.Idle = s.idle
	}
	if p.step {
		s.player.Step = s.enter
	}
	return s
}

// show shows all that comes. If ctx ends, it says where.
func (s *screen) show(ctx context.Context, from lanes.Source) error {
	err := s.player.Play(ctx, from)
	if errors.Is(err, context.Canceled) {
		s.player.Quit()
		text := "── interrupted"
		if e := s.lanes.Running(); e.Line > 0 {
			text = ansi.Truncate(fmt.Sprintf("%s while line %d ran: %s", text, e.Line, oneLine(e.Text)), s.width, "…")
		}
		begin := ""
		if s.erases {
			begin = "\r\x1b[K" // where the terminal has put ^C
		}
		fmt.Println(begin + text)
	}
	return err
}

// idle says for what the script waits, in a line that it takes back later.
func (s *screen) idle(quiet time.Duration) {
	if quiet == 0 {
		fmt.Print("\r\x1b[K")
		return
	}
	e := s.lanes.Running()
	text := fmt.Sprintf("… waits %d s for line %d: %s", int(quiet.Seconds()), e.Line, oneLine(e.Text))
	// ^C has room behind it.
	fmt.Print("\r" + s.faint(ansi.Truncate(text, max(s.width-3, 1), "…")) + "\x1b[K")
}

func oneLine(text []byte) string {
	return strings.NewReplacer("\n", " ", "\t", " ").Replace(actor.Visible(text))
}

// enter waits for Enter. The end of stdin goes on, too.
func (s *screen) enter(ctx context.Context) error {
	fmt.Print(s.faint("  Enter: go on "))
	read := make(chan error, 1)
	go func() {
		_, err := bufio.NewReaderSize(os.Stdin, 16).ReadString('\n')
		read <- err
	}()
	select {
	case err := <-read:
		if err != nil {
			fmt.Println()
			s.player.Step = func(context.Context) error { s.next(); return nil }
		} else if s.erases {
			fmt.Print("\x1b[A\r\x1b[K")
		}
	case <-ctx.Done():
		if !s.erases {
			fmt.Println()
		}
		return ctx.Err()
	}
	s.next()
	return nil
}

// replay shows a recording.
func (p *playing) replay(file string) int {
	film, err := readRecording("play", file)
	if err != nil {
		fmt.Fprintln(os.Stderr, "socklab play:", err)
		return codeMisused
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	cast := castOf(film.Header.Text)
	if len(cast) == 0 {
		cast = lanes.CastOf(film.Events)
	}
	s := newScreen(*p, cast)
	events := lanes.Events(film.Events)
	err = s.show(ctx, &events)
	if err == nil {
		err = s.diagnose()
	}
	switch {
	case errors.Is(err, context.Canceled):
		return codeSignal + int(syscall.SIGINT)
	case errors.Is(err, syscall.EPIPE):
		return codeSignal + int(syscall.SIGPIPE)
	case err != nil:
		fmt.Fprintln(os.Stderr, "socklab play:", err)
		return codeFailed
	}
	return 0
}

// diagnose writes the report of the failure that a recording has, if any.
func (s *screen) diagnose() error {
	var f script.Failure
	if e := s.lanes.Verdict(); len(e.Failure) == 0 || json.Unmarshal(e.Failure, &f) != nil {
		return nil
	}
	_, err := io.WriteString(os.Stdout, s.report(&f))
	return err
}

// report is the diagnosis of a failure.
func (s *screen) report(f *script.Failure) string {
	if f.Unlike != nil {
		// The log, which has the whole difference, isn't shown.
		shown := *f
		why, _, _ := strings.Cut(f.Why.String(), ": - is")
		shown.Why.UnmarshalText([]byte(why))
		shown.Differs, f = f.Unlike, &shown
	}
	return folded("\n"+strings.TrimSpace(f.String())+"\n", s.width)
}

// folded folds the lines of a report at words, on a terminal. A caret stays below its
// byte.
func folded(text string, width int) string {
	if !term.IsTerminal(int(os.Stdout.Fd())) {
		return text
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "expected  ") && !strings.HasPrefix(line, "got       ") {
			line = ansi.Wordwrap(line, width, "")
		}
		b.WriteString(line)
	}
	return b.String()
}
