package main

import (
	"path/filepath"
	"strings"
	"testing"

	"socklab/tools/harness/script"
	"socklab/tools/harness/scripttest"
)

// TestLearner plays what a learner types, and what they see. The network of these scripts
// is the machine's own: the command makes those that it needs.
func TestLearner(t *testing.T) {
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
