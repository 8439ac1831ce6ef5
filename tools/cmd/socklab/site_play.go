//go:build unix

package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"syscall"

	"socklab/tools/course/check"
	"socklab/tools/course/page"
	"socklab/tools/course/path"
	"socklab/tools/course/programs"
	"socklab/tools/course/site"
	"socklab/tools/harness/netns"
	"socklab/tools/harness/recording"
	"socklab/tools/harness/report"
	"socklab/tools/harness/script"
	"socklab/tools/harness/supervise"
	"socklab/tools/harness/viewer"
)

// A studio plays each lesson's script once, and makes its recording into a page.
type studio struct {
	siteMaker

	mu   sync.Mutex
	stop context.CancelFunc
}

// play makes the site, with replays.
func (m siteMaker) play() int { return supervise.M{Tests: &studio{siteMaker: m}}.Run() }

// Run is what supervise.M calls, in a process that may have networks.
func (st *studio) Run() int {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	st.mu.Lock()
	st.stop = stop
	st.mu.Unlock()
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	bin, err := os.MkdirTemp("", "bin-")
	if err == nil {
		defer os.RemoveAll(bin)
		err = script.Install(bin, programs.List, nil)
	}
	if err == nil {
		err = os.MkdirAll(st.dir, 0o777)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "socklab site:", err)
		return codeFailed
	}
	netns.Protect(st.s.Dir)
	lessons := st.pages.Path.Lessons()
	st.pages.Films = map[string]site.Film{}
	told, done, failed := newTally("plays"), 0, 0
	check.InOrder(ctx, len(lessons), cmp.Or(st.parallel, 2*runtime.GOMAXPROCS(0)), func(i int) shot { return st.film(ctx, bin, lessons[i]) }, func(f shot) {
		done++
		told.say(done, len(lessons), f.lesson.Stem)
		st.pages.Films[f.lesson.Stem] = f.film
		if f.film.Page == "" {
			told.end()
			fmt.Fprintf(os.Stderr, "socklab site: no replay of %s: %s\n", f.lesson.Stem, f.film.Why)
		}
		if f.verdict == script.Failed {
			failed++
		}
	})
	told.end()
	if ctx.Err() != nil {
		select {} // Interrupted ends the process
	}
	code := st.write()
	if code == 0 && failed > 0 {
		fmt.Fprintf(os.Stderr, "socklab site: %d of %d scripts failed: what their pages quote did not happen\n", failed, len(lessons))
		code = codeFailed
	}
	return code
}

// A shot is what became of a lesson's script.
type shot struct {
	lesson  path.Lesson
	verdict script.Verdict
	film    site.Film
}

// film plays a lesson's script. Only the recording of one that passed is shown: then all
// is as its page quotes it.
func (st *studio) film(ctx context.Context, bin string, l path.Lesson) shot {
	ctx, cancel := context.WithTimeout(ctx, st.timeout)
	defer cancel()
	o := script.Options{Programs: programs.List, Lesson: page.ToRead(st.s.Files), Bin: bin, File: l.Script()}
	p, kept := played(ctx, st.s.Files, l.Script(), o)
	_, film, err := kept.file()
	name := "replay-" + l.Stem + ".html"
	if err == nil && p.Verdict == script.Passed {
		lighten(film)
		var text bytes.Buffer
		if err = viewer.Write(&text, film, viewer.Options{}); err == nil {
			err = os.WriteFile(filepath.Join(st.dir, name), text.Bytes(), 0o666)
		}
		if err == nil {
			return shot{l, p.Verdict, site.Film{Page: name}}
		}
	}
	why := visible(oneLine([]byte(reason(p))))
	if err != nil {
		why = visible(err.Error())
	}
	return shot{l, p.Verdict, site.Film{Why: why}}
}

// lighten leaves the middle of long texts out of a recording, and says so there: some
// scripts send megabytes of one letter.
func lighten(f *recording.File) {
	const long, head, tail = 4096, 2048, 256
	for i, e := range f.Events {
		if n := len(e.Text); n > long && (e.Layer == "screen" || e.Layer == "stream") {
			left := fmt.Sprintf(" [%d bytes are left out here] ", n-head-tail)
			f.Events[i].Text = slices.Concat(e.Text[:head], []byte(left), e.Text[n-tail:])
			if e.Layer == "stream" {
				f.Events[i].Size = max(e.Size, n)
			}
		}
	}
}

func reason(p report.Play) string { return cmp.Or(why(p), string(p.Verdict)) }

// Interrupted is what supervise.M calls at a signal.
func (st *studio) Interrupted(sig syscall.Signal) int {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.stop != nil {
		st.stop()
	}
	return codeSignal + int(sig)
}
