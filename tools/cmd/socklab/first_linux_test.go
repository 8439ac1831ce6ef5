package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"socklab/tools/harness/all"
	"socklab/tools/harness/need"
	"socklab/tools/harness/script"
	"socklab/tools/harness/scripttest"
)

// TestLearner plays what a learner types, and what they see. The network of these scripts
// is the machine's own: the command makes those that it needs.
func TestLearner(t *testing.T) {
	all.Skip(t)
	t.Parallel()
	needsNetwork(t)
	repository, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	if err := script.Install(bin, ours, nil); err != nil {
		t.Fatal(err)
	}
	o := script.Options{Programs: ours, Bin: bin, Wait: 2 * script.DefaultWait, Verbose: testing.Verbose(), Env: []string{
		"REPOSITORY=" + repository, "GORACE=atexit_sleep_ms=0",
		// On a terminal that draws, with a pager that every system has.
		"TERM=xterm", "PAGER=cat", "PS1=you> ", "ENV=", "SHELL=/bin/sh",
	}}
	if need.Missing("git", "go") == "" {
		o.Env = append(o.Env, "ORIGIN="+origin(t, repository), "GOMODCACHE="+asked(t, "go", "env", "GOMODCACHE"))
	}
	scripts, err := filepath.Glob(filepath.Join(repository, "testdata/command/*.txtar"))
	if err != nil || len(scripts) == 0 {
		t.Fatal(scripts, err)
	}
	for _, file := range scripts {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			scripttest.Play(t, file, o)
		})
	}
}

// origin is a repository to clone: the lessons and their scripts as they are now, and
// what lesson 1.1 builds.
func origin(t *testing.T, repository string) string {
	t.Helper()
	dir := t.TempDir()
	const programs = "socklab/tools/cmd/"
	sources := asked(t, "go", "list", "-deps", programs+"echo-server", programs+"echo-client", programs+"packets")
	folders := []string{"lessons", "testdata/scripts", "testdata/exercises/1.1-echo", "tools/guests"}
	for _, source := range strings.Fields(sources) {
		if name, ours := strings.CutPrefix(source, "socklab/"); ours {
			folders = append(folders, name)
		}
	}
	for _, name := range folders {
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join(repository, name))); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(repository, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), text, 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	asked(t, "git", "-C", dir, "init", "-q")
	asked(t, "git", "-C", dir, "add", ".")
	asked(t, "git", "-C", dir, "-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qm", "x")
	return dir
}

// asked is what a command says.
func asked(t *testing.T, command ...string) string {
	t.Helper()
	out, err := exec.Command(command[0], command[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("%q: %v\n%s", command, err, out)
	}
	return strings.TrimSpace(string(out))
}
