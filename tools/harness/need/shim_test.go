//go:build unix

package need

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestDirect finds the interpreter behind a shell script, and asks only once. It
// leaves an interpreter alone that is itself in PATH.
func TestDirect(t *testing.T) {
	Skip(t, "python3")
	if dir := Direct([]string{"python3"}); dir != "" {
		t.Setenv("PATH", dir) // not this machine's PATH
	}
	real, err := exec.LookPath("python3")
	if err != nil {
		t.Fatal(err)
	}
	if real, err = filepath.EvalSymlinks(real); err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	link := func(program string) {
		os.Remove(filepath.Join(bin, "python3"))
		if err := os.Symlink(program, filepath.Join(bin, "python3")); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin)
	t.Setenv("TMPDIR", t.TempDir())

	link(real)
	links = linkDir{made: map[string]bool{}}
	if dir := Direct([]string{"python3", "strace"}); dir != "" {
		t.Errorf("a python3 that is itself in PATH: got a folder %s", dir)
	}

	starts := filepath.Join(t.TempDir(), "starts")
	shim := filepath.Join(t.TempDir(), "shim")
	if err := os.WriteFile(shim, []byte("#!/bin/sh\necho >>"+starts+"\nexec "+real+" \"$@\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	link(shim)
	links = linkDir{made: map[string]bool{}}
	dir := Direct([]string{"python3"})
	if again := Direct([]string{"python3"}); dir == "" || again != dir {
		t.Fatalf("got the folders %q and %q, want one", dir, again)
	}
	if out, err := exec.Command("python3", "-c", "print(2*3)").Output(); err != nil || string(out) != "6\n" {
		t.Errorf("python3 in PATH: %q, %v", out, err)
	}
	if text, _ := os.ReadFile(starts); len(text) != 1 {
		t.Errorf("the shell script was started %d times, want once", len(text))
	}
}
