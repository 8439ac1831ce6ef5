//go:build unix

// Package binaries builds programs of the module around the current directory, each
// as a small binary, and keeps them for the next run. A test binary could be all of
// these programs too, but takes more than twice as long to start.
package binaries

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
)

// A CompileError is an error in the source of a program. Output is go build's.
type CompileError struct{ Output string }

func (e *CompileError) Error() string { return "a program does not compile:\n" + e.Output }

// A Set is the binaries of programs, which stay at least until Close.
type Set struct {
	Paths   []string // one for each program, whose name is the last element
	Sources []string // the directories that they were built from
	Store   string   // the folder of these and other kept binaries
	Stale   []string // Kept: the packages of which no binary is as their sources are

	held []*os.File // locks on the binaries in use
	temp string     // removed by Close, unless empty
}

// Close allows other runs to remove the binaries.
func (d *Set) Close() {
	for _, f := range d.held {
		f.Close()
	}
	if d.temp != "" {
		os.RemoveAll(d.temp)
	}
}

// Build returns the binaries of programs. packages are the import paths of their
// main packages. Those are in the module around the current directory, or in one
// that its go.mod replaces by a directory. The name of a program is the last element
// of its path. If binaries can't be kept, they are in temp. Build starts go(1) only
// for programs whose sources have changed. An error other than a CompileError says
// why no program can be built here.
func Build(packages []string, temp string) (*Set, error) {
	root, err := findModule()
	if err != nil {
		return nil, err
	}
	return open("built", keep, packages, build{root: root}, temp)
}

// BuildChanged is Build for one program of the module in root, some of whose files
// have other content. files has that content, by the paths from root. what names the
// change: a newer version with the same name replaces an older one. path is the
// binary's.
func BuildChanged(root, what, program string, files map[string][]byte, temp string) (d *Set, path string, err error) {
	d, err = open("changed/"+what, 1, []string{program}, build{root: root, instead: files}, temp)
	if err != nil {
		return nil, "", err
	}
	return d, d.Paths[0], nil
}

// open returns the binaries from the user's store, and builds the missing ones.
func open(where string, keep int, programs []string, b build, temp string) (*Set, error) {
	salt, err := b.settings()
	if err != nil {
		return nil, err
	}
	keys, sources, err := b.keysOf(programs, salt)
	if err != nil {
		return nil, err
	}
	d := &Set{Sources: sources}
	kept, err := users(where, keep)
	d.Store = strings.TrimSuffix(kept.dir, "/"+where)
	if err != nil && b.never {
		return nil, err
	}
	if err != nil {
		// Binaries for this run only.
		if d.temp, err = os.MkdirTemp(temp, "built-"); err != nil {
			return nil, err
		}
		kept = store{d.temp, keep}
		d.Store = d.temp
		if err := kept.try(); err != nil {
			d.Close()
			return nil, err
		}
	}
	// Until we lock a binary, another run may remove it.
	for range 3 {
		var stale []string
		for _, program := range programs {
			if !d.take(kept, path.Base(program), keys[program]) {
				stale = append(stale, program)
			}
		}
		if len(stale) == 0 || b.never {
			d.Stale = stale
			kept.prune()
			return d, nil
		}
		if err := kept.build(b, stale, keys); err != nil {
			d.Close()
			return nil, err
		}
	}
	d.Close()
	return nil, fmt.Errorf("binaries built in %s have disappeared", kept.dir)
}

// take locks a binary of the store, and reports whether it exists.
func (d *Set) take(kept store, name, key string) bool {
	file := kept.path(name, key)
	if slices.Contains(d.Paths, file) {
		return true
	}
	lock, err := hold(filepath.Dir(file))
	if err != nil {
		return false
	}
	if !sound(file) {
		lock.Close()
		return false
	}
	used(filepath.Dir(file))
	d.held = append(d.held, lock)
	d.Paths = append(d.Paths, file)
	return true
}

// A build is the arguments for go build.
type build struct {
	root    string            // of the module
	modules []module          // that module, and those that it replaces by directories
	instead map[string][]byte // files with other content, by their paths from root
	flags   []string          // for go build
	never   bool              // only what is kept
	cgo     string            // 1 or 0: without cgo a program starts in three quarters of the time
}

