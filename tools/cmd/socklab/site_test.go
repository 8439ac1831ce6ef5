//go:build unix

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"socklab/tools/harness/testexec"
)

// TestSite makes the site of a course of three lessons: one that can be played, one
// whose script fails, and one that no machine can play.
func TestSite(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"lessons/README.md":                  "# The path\n\n## 1 Hello\n\n- [1.1 Good](1.1-good.md)\n- [1.2 Bad](1.2-bad.md)\n- [1.3 Lacking](1.3-lacking.md)\n",
		"lessons/1.1-good.md":                "# 1.1 Good\n\n```console file=1.1-good/alice.want\nhello\n```\n",
		"lessons/1.2-bad.md":                 "# 1.2 Bad\n\n```console file=1.2-bad/alice.want\nhello\n```\n",
		"lessons/1.3-lacking.md":             "# 1.3 Lacking\n",
		"testdata/scripts/1.1-good.txtar":    "# It says.\nspawn alice echo " + strings.Repeat("x", 6000) + "\nexited alice\n",
		"testdata/scripts/1.2-bad.txtar":     "# It says nothing.\nspawn alice echo hullo\nexpect alice '^hello$'\nexited alice\n",
		"testdata/scripts/1.3-lacking.txtar": "# It needs what no machine has.\nneeds no-such-program\n",
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	cmd := testexec.Command(t, "site", "-o", "pages")
	cmd.Dir = dir
	out, _ := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code != 1 {
		t.Errorf("exit code %d\n%s", code, out)
	}
	for _, want := range []string{"socklab site: no replay of 1.2-bad: ", "socklab site: no replay of 1.3-lacking: needs no-such-program", "pages/index.html: 7 files, ", "1 of 3 scripts failed"} {
		if !bytes.Contains(out, []byte(want)) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	for file, want := range map[string]string{
		"1.1-good.html": `<a href="replay-1.1-good.html#play">`, "1.2-bad.html": "could not be played when these pages were made: ",
		"1.3-lacking.html": "needs no-such-program", "replay-1.1-good.html": "bytes are left out here",
	} {
		if text, err := os.ReadFile(filepath.Join(dir, "pages", file)); err != nil || !bytes.Contains(text, []byte(want)) {
			t.Errorf("%s: no %q, %v", file, want, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "pages", "replay-1.2-bad.html")); err == nil {
		t.Error("a script that failed has a replay")
	}
}
