//go:build unix

package scripttest_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"socklab/tools/harness/all"
	"socklab/tools/harness/need"
)

// TestOutside has another module play scripts with a program of its own, beside a
// flag -update of its own: to write its transcripts, to pass, and to judge a program
// that is wrong.
func TestOutside(t *testing.T) {
	all.Skip(t)
	need.Skip(t, "go")
	t.Parallel()
	checkout, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	sums, err := os.ReadFile(filepath.Join(checkout, "go.sum"))
	if err == nil {
		err = os.CopyFS(dir, os.DirFS("testdata/outside"))
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "go.sum"), sums, 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	run := func(program string, args ...string) (string, error) {
		cmd := exec.CommandContext(t.Context(), program, args...)
		cmd.Dir = dir
		// What it requires was fetched to compile this test.
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
		out, err := cmd.CombinedOutput()
		if err != nil && program == "go" && bytes.Contains(out, []byte("GOPROXY=off")) {
			t.Skip("needs the modules of go.mod in the module cache: go mod download")
		}
		return string(out), err
	}
	// go test would link the same binary for each of its runs.
	test := func(want string, args ...string) {
		t.Helper()
		out, err := run("./outside.test", args...)
		if passed := strings.HasSuffix(out, "PASS\n"); (err == nil) != passed || !strings.Contains(out, want) {
			t.Fatalf("outside.test %s: %v, want %q, got\n%s", args, err, want, out)
		}
	}
	for _, args := range [][]string{
		{"mod", "edit", fmt.Sprintf("-replace=socklab=%s", checkout)},
		{"test", "-c", "-ldflags=-s -w", "-o", "outside.test"},
	} {
		if out, err := run("go", args...); err != nil {
			t.Fatalf("go %s: %v\n%s", args, err, out)
		}
	}

	// -update writes the transcripts, and what the module itself rewrites.
	file, golden := filepath.Join(dir, "testdata/scripts/shout.txtar"), filepath.Join(dir, "testdata/upper.golden")
	before, wanted := read(t, file), read(t, golden)
	emptied, _, _ := strings.Cut(before, "-- server.want --\n")
	for _, err := range []error{
		os.WriteFile(file, []byte(emptied+"-- server.want --\n-- alice.want --\n"), 0o666),
		os.Remove(golden),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	test("", "-update")
	if after := read(t, file); after != before {
		t.Errorf("-update: the script is\n%s\nwant\n%s", after, before)
	}
	if got := read(t, golden); got != wanted {
		t.Errorf("-update: %s is %q, want %q", golden, got, wanted)
	}
	test("")
	test("never listened: server exited 0", "-test.run=Scripts", "-prog=shout=sh -c 'echo hello'")
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
