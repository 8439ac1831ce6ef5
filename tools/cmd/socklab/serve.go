//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"socklab/tools/course/path"
	"socklab/tools/course/programs"
	"socklab/tools/course/progress"
	"socklab/tools/course/serve"
	"socklab/tools/harness/script"
)

const serveUsage = `usage: socklab serve [-prog NAME=COMMAND]... [ADDR]

The course's pages for a browser on this machine, at ADDR (127.0.0.1:8080). What
a page quotes has a button that plays the lesson's script here and now, and
shows it while it goes on.

  -prog NAME=COMMAND  a program of yours, for the button Play mine: it plays the
                      script with COMMAND in the place of our program NAME, also
                      at each save

Who can call ADDR can start the lessons' scripts, and nothing else. ^C ends it.

Exit codes: 1 it could not listen, 2 wrong arguments, 130 after ^C.
`

// longest is how long a play may take that a page has asked for.
const longest = 2 * time.Minute

// serves is socklab serve.
func serves(args []string) int {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	var guests []string
	flags.Func("prog", "", func(s string) error { guests = append(guests, s); return nil })
	words, code, ok := parse("serve", serveUsage, flags, args)
	if !ok {
		return code
	}
	addr := "127.0.0.1:8080"
	switch len(words) {
	case 0:
	case 1:
		addr = words[0]
	default:
		return misused("serve", serveUsage, "want one address, got %d: %.200q", len(words), words)
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil || host == "" {
		return misused("serve", serveUsage, "%.200q: want HOST:PORT, as 127.0.0.1:8080", addr)
	}
	o := script.Options{Programs: programs.List}
	if _, err := o.ParseGuests(guests); err != nil {
		return misused("serve", serveUsage, "%v", err)
	}
	s, ok := here("socklab serve")
	if !ok {
		return 1
	}
	if err := s.serve(addr, guests); err != nil {
		fmt.Fprintln(os.Stderr, "socklab serve:", err)
		return 1
	}
	return codeSignal + int(syscall.SIGINT)
}

func (s setting) serve(addr string, guests []string) error {
	pages, err := s.site()
	if err != nil {
		return err
	}
	pages.Marks = s.marks
	server, err := serve.New(serve.Options{
		Site: pages, Mine: strings.Join(guests, ", "), Unwatched: serve.DefaultLeft, Left: serve.DefaultLeft,
		Play: func(ctx context.Context, l path.Lesson, mine bool, line func([]byte)) error {
			args := []string{"play"}
			if mine {
				for _, guest := range guests {
					args = append(args, "-prog", guest)
				}
			}
			return playHere(ctx, append(args, l.Number), line)
		},
	})
	if err != nil {
		return err
	}
	defer server.Close()
	if len(guests) > 0 {
		w := watching{setting: s, guests: guests, lesson: pages.Path.Lessons()[0]}
		if err := w.look(); err != nil {
			return fmt.Errorf("watch the files: %w", err)
		}
		defer w.watcher.Close()
		go w.tell(server.Saved)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	if at := l.Addr().(*net.TCPAddr); !at.IP.IsLoopback() {
		fmt.Fprintf(os.Stderr, "socklab serve: %s is not of this machine alone: who can call it can play the lessons' scripts here\n", at)
	}
	fmt.Printf("listening on http://%s/ (^C ends it)\n", l.Addr())
	web := &http.Server{Handler: server, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute}
	ended := make(chan error, 1)
	go func() { ended <- web.Serve(l) }()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	select {
	case err := <-ended:
		return err
	case <-signals:
	}
	server.Close()
	return web.Close()
}

// marks are those of the lessons, as socklab list has them.
func (s setting) marks() map[string]string {
	all := map[string]string{}
	course, err := progress.Load(s.Dir, s.Files)
	if err != nil {
		return all
	}
	for _, part := range course.Parts {
		for _, l := range part.Lessons {
			if l.Mark != progress.Open {
				all[l.Number] = string(l.Mark)
			}
		}
	}
	return all
}

// tell says of each save, once it has settled.
func (w *watching) tell(saved func()) {
	var due <-chan time.Time
	for {
		select {
		case e, ok := <-w.watcher.Events:
			if !ok {
				return
			}
			if w.counts(e) {
				due = time.After(settles)
			}
		case <-due:
			due = nil
			saved()
		}
	}
}

// playHere plays in another process, which has networks. It hands over each line of the
// recording's file: that is a pipe.
func playHere(ctx context.Context, args []string, line func([]byte)) error {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	dir, err := os.MkdirTemp("", "play-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	pipe := filepath.Join(dir, "play.jsonl")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		return fmt.Errorf("make a pipe: %w", err)
	}
	reader, err := os.OpenFile(pipe, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer reader.Close()
	writer, err := os.OpenFile(pipe, os.O_WRONLY, 0) // so that there is no end before the process has
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		writer.Close()
		return err
	}
	cmd := exec.CommandContext(ctx, self, append([]string{args[0], "-o", pipe}, args[1:]...)...)
	var said tail
	cmd.Stderr = &said
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 20 * time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // ^C is for this process
	done := make(chan error, 1)
	go func() {
		defer writer.Close()
		done <- cmd.Run()
	}()
	in := bufio.NewReaderSize(reader, 64<<10)
	for {
		text, err := in.ReadBytes('\n')
		if whole, ok := bytes.CutSuffix(text, []byte("\n")); ok {
			line(whole)
		}
		if err != nil {
			break
		}
	}
	err = <-done
	var exit *exec.ExitError
	if errors.As(err, &exit) && len(said) > 0 {
		return errors.New(visible(strings.TrimPrefix(string(said), "socklab play: ")))
	}
	return err
}

// A tail keeps the last of what is written.
type tail []byte

func (t *tail) Write(p []byte) (int, error) {
	*t = append(*t, p...)
	if len(*t) > 4096 {
		*t = append((*t)[:0], (*t)[len(*t)-4096:]...)
	}
	return len(p), nil
}
