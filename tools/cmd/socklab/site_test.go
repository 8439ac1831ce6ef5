//go:build unix

package main

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"socklab/tools/harness/all"
	"socklab/tools/harness/testexec"
)

// TestSite makes the site of a course of three lessons: one that can be played, one
// whose script fails, and one that no machine can play.
func TestSite(t *testing.T) {
	t.Parallel()
	dir := threeLessons(t)
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

// threeLessons lays out a course: a lesson that can be played, one whose script fails,
// and one that no machine can play.
func threeLessons(t *testing.T) string {
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
	return dir
}

// TestServe plays lessons for a page, with our programs and with the learner's.
func TestServe(t *testing.T) {
	t.Parallel()
	dir := threeLessons(t)
	save(t, filepath.Join(dir, "mine/echo.sh"), "exit 1\n")
	save(t, filepath.Join(dir, "testdata/scripts/1.2-bad.txtar"), "# It says so.\nspawn alice echo-client -h\nexpect alice '^usage'\nexited alice\n")
	cmd := testexec.Command(t, "serve", "-prog", "echo-client=sh mine/echo.sh", "127.0.0.1:0")
	cmd.Dir = dir
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	lines.Scan()
	address, _, _ := strings.Cut(strings.TrimPrefix(lines.Text(), "listening on "), " ")
	get := func(method, target, token, body string) string {
		t.Helper()
		r, err := http.NewRequest(method, address+target, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Socklab-Token", token)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != 200 {
			t.Fatal(answer.Status, string(text), err)
		}
		return string(text)
	}
	_, after, _ := strings.Cut(get("GET", "live.html?lesson=1.1", "", ""), `data-token="`)
	token, _, _ := strings.Cut(after, `"`)
	for _, test := range all.Of([]struct{ body, want string }{
		{`{"lesson":"1.1"}`, `"kind":"verdict","line":3,"text":"passed"`},
		{`{"lesson":"1.2","mine":true}`, `"kind":"verdict","line":3,"text":"failed`},
		{`{"lesson":"1.2"}`, `"kind":"verdict","line":4,"text":"passed"`},
		{`{"lesson":"1.3"}`, `data: {"error":"nobody was judged: needs no-such-program`},
	}, 2) {
		_, after, _ := strings.Cut(get("POST", "api/plays", token, test.body), `"id": "`)
		id, _, _ := strings.Cut(after, `"`)
		if events := get("GET", "api/plays/"+id, "", ""); !strings.Contains(events, test.want) || !strings.Contains(events, "event: end\n") {
			t.Errorf("%s: no %s in\n%s", test.body, test.want, events)
		}
	}
	saves, err := http.Get(address + "api/saves")
	if err != nil {
		t.Fatal(err)
	}
	defer saves.Body.Close()
	save(t, filepath.Join(dir, "mine/echo.sh"), "exit 2\n")
	if heard := bufio.NewScanner(saves.Body); !heard.Scan() || !strings.HasPrefix(heard.Text(), "data: ") {
		t.Errorf("of a save it says %q, %v", heard.Text(), heard.Err())
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 130 {
		t.Errorf("exit code %d", code)
	}
}
