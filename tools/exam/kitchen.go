// Package exam examines the scripts: they must pass with every guest, which is
// right in another language, and must fail with every broken program, which is
// wrong on purpose.
package exam

import (
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// A kitchen makes commands of programs' sources.
type kitchen struct {
	root string // of the repository, absolute
	dir  string // for what it makes

	stoves chan struct{} // as many as may make something at once

	mu   sync.Mutex
	made map[string]func() error // by what was made
}

func newKitchen(t *testing.T, root string) *kitchen {
	root, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	return &kitchen{root: root, dir: t.TempDir(), stoves: make(chan struct{}, runtime.GOMAXPROCS(0)), made: map[string]func() error{}}
}

// runners run a source as it is.
var runners = map[string]string{".py": "python3", ".sh": "bash", ".js": "node"}

// command is how to run a source. It skips the test where what that takes is
// not installed.
func (k *kitchen) command(t *testing.T, file string) []string {
	t.Helper()
	if !filepath.IsAbs(file) {
		file = filepath.Join(k.root, file)
	}
	ext := filepath.Ext(file)
	if runner, ok := runners[ext]; ok {
		need(t, runner)
		return []string{runner, file}
	}
	if ext != ".c" {
		t.Fatalf("%s: nobody knows how to run %s", file, ext)
	}
	need(t, "cc")
	program := filepath.Join(k.dir, strings.ReplaceAll(strings.TrimPrefix(file, "/"), "/", "-")+".out")
	k.make(t, program, "cc", "-O1", "-Wall", "-Wextra", "-Werror", "-pthread", "-o", program, file)
	return []string{program}
}

// make runs a command that makes a file, once.
func (k *kitchen) make(t *testing.T, made, command string, args ...string) {
	t.Helper()
	k.mu.Lock()
	once, ok := k.made[made]
	if !ok {
		once = sync.OnceValue(func() error {
			k.stoves <- struct{}{}
			defer func() { <-k.stoves }()
			cmd := exec.Command(command, args...)
			cmd.Dir = k.root
			out, err := cmd.CombinedOutput()
			if err != nil {
				return &makeError{cmd, string(out), err}
			}
			return nil
		})
		k.made[made] = once
	}
	k.mu.Unlock()
	if err := once(); err != nil {
		t.Fatal(err)
	}
}

type makeError struct {
	cmd *exec.Cmd
	out string
	err error
}

func (e *makeError) Error() string { return e.cmd.String() + ": " + e.err.Error() + "\n" + e.out }

// need skips the test unless a program is installed.
func need(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("%s is not installed", program)
	}
}
