//go:build unix

package main

import (
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"socklab/tools/harness/all"
	"socklab/tools/harness/report"
	"socklab/tools/harness/testexec"
)

// TestBatch plays several scripts of an engineer's own, in a folder without a course.
func TestBatch(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"ours/good.txtar": passes, "ours/sub/bad.txtar": fails, "ours/skip.txtar": "needs no-such-program\n# Nothing.\n", "ours/notes.txt": "no script",
	} {
		save(t, filepath.Join(dir, name), text)
	}
	cache := t.TempDir()
	plays := func(wantCode int, wantOut, wantErrors string, args ...string) {
		t.Helper()
		cmd := testexec.Command(t, append([]string{"play"}, args...)...)
		cmd.Dir = dir
		cmd.Env = append(cmd.Env, "XDG_CACHE_HOME="+cache, "NO_COLOR=1", "GITHUB_ACTIONS=")
		var out, errors strings.Builder
		cmd.Stdout, cmd.Stderr = &out, &errors
		cmd.Run()
		code := cmd.ProcessState.ExitCode()
		if code != wantCode || !regexp.MustCompile(`(?s)^`+wantOut+`$`).MatchString(out.String()) || !regexp.MustCompile(`(?s)^`+wantErrors+`$`).MatchString(errors.String()) {
			t.Errorf("socklab play %q: exit code %d, want %d\n%s\nwant\n%s\nand on stderr\n%s", args, code, wantCode, &out, wantOut, &errors)
		}
	}
	const (
		good = `passed      ours/good\.txtar: 2 of 2 steps, \d\.\d s\n`
		skip = `not judged  ours/skip\.txtar: 0 of 1 steps, \d\.\d s\n {12}needs no-such-program: [^\n]*\n`
		bad  = `failed      ours/sub/bad\.txtar: 1 of 2 steps, \d\.\d s\n {12}ours/sub/bad\.txtar:5: expect bob: wrong bytes: [^\n]*\n`
	)
	plays(1, good+skip+bad+`\n1 passed, 1 failed, 1 not judged\n`, "", "ours")
	plays(1, `failed      ours/sub/bad\.txtar: .*\nstep 2 of 2: He speaks again\..*`, "", "-failed", "ours")
	plays(2, "", "socklab play: no script is selected\n", "-run", "nothing", "ours")
	plays(2, "", "socklab play: none of these scripts failed last time\n", "-failed", "ours/good.txtar")
	if !all.Asked() {
		return
	}
	plays(2, "", "socklab play: -depth, -step.*usage: .*", "-o", "x.jsonl", "ours")
	plays(2, "", `socklab play: invalid value "0" for flag -repeat: want a number of 1 or more\n.*`, "-repeat", "0", "ours")
	plays(2, "", `socklab play: invalid value "-1s" for flag -timeout: want a time above 0, as 30s or 2m\n.*`, "-timeout", "-1s", "ours")
	plays(2, "", `socklab play: invalid value "pdf=x" for flag -report: want junit=FILE.*`, "-report", "pdf=x", "ours")
	plays(3, `not judged  ours/skip.*ours/skip\.txtar: passed 0 of 1 times\n  1: needs no-such-program: .*`, "", "-repeat=1", "-run", "skip", "ours")
}

