package main

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"

	"socklab/tools/course/lab"
)

// inside runs a command in a lab, and returns its exit code.
func inside(m *lab.Member, run lab.Command) (code int, err error) {
	files := [3]*os.File{os.Stdin, os.Stdout, os.Stderr}
	if run.Terminal && term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stdout.Fd())) {
		return atTerminal(m, run, files)
	}
	// What is typed ahead is not ours to read. The terminal's signals reach us alone,
	// for the command is of another session.
	run.Terminal = false
	signal.Ignore(syscall.SIGTSTP)
	passed := make(chan os.Signal, 16)
	signal.Notify(passed, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGWINCH)
	if !signal.Ignored(syscall.SIGHUP) { // nohup(1)
		signal.Notify(passed, syscall.SIGHUP)
	}
	if err := m.Start(run, files); err != nil {
		return 126, err
	}
	over := waits(m)
	for {
		select {
		case sig := <-passed:
			if sig == syscall.SIGHUP {
				return codeSignal + int(syscall.SIGHUP), nil // the terminal is gone, and so are we
			}
			m.Signal(sig.(syscall.Signal))
		case e := <-over:
			return e.code, e.err
		}
	}
}

// An ending is what Member.Wait returns.
type ending struct {
	code int
	err  error
}

func waits(m *lab.Member) <-chan ending {
	over := make(chan ending, 1)
	go func() {
		code, err := m.Wait()
		over <- ending{code, err}
	}()
	return over
}

// atTerminal gives the command a terminal of its own, and passes on what is typed and
// shown: ours belongs to our session, which the lab can't enter.
func atTerminal(m *lab.Member, run lab.Command, files [3]*os.File) (code int, err error) {
	master, tty, err := pty.Open()
	if err != nil {
		return 1, fmt.Errorf("open a terminal: %w", err)
	}
	defer master.Close()
	files[0], files[1] = tty, tty
	if term.IsTerminal(int(os.Stderr.Fd())) {
		files[2] = tty
	}
	sized := make(chan os.Signal, 1)
	signal.Notify(sized, syscall.SIGWINCH)
	pty.InheritSize(os.Stdin, master)
	// The command's terminal begins as ours is: keys, UTF-8.
	if err := copyModes(tty); err != nil {
		return 1, err
	}
	err = m.Start(run, files)
	tty.Close()
	if err != nil {
		return 126, err
	}
	// Without a foreground, too, our terminal gets its modes back: we must not stop then.
	signal.Ignore(syscall.SIGTTOU)
	before, err := term.MakeRaw(int(os.Stdin.Fd()))
	if err != nil {
		return 1, fmt.Errorf("the terminal: %w", err)
	}
	defer term.Restore(int(os.Stdin.Fd()), before)
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM, syscall.SIGHUP)
	shown := make(chan struct{})
	go func() {
		io.Copy(os.Stdout, master)
		close(shown)
	}()
	hungUp := make(chan struct{})
	go func() {
		defer close(hungUp) // a raw terminal has no other end of input
		buf := make([]byte, 4<<10)
		for {
			n, err := os.Stdin.Read(buf)
			if err != nil {
				return
			}
			master.Write(buf[:n])
		}
	}()
	over := waits(m)
	for {
		select {
		case <-sized:
			pty.InheritSize(os.Stdin, master)
		case sig := <-ended:
			return codeSignal + int(sig.(syscall.Signal)), nil
		case <-hungUp:
			return codeSignal + int(syscall.SIGHUP), nil
		case e := <-over:
			// The end of a session hangs its terminal up; no more comes.
			const timeout = 2 * time.Second
			select {
			case <-shown:
			case <-time.After(timeout):
			}
			return e.code, e.err
		}
	}
}

// copyModes gives a terminal the modes of ours.
func copyModes(tty *os.File) error {
	modes, err := term.GetState(int(os.Stdin.Fd()))
	if err == nil {
		err = term.Restore(int(tty.Fd()), modes)
	}
	if err != nil {
		return fmt.Errorf("the modes of a terminal: %w", err)
	}
	return nil
}
