// Package doctor examines a machine. It reports what the machine has for socklab,
// what it lacks, which lessons that costs, and what to type. It needs no terminal.
package doctor

import (
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"

	"socklab/tools/harness/need"
	"socklab/tools/harness/supervise"
)

// A Report is the result of an examination.
type Report struct {
	System   string   // kernel, Go and processors, in words
	Lessons  int      // all lessons
	Playable int      // lessons that can be played on this machine
	Has      []string // things, as scripts name them
	Lacks    []Lack
}

// A Lack is a missing thing, and what can't be played without it.
type Lack struct {
	need.Lack
	Lessons []string // their numbers, such as "1.2"
	Scripts int      // scripts without a lesson
	Guests  int      // programs in other languages
}

// Examine checks the machine for the needs of a course's scripts and guests. Call it in
// a process where scripts would run: on a private network, if there are any
// (supervise.M). Only there it finds what scripts find.
func Examine(root fs.FS) (Report, error) {
	r := Report{
		System: fmt.Sprintf("%s/%s, %s, %d processors", runtime.GOOS, runtime.GOARCH, runtime.Version(), runtime.NumCPU()),
	}
	lacking := map[string]bool{} // lessons that can't be played
	for _, kind := range []struct {
		glob string
		of   func(file string, text []byte) []string
		cost func(l *Lack, name string)
	}{
		{"testdata/scripts/*.txtar", ofScript, func(l *Lack, name string) {
			number, _, _ := strings.Cut(name, "-")
			l.Lessons = append(l.Lessons, number)
			lacking[name] = true
		}},
		{"testdata/survive/*.txtar", ofScript, func(l *Lack, _ string) { l.Scripts++ }},
		{"tools/guests/*/*", need.OfSource, func(l *Lack, _ string) { l.Guests++ }},
	} {
		files, err := fs.Glob(root, kind.glob)
		if err != nil {
			return r, err
		}
		for _, file := range files {
			// Python leaves a folder beside what it imports.
			if is, err := fs.Stat(root, file); err == nil && is.IsDir() {
				continue
			}
			text, err := fs.ReadFile(root, file)
			if err != nil {
				return r, err
			}
			name := path.Base(file)
			r.weigh(kind.of(name, text), func(l *Lack) { kind.cost(l, name) })
			if strings.HasPrefix(kind.glob, "testdata/scripts/") {
				r.Lessons++
			}
		}
	}
	r.Playable = r.Lessons - len(lacking)
	r.folder()
	return r, nil
}

func ofScript(_ string, text []byte) []string { return need.OfScript(text) }

// weigh checks things, and calls charge for each that is missing.
func (r *Report) weigh(things []string, charge func(*Lack)) {
	for _, thing := range things {
		if !slices.Contains(r.Has, thing) && need.Has(thing) {
			r.Has = append(r.Has, thing)
		}
	}
	// Several things may lack the same: what is inside a private network lacks that.
	for _, lack := range need.Lacks(things...) {
		// All limits of open files are one lack; the largest is named.
		const files = "files="
		limit := strings.HasPrefix(lack.Thing, files)
		at := slices.IndexFunc(r.Lacks, func(l Lack) bool {
			return l.Name == lack.Name || limit && strings.HasPrefix(l.Thing, files)
		})
		switch {
		case at < 0:
			at = len(r.Lacks)
			r.Lacks = append(r.Lacks, Lack{Lack: lack})
		case limit && (len(lack.Thing) > len(r.Lacks[at].Thing) || len(lack.Thing) == len(r.Lacks[at].Thing) && lack.Thing > r.Lacks[at].Thing):
			r.Lacks[at].Lack = lack
		}
		charge(&r.Lacks[at])
	}
}

// folder checks the folder for temporary files, which everything needs.
func (r *Report) folder() {
	err := need.Folder(supervise.TempDir())
	if err == nil {
		return
	}
	l := Lack{Lack: need.Lack{Name: "a folder where programs may run", How: err.Error()}}
	if r.Playable = 0; r.Lessons > 0 {
		l.Lessons = []string{"all"}
	}
	r.Lacks = append([]Lack{l}, r.Lacks...)
}
