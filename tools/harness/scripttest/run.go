//go:build unix

package scripttest

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"socklab/tools/harness/netns"
	"socklab/tools/harness/recording"
	"socklab/tools/harness/script"
	"socklab/tools/harness/supervise"
)

// Options are how scripts of this test binary are played: as Main was told, and
// as the flags -wait and -v say.
func Options() script.Options {
	noteSources()
	o := options
	o.Wait = wait(o.Wait)
	o.Verbose = testing.Verbose()
	return o
}

// Run plays every script in dir, NAME.txtar or NAME.txt, as the parallel subtest
// NAME: with the guests that -prog names, and under -update with new transcripts.
func Run(t *testing.T, dir string) { RunRecorded(t, dir, nil) }

// RunRecorded is Run, and calls check with the events of each script that has passed
// with the programs and words that it names, if wants says so of NAME.
func RunRecorded(t *testing.T, dir string, wants func(name string) (check func(*testing.T, []recording.Event))) {
	o := Options()
	var err error
	if o.Guests, err = o.ParseGuests(value[[]string]("prog")); err != nil {
		t.Fatalf("could not tell: %v", err)
	}
	judging := Judging()
	byDefault := "fixed"
	if judging {
		byDefault = "random"
	}
	if o.Words, err = Words(byDefault); err != nil {
		t.Fatalf("could not tell: %v", err)
	}
	if err := recordable(); err != nil {
		t.Fatalf("could not tell: %v", err)
	}
	switch {
	case Updating() && judging:
		t.Fatal("-update is for our own programs: transcripts of a guest are no model; leave -prog out")
	case Updating() && o.Words != 0:
		t.Fatal("-update is for the script's own words: leave -words out")
	}
	if judging {
		if exposed := netns.Exposed(); exposed != "" {
			t.Logf("note: %s", exposed)
		}
		run.by(t, o.Guests)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatalf("could not tell: %v", err)
	}
	found := false
	for _, e := range entries {
		ext := filepath.Ext(e.Name())
		if ext != ".txtar" && ext != ".txt" {
			continue
		}
		found = true
		file, o := filepath.Join(dir, e.Name()), o
		if Updating() {
			o.Update = func(script []byte) error { return os.WriteFile(file, script, 0o666) }
		}
		t.Run(strings.TrimSuffix(e.Name(), ext), func(t *testing.T) {
			supervise.Begin(t)
			t.Parallel()
			var check func(*testing.T, []recording.Event)
			if wants != nil && !judging && o.Words == 0 {
				check = wants(strings.TrimSuffix(e.Name(), ext))
			}
			if check != nil {
				o.Recording = recording.New()
			}
			r := play(t, file, &o)
			if check != nil && r.Verdict == script.Passed {
				check(t, o.Recording.Events())
			}
			if judging {
				run.add(r)
				if len(r.Unseen) > 0 {
					t.Fatalf("could not tell: %s was skipped, and nobody judged %s: %s", filepath.Base(t.Name()), strings.Join(r.Unseen, " and "), r.Reason)
				}
			}
			end(t, r)
		})
	}
	if !found {
		t.Fatalf("could not tell: there are no scripts in %s", dir)
	}
}

// Play plays the script in file in a test, which fails, or is skipped, as the
// script is.
func Play(t *testing.T, file string, o script.Options) {
	supervise.Begin(t)
	end(t, play(t, file, &o))
}

// slots limits how many scripts that should pass run at once: 4 for each CPU.
// Mutants take none: they mostly wait, and -parallel alone limits them.
var slots = make(chan struct{}, 4*runtime.GOMAXPROCS(0))

func play(t *testing.T, file string, o *script.Options) script.Result {
	slots <- struct{}{}
	defer func() { <-slots }()
	ctx := context.Background()
	if deadline, ok := t.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline)
		defer cancel()
	}
	o.File = file
	recorder := Record(t, o)
	r, err := script.Run(ctx, os.DirFS(filepath.Dir(file)), filepath.Base(file), *o)
	if err != nil {
		r = script.Result{Verdict: script.NotJudged, Log: "could not tell: " + err.Error()}
	}
	if r.Log != "" {
		t.Log(strings.TrimSuffix(r.Log, "\n"))
	}
	recorder.Keep(r)
	return r
}

// end ends a test as its script has ended.
func end(t *testing.T, r script.Result) {
	switch {
	case r.Skipped:
		t.Skip(r.Reason)
	case r.Verdict != script.Passed:
		t.FailNow()
	}
}