// TestNoEnvironment plays a program of the machine's with no environment, PATH neither.
func TestNoEnvironment(t *testing.T) {
	t.Parallel()
	cmd := testexec.Command(t, "play", "sh.txtar")
	cmd.Dir, cmd.Env = t.TempDir(), cmd.Env[len(cmd.Env)-2:] // what makes the test binary the command
	save(t, filepath.Join(cmd.Dir, "sh.txtar"), "# It is found.\nspawn it sh -c 'echo here'\nexpect it '^here$'\nexited it\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestBatchGuest judges a program that is none of ours, in one script and in two.
func TestBatchGuest(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	save(t, filepath.Join(dir, "ours.txtar"), "# It speaks.\nspawn it their-server\nexpect it '^one$'\nexited it\n")
	save(t, filepath.Join(dir, "other.txtar"), passes)
	for _, test := range all.Of([]struct {
		command, files string
		code           int
		says           string
	}{
		{"echo one", "ours.txtar other.txtar", 3, "not judged  other.txtar: "},
		{"echo one", "ours.txtar", 0, "passed"},
		{"echo too", "ours.txtar", 1, "nothing that begins like it"},
	}, 1) {
		args := append([]string{"play", "-prog", "their-server=" + test.command}, strings.Fields(test.files)...)
		if code, out, errors := tell(t, dir, args...); code != test.code || !strings.Contains(out, test.says) {
			t.Errorf("socklab %q: exit code %d, want %d\n%s%s", args, code, test.code, out, errors)
		}
	}
}

// TestBatchReports reads what -report and -artifacts leave.
func TestBatchReports(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	save(t, filepath.Join(dir, "good.txtar"), passes)
	save(t, filepath.Join(dir, "bad.txtar"), fails)
	save(t, filepath.Join(dir, "same/name.txtar"), passes)
	save(t, filepath.Join(dir, "same-name.txtar"), passes)
	if code, out, _ := tell(t, dir, "play", "-report", "html=both", "same/name.txtar", "same-name.txtar"); code != 0 {
		t.Errorf("%d\n%s", code, out)
	}
	if pages, _ := filepath.Glob(filepath.Join(dir, "both/same*.html")); len(pages) != 2 {
		t.Errorf("two scripts have the pages %q", pages)
	}
	if code, out, errors := tell(t, dir, "play", "-report", "junit=j.xml,tap=t.tap,json=j.json,html=site", "-artifacts", "left", "good.txtar", "bad.txtar"); code != 1 || errors != "" {
		t.Fatalf("%d\n%s%s", code, out, errors)
	}
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
		}
		return string(text)
	}
	var junit struct {
		Suites []struct {
			Name     string `xml:"name,attr"`
			Failures int    `xml:"failures,attr"`
			Cases    []struct {
				Name    string `xml:"name,attr"`
				Failure string `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal([]byte(read("j.xml")), &junit); err != nil || len(junit.Suites) != 2 || junit.Suites[0].Failures != 0 || junit.Suites[1].Failures != 1 ||
		junit.Suites[1].Cases[1].Name != "step 2: He speaks again." || !strings.Contains(junit.Suites[1].Cases[1].Failure, "wanted oo$") {
		t.Errorf("%v %+v", err, junit)
	}
	if tap := read("t.tap"); !strings.HasPrefix(tap, "TAP version 14\n1..4\nok 1 - good: Alice speaks.\nok 2 - good: She leaves.\nok 3 - bad: Bob speaks.\nnot ok 4 - bad: He speaks again.\n# ") {
		t.Errorf("%s", tap)
	}
	var plays []report.Play
	if err := json.Unmarshal([]byte(read("j.json")), &plays); err != nil || len(plays) != 2 || plays[1].Failure == nil || plays[1].Failure.Line != 5 || plays[1].Steps[0].Took <= 0 {
		t.Errorf("%v %+v", err, plays)
	}
	if list := read("site/index.html"); !strings.Contains(list, `<a href="good.html">good.txtar</a>`) || !strings.Contains(list, `<a href="bad.html">`) {
		t.Errorf("%s", list)
	}
	for _, name := range []string{"site/good.html", "site/bad.html", "left/bad.html"} {
		if !strings.Contains(read(name), "<!doctype html>") {
			t.Errorf("%s is no page", name)
		}
	}
	if !strings.HasPrefix(read("left/bad.jsonl"), `{"format":"socklab-recording"`) {
		t.Errorf("left/bad.jsonl is\n%.80s", read("left/bad.jsonl"))
	}
	if _, err := os.Stat(filepath.Join(dir, "left/good.jsonl")); err == nil {
		t.Error("what passed left a recording, too")
	}
}

// TestBatchRepeat counts how a script ends that ends differently.
func TestBatchRepeat(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	save(t, filepath.Join(dir, "turns.txtar"), "# It speaks.\nspawn it sh -c 'mkdir "+filepath.Join(dir, "first")+" && echo one || echo two'\nexpect it '^one$'\nexited it\n")
	code, out, errors := tell(t, dir, "play", "-repeat", "3", "-parallel", "1", "turns.txtar")
	if code != 1 || !regexp.MustCompile(`(?s)turns\.txtar: passed 1 of 3 times\n  2: turns\.txtar:3: expect it: .*\n1 passed, 2 failed, 0 not judged\n$`).MatchString(out) {
		t.Errorf("%d\n%s%s", code, out, errors)
	}
}

// TestBatchUpdate lets -update rewrite a script, and refuse one whose plays differ.
func TestBatchUpdate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const changes = "# It counts its plays.\nexec sh -c 'echo >>$1; wc -l <$1' sh "
	count := filepath.Join(dir, "count")
	save(t, filepath.Join(dir, "new.txtar"), "# It speaks.\nexec echo one\ncmp stdout one.want\nexec echo two\ncmp stdout two.want\n-- two.want --\n")
	save(t, filepath.Join(dir, "turns.txtar"), changes+count+"\ncmp stdout count.want\n-- count.want --\n")
	code, out, errors := tell(t, dir, "play", "-update", "new.txtar", "turns.txtar")
	if code != 1 || errors != "socklab play: wrote into new.txtar: two.want, one.want (new)\n" ||
		!strings.Contains(out, "count.want is another in each play, and so nothing was") {
		t.Errorf("%d\n%s%s", code, out, errors)
	}
	for file, want := range map[string]string{
		"new.txtar":   "cmp stdout two.want\n-- two.want --\ntwo\n-- one.want --\none\n",
		"turns.txtar": "cmp stdout count.want\n-- count.want --\n",
	} {
		if text, err := os.ReadFile(filepath.Join(dir, file)); err != nil || !strings.HasSuffix(string(text), want) {
			t.Errorf("%s (%v) is\n%s", file, err, text)
		}
	}
}

// TestBatchContinue goes on behind a failure, and leaves the script's folder.
func TestBatchContinue(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	save(t, filepath.Join(dir, "ours.txtar"), "# It fails.\nexec false\n# It fails again.\nspawn it sh -c 'echo one >kept'\nexited it 3\n# It speaks.\nexec echo three\n")
	code, out, _ := tell(t, dir, "play", "-continue", "-keep", "ours.txtar")
	folder := regexp.MustCompile(`its folder: (\S+)\n`).FindStringSubmatch(out)
	if code != 1 || !regexp.MustCompile(`(?s)ours\.txtar:2: .*ours\.txtar:5: exited it: expected exit code 3.*# It speaks\.`).MatchString(out) || folder == nil {
		t.Fatalf("%d\n%s", code, out)
	}
	defer os.RemoveAll(filepath.Dir(folder[1]))
	if text, err := os.ReadFile(filepath.Join(folder[1], "kept")); err != nil || string(text) != "one\n" {
		t.Errorf("%q, %v", text, err)
	}
}

// TestPlayUnlike plays a script whose transcript is another.
func TestPlayUnlike(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	save(t, filepath.Join(dir, "ours.txtar"), "# It speaks.\nexec echo one\ncmp stdout want\n-- want --\ntwo\n")
	if code, out, _ := tell(t, dir, "play", "ours.txtar"); code != 1 || strings.Contains(out, "+ what should") ||
		!strings.Contains(out, "stdout is not as want\n") || !strings.Contains(out, "expected  two\ngot       one\n") {
		t.Errorf("%d\n%s", code, out)
	}
}

// TestLint reads what lint says of a folder.
func TestLint(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	save(t, filepath.Join(dir, "ours/bad.txtar"), "# Bob speaks.\nspwan bob cat\n")
	save(t, filepath.Join(dir, "ours/good.txtar"), passes)
	const want = "ours/bad.txtar:2: there is no command spwan; did you mean spawn?\n"
	if code, out, errors := tell(t, dir, "lint", "ours"); code != 1 || out != want || errors != "" {
		t.Errorf("%d\n%s%s", code, out, errors)
	}
	if code, out, errors := tell(t, dir, "lint", "ours/good.txtar"); code != 0 || out+errors != "" {
		t.Errorf("%d\n%s%s", code, out, errors)
	}
	if code, _, errors := tell(t, dir, "lint"); code != 2 || !strings.HasPrefix(errors, "socklab lint: want files or folders\nusage: ") {
		t.Errorf("%d\n%s", code, errors)
	}
}
