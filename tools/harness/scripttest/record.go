//go:build unix

package scripttest

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"socklab/tools/harness/recording"
	"socklab/tools/harness/script"
	"socklab/tools/harness/viewer"
)

// recorded reports whether scripts may leave recordings: go test -artifacts keeps
// them, and -record doesn't say none.
func recorded() bool {
	return testFlag("artifacts") == "true" && value[string]("record") != "none"
}

// recordable is an error where -record says something else than it may.
func recordable() error {
	switch which := value[string]("record"); which {
	case "", "failed", "all", "none":
		return nil
	default:
		return fmt.Errorf("-record=%s: want failed, all or none", which)
	}
}

// A Recorder writes the recording of a test's script among the artifacts of the
// test, while it plays.
type Recorder struct {
	t       *testing.T
	rec     *recording.Recording
	events  *recording.Follower
	file    string
	written chan error // nil until the script begins
}

// Record makes a script that is played in a test with these options leave a
// recording, if the test is to leave any. When the script has ended, call Keep.
func Record(t *testing.T, o *script.Options) *Recorder {
	r := &Recorder{t: t}
	if recorded() {
		r.rec = cmp.Or(o.Recording, recording.New())
		r.events = r.rec.Follow(recording.Whole)
		o.Recording, o.Begins = r.rec, r.begin
	}
	return r
}

// begin begins the file.
func (r *Recorder) begin(h recording.Header) {
	if _, name, _ := strings.Cut(r.t.Name(), "/"); name != "" {
		h.Script = name // 1.1-echo, or 1.1-echo/adds-a-newline
	}
	r.file = filepath.Join(r.t.ArtifactDir(), filepath.Base(r.t.Name())+".jsonl")
	r.written = make(chan error, 1)
	go func() {
		r.written <- write(r.file, func(out *os.File) error { return recording.Keep(out, h, r.events) })
	}()
}

// Keep ends the file, makes its page and says where that is. Or it removes the file,
// as -record says.
func (r *Recorder) Keep(of script.Result) {
	if r.rec == nil {
		return
	}
	r.rec.Close()
	if r.written == nil {
		return
	}
	err := <-r.written
	if of.Skipped || of.Verdict == script.Passed && value[string]("record") != "all" {
		os.Remove(r.file)
		os.Remove(filepath.Dir(r.file)) // if nothing else is there
		return
	}
	page := strings.TrimSuffix(r.file, ".jsonl") + ".html"
	if err == nil {
		err = makePage(page, r.file)
	}
	if err != nil {
		r.t.Errorf("could not tell: write the recording: %v", err)
		return
	}
	r.t.Logf("see what happened, in a browser: %s", page)
}

// makePage makes the page of a recording's file.
func makePage(page, file string) error {
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer in.Close()
	f, err := recording.Read(in)
	if err != nil {
		return err
	}
	return write(page, func(out *os.File) error { return viewer.Write(out, f, viewer.Options{}) })
}

func write(name string, fill func(*os.File) error) error {
	out, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(fill(out), out.Close())
}