// settings reads from this binary how it was built. It returns that as flags for go
// build, and all in one string.
func (b *build) settings() (string, error) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "", errors.New("the test binary does not say how it was built")
	}
	b.cgo = "0"
	all := []string{runtime.Version(), runtime.GOOS, runtime.GOARCH, "GOFLAGS=" + os.Getenv("GOFLAGS")}
	for _, s := range info.Settings {
		if strings.HasPrefix(s.Key, "vcs") || strings.HasPrefix(s.Key, "CGO_") {
			continue
		}
		switch s.Key {
		case "-cover", "-coverpkg", "-covermode":
			continue // see scripttest's build
		case "-buildmode", "-compiler":
		default:
			if s.Key == "-race" {
				b.cgo = "1" // the race detector is written in C
			}
			if strings.HasPrefix(s.Key, "-") {
				b.flags = append(b.flags, s.Key+"="+s.Value)
			}
		}
		all = append(all, s.Key+"="+s.Value)
	}
	return strings.Join(all, "\n"), nil
}

// build builds programs into the store. Each appears there complete, or not at all.
func (s store) build(b build, programs []string, keys map[string]string) error {
	gocmd, err := exec.LookPath("go")
	if err != nil {
		return err
	}
	work, err := s.workshop()
	if err != nil {
		return err
	}
	defer work.remove()
	// Without debugger tables the linker is faster.
	args := append([]string{"build", "-buildvcs=false", "-ldflags=-s -w", "-o", work.path + string(filepath.Separator)}, b.flags...)
	if len(b.instead) > 0 {
		overlay, err := b.overlay(filepath.Join(work.path, "instead"))
		if err != nil {
			return err
		}
		args = append(args, "-overlay="+overlay)
	}
	cmd := exec.Command(gocmd, append(args, programs...)...)
	cmd.Dir = b.root
	cmd.Env = append(os.Environ(), "CGO_ENABLED="+b.cgo)
	if out, err := cmd.CombinedOutput(); err != nil {
		return b.failed(string(out), err)
	}
	for _, program := range programs {
		if err := s.put(work, path.Base(program), keys[program]); err != nil {
			return err
		}
	}
	return nil
}

// overlay writes the changed files into dir, and the file that describes them to go
// build.
func (b build) overlay(dir string) (file string, err error) {
	replace := map[string]string{}
	for name, text := range b.instead {
		to := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o700), os.WriteFile(to, text, 0o600)); err != nil {
			return "", err
		}
		replace[filepath.Join(b.root, name)] = to
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	file = filepath.Join(dir, "overlay.json")
	return file, os.WriteFile(file, text, 0o600)
}

// failed decides by go build's output whether the source is wrong or the
// environment: a compiler names the package and the line.
func (b build) failed(out string, err error) error {
	for _, m := range b.modules {
		if strings.HasPrefix(out, "# "+m.path) && strings.Contains(out, ".go:") {
			return &CompileError{out}
		}
	}
	last := strings.TrimSpace(out)
	if i := strings.LastIndexByte(last, '\n'); i >= 0 {
		last = last[i+1:]
	}
	return fmt.Errorf("go build: %w: %s", err, last)
}

// keysOf makes a key from the content of each program: its own package, what that
// imports from the modules here, the versions of other modules, and salt. dirs are
// the directories that were read.
func (b *build) keysOf(programs []string, salt string) (keys map[string]string, dirs []string, err error) {
	if b.modules, err = modulesAt(b.root); err != nil {
		return nil, nil, err
	}
	shared := sha256.New()
	fmt.Fprintf(shared, "%s\n", salt)
	for _, file := range []string{"go.mod", "go.sum"} {
		data, err := os.ReadFile(filepath.Join(b.root, file))
		if err != nil && !(file == "go.sum" && errors.Is(err, fs.ErrNotExist)) {
			return nil, nil, err
		}
		fmt.Fprintf(shared, "%s %d\n%s", file, len(data), data)
	}
	common := shared.Sum(nil)
	read := packages{root: b.root, modules: b.modules, instead: b.instead, known: map[string]*source{}}
	keys = map[string]string{}
	for _, program := range programs {
		all, err := read.closure(program)
		if err != nil {
			return nil, nil, err
		}
		sum := sha256.New()
		sum.Write(common)
		for _, pkg := range all {
			fmt.Fprintf(sum, "%s %x\n", pkg, read.known[pkg].sum)
		}
		keys[program] = fmt.Sprintf("%x", sum.Sum(nil)[:16])
	}
	for _, source := range read.known {
		dirs = append(dirs, source.dir)
	}
	slices.Sort(dirs)
	return keys, dirs, nil
}
