//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"socklab/tools/harness/lanes"
	"socklab/tools/harness/netns"
	"socklab/tools/harness/recording"
	"socklab/tools/harness/script"
)

// A judge plays a script in a process that may have networks, and shows it.
type judge struct {
	playing
	dir     string // of the course, which no program may change
	files   fs.FS
	file    string // of files
	options script.Options

	rec   *recording.Recording
	ctx   context.Context // of what is shown
	stop  context.CancelFunc
	shown chan struct{} // closed when nothing more will be shown
	kept  chan error    // gets one when the recording's file is written
}

func newJudge(dir string, files fs.FS, file string, o script.Options, p playing) *judge {
	j := &judge{playing: p, dir: dir, files: files, file: file, options: o, rec: recording.New(), shown: make(chan struct{}), kept: make(chan error, 1)}
	j.ctx, j.stop = context.WithCancel(context.Background())
	return j
}

// Run is what supervise.M calls.
func (j *judge) Run() int {
	// A closed pipe is an error of the write, not the end of this process.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	code, err := j.play()
	switch {
	case errors.Is(err, context.Canceled):
		close(j.shown)
		select {} // Interrupted ends the process
	case errors.Is(err, syscall.EPIPE):
		return codeSignal + int(syscall.SIGPIPE) // nobody reads any more
	case err != nil:
		fmt.Fprintln(os.Stderr, "socklab play: could not tell:", err)
		return codeNotJudged
	}
	return code
}

func (j *judge) play() (code int, err error) {
	bin, err := os.MkdirTemp("", "bin-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(bin)
	if err := script.Install(bin, j.options.Programs, nil); err != nil {
		return 0, err
	}
	var out *os.File
	if j.out != "" {
		if out, err = os.OpenFile(j.out, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666); err != nil { // which may be a pipe
			fmt.Fprintln(os.Stderr, "socklab play: -o:", err)
			return codeMisused, nil
		}
	}
	begun, steps := make(chan recording.Header, 1), make(chan struct{})
	netns.Protect(j.dir)
	j.options.Bin, j.options.Recording = bin, j.rec
	j.options.Begins = func(h recording.Header) { begun <- h }
	if j.step {
		j.options.Step = func() { <-steps }
	}
	display, file := j.rec.Follow(recording.Whole), j.rec.Follow(recording.Whole)
	var r script.Result
	var wrong error
	over := make(chan struct{})
	go func() {
		r, wrong = script.Run(context.Background(), j.files, j.file, j.options)
		j.rec.Close()
		close(begun)
		close(over)
	}()
	header := <-begun // the zero Header if the script can't begin
	go func() {
		if out == nil {
			j.kept <- nil
		} else {
			j.kept <- errors.Join(recording.Keep(out, header, file), out.Close())
		}
	}()
	s := newScreen(j.playing, castOf(header.Text))
	s.next = func() { steps <- struct{}{} }
	if err := s.show(j.ctx, display); err != nil {
		return 0, err
	}
	<-over
	if wrong != nil {
		return 0, wrong
	}
	if err := <-j.kept; err != nil {
		return 0, fmt.Errorf("keep the recording: %w", err)
	}
	return j.verdict(r, s)
}

// verdict says what became of the script.
func (j *judge) verdict(r script.Result, s *screen) (code int, err error) {
	switch {
	case r.Skipped:
		fmt.Fprintln(os.Stderr, "socklab play: nobody was judged:", r.Reason)
		return codeNotJudged, nil
	case r.Verdict == script.Passed:
		return j.judged(r.Started), nil
	}
	text := s.report(r.Failure)
	if j.options.Words != 0 {
		text += folded("\nThe words may be others than in the script, so that an answer can't be known before.\n", s.width)
	}
	if _, err := os.Stdout.WriteString(text); err != nil {
		return 0, err
	}
	if r.Verdict == script.NotJudged {
		return codeNotJudged, nil
	}
	return codeFailed, nil
}

// judged is the exit code of a script that passed: 0 if it has started everybody
// who was to be judged.
func (j *judge) judged(started []string) int {
	code := 0
	for name := range j.options.Guests {
		if !slices.Contains(started, name) {
			fmt.Fprintf(os.Stderr, "socklab play: could not tell: the script does not start %s\n", name)
			code = codeNotJudged
		}
	}
	return code
}

// Interrupted is what supervise.M calls at a signal: what is shown ends with a whole
// line, and so does the recording.
func (j *judge) Interrupted(sig syscall.Signal) int {
	j.rec.Track(recording.Limit{Events: 1}).Add(recording.Event{Layer: "script", Kind: "verdict", Text: []byte(script.NotJudged)})
	j.rec.Close()
	j.stop()
	soon := time.After(time.Second) // the terminal may have been stopped (^S)
	select {
	case <-j.shown:
	case <-soon:
	}
	select {
	case <-j.kept:
	case <-soon:
	}
	return codeSignal + int(sig)
}

// castOf are the actors of a script, by its text.
func castOf(text string) (cast []lanes.Actor) {
	for _, part := range script.Cast([]byte(text)) {
		cast = append(cast, lanes.Actor{Name: part.Actor, First: part.First, Last: part.Last})
	}
	return cast
}
