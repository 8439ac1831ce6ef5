package need

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestMissing asks on a machine that has one program only.
func TestMissing(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	if err := os.WriteFile(filepath.Join(dir, "here"), []byte("#!/bin/sh\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ things, want string }{
		{"here", ""},
		{"here /", ""},
		{"nc", "needs nc: apt-get install netcat-openbsd"},
		{"here cc node cc strace", "needs cc, node, strace: apt-get install gcc libc6-dev nodejs strace"},
		{"redis-cli:redis-tools", "needs redis-cli: apt-get install redis-tools"},
		{"redis-server /no/such/file", "needs /no/such/file: this system has none; needs redis-server: apt-get install redis-server"},
		{"files=1", ""},
	} {
		if got := Missing(strings.Fields(test.things)...); got != test.want {
			t.Errorf("%s: got %q, want %q", test.things, got, test.want)
		}
	}
	if got := Missing("files=4294967295", "nc"); !strings.HasPrefix(got, "needs 4294967295 open files: may have ") {
		t.Errorf("more files than there are: got %q", got)
	}
	// This package's tests run on the host's network.
	if got := Missing("privnet"); !strings.HasPrefix(got, "needs a private network: ") {
		t.Errorf("no private network: got %q", got)
	}
}

// TestMayTrace has a strace that may not trace.
func TestMayTrace(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	if err := os.WriteFile(filepath.Join(dir, "strace"), []byte("#!/bin/sh\necho strace: no, no >&2\nexit 1\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	want := "needs strace that may trace: it says no, no: docker run --cap-add SYS_PTRACE, or "
	if got := Missing("strace"); !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSources(t *testing.T) {
	script := "# One says this.\n[!race] stop\nneeds privnet nc # and no more\nspawn a nc\n-- a.sh --\nneeds nothing\n"
	if got, want := OfScript([]byte(script)), []string{"privnet", "nc"}; !slices.Equal(got, want) {
		t.Errorf("the script needs %q, want %q", got, want)
	}
	server, err := os.ReadFile("../../guests/echo/server.sh")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := OfSource("server.sh", server), []string{"bash", "ncat", "sed"}; !slices.Equal(got, want) {
		t.Errorf("server.sh needs %q, want %q", got, want)
	}
	if got, want := OfSource("a/b.c", nil), []string{"cc"}; !slices.Equal(got, want) {
		t.Errorf("b.c needs %q, want %q", got, want)
	}
}
