// Package builder builds programs and returns commands that run them. Interpreters
// run some sources, cc(1) compiles C, and go(1) builds our programs with changes.
package builder

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"socklab/tools/harness/binaries"
	"socklab/tools/harness/need"
)

// A Builder builds each program once for a test. It builds one program per CPU at a
// time.
type Builder struct {
	Root  string // of the repository, absolute
	dir   string // for binaries built from C
	slots chan struct{}

	mu    sync.Mutex
	built map[string]func() error // by the file
}

// New returns a builder for a test and its subtests, in the repository at root.
func New(t *testing.T, root string) *Builder {
	root, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	return &Builder{Root: root, dir: t.TempDir(), slots: make(chan struct{}, runtime.GOMAXPROCS(0)), built: map[string]func() error{}}
}

// Command is the command that runs a source. It skips the test if the interpreter or
// compiler is not installed.
func (b *Builder) Command(t *testing.T, file string) []string {
	t.Helper()
	if !filepath.IsAbs(file) {
		file = filepath.Join(b.Root, file)
	}
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	need.Skip(t, need.OfSource(file, source)...)
	if runner := need.Runner(file); runner != "" {
		return []string{runner, file}
	}
	if ext := filepath.Ext(file); ext != ".c" {
		t.Fatalf("%s: no known way to run %q files", file, ext)
	}
	program := filepath.Join(b.dir, strings.ReplaceAll(strings.TrimPrefix(file, "/"), "/", "-")+".out")
	if err := b.compile(program, file); err != nil {
		t.Fatal(err)
	}
	return []string{program}
}

// compile builds a C program, once.
func (b *Builder) compile(program, file string) error {
	b.mu.Lock()
	once, ok := b.built[program]
	if !ok {
		once = sync.OnceValue(func() error {
			b.slots <- struct{}{}
			defer func() { <-b.slots }()
			cmd := exec.Command("cc", "-O1", "-Wall", "-Wextra", "-Werror", "-pthread", "-o", program, file)
			cmd.Dir = b.Root
			if out, err := cmd.CombinedOutput(); err != nil {
				return fmt.Errorf("%v: %w\n%s", cmd, err, out)
			}
			return nil
		})
		b.built[program] = once
	}
	b.mu.Unlock()
	return once()
}

// Changed returns the binary of a package main, by its import path, with changed files,
// built with go build -overlay. what names the change. The binary is kept for the next run
// (package binaries), or in the test's folder dir if it can't be kept.
func (b *Builder) Changed(t *testing.T, what, main string, files map[string][]byte, dir string) string {
	t.Helper()
	need.Skip(t, "go")
	b.slots <- struct{}{}
	defer func() { <-b.slots }()
	built, path, err := binaries.BuildChanged(b.Root, what, main, files, dir)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	t.Cleanup(built.Close)
	return path
}

// SkipScript skips the test if the machine lacks what the script needs, before
// anything is built for it.
func SkipScript(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	need.Skip(t, need.OfScript(text)...)
}
