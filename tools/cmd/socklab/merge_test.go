//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"socklab/tools/harness/all"
	"socklab/tools/harness/testexec"
)

// TestMerge grades a class in one run and in two parts, and has merge put these
// together: all that it says and writes is the same.
func TestMerge(t *testing.T) {
	all.Skip(t)
	t.Parallel()
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	save(t, in("hidden/talk.txtar"), talk)
	program(t, in("alice/echo_server"), "#!/bin/sh\necho 'listening on 127.0.0.1:8000'\n")
	program(t, in("x/bob/echo_server"), wrong)
	program(t, in("y/bob/echo_server"), right)
	students := []string{"alice", "x/bob", "y/bob"}
	reports := func(name string) []string {
		return []string{"-v", "-csv", name + ".csv", "-junit", name + ".xml", "-html", name}
	}
	grade := func(args ...string) (int, string, string) {
		args = append([]string{"grade", "-lessons", "1.1", "-hidden", "hidden", "-words", "7", "-programs", "echo-server", "-timeout", "20s"}, args...)
		return tell(t, dir, append(args, students...)...)
	}
	code, want, errors := grade(reports("whole")...)
	if code != 1 || !strings.Contains(want, "x/bob") {
		t.Fatalf("%d\n%s%s", code, want, errors)
	}
	merge := func(args ...string) (int, string, string) { return tell(t, dir, append([]string{"merge"}, args...)...) }
	for k := range 2 {
		shard := fmt.Sprintf("%d/2", k+1)
		part := fmt.Sprintf("part%d", k)
		if code, out, errors := grade("-shard", shard, "-part", part); code != 0 {
			t.Errorf("%s: %d\n%s%s", shard, code, out, errors)
		}
		if k == 0 { // without the other
			code, out, errors := merge("part0")
			if code != 1 || !strings.Contains(errors, "part 2 of 2 is missing: grade it with -shard 2/2") || !regexp.MustCompile(`(?m)^x/bob +not judged: part 2 of 2 is missing`).MatchString(out) {
				t.Errorf("%d\n%s%s", code, out, errors)
			}
		}
	}
	code, got, errors := merge(append(reports("merged"), "part0", "part1")...)
	if code != 1 || anyTime(got) != anyTime(want) {
		t.Errorf("%d, want\n%s\ngot\n%s%s", code, want, got, errors)
	}
	var pages int
	for _, name := range append([]string{"whole.csv", "whole.xml"}, pagesOf(t, in("whole"))...) {
		a, err1 := os.ReadFile(in(name))
		b, err2 := os.ReadFile(in(strings.Replace(name, "whole", "merged", 1)))
		if err1 != nil || err2 != nil {
			t.Error(err1, err2)
		}
		if strings.HasPrefix(filepath.Base(name), "1-1-") { // the film has times
			pages++
			if len(b) < 1000 {
				t.Errorf("%s: %d bytes", name, len(b))
			}
		} else if anyTime(string(a)) != anyTime(string(b)) {
			t.Errorf("%s differs: want\n%s\ngot\n%s", name, a, b)
		}
	}
	if len(pagesOf(t, in("whole"))) != len(pagesOf(t, in("merged"))) || pages == 0 {
		t.Errorf("%d pages, want %d; %d films", len(pagesOf(t, in("merged"))), len(pagesOf(t, in("whole"))), pages)
	}

	// One student, and the place of a pod.
	students = students[2:]
	pod := func(index string) (int, string) {
		cmd := testexec.Command(t, "grade", "-hidden", "hidden", "-shard", "job/1", "-part", "pod", "y/bob")
		cmd.Dir, cmd.Env = dir, append(cmd.Env, "JOB_COMPLETION_INDEX="+index)
		out, _ := cmd.CombinedOutput()
		return cmd.ProcessState.ExitCode(), string(out)
	}
	for _, test := range all.Of([][2]string{{"", `want it in JOB_COMPLETION_INDEX, from 0; it is ""`}, {"x", `it is "x"`}, {"-1", `it is "-1"`}, {"1", "it is 2/1"}}, 1) {
		if code, out := pod(test[0]); code != 2 || !strings.Contains(out, test[1]) {
			t.Errorf("%q: %d\n%s", test[0], code, out)
		}
	}
	if code, out := pod("0"); code != 0 {
		t.Errorf("%d\n%s", code, out)
	}
	if code, out, errors := merge("-gradescope", "r.json", "pod"); code != 0 || out != "student  talk\nbob      2/2\n" {
		t.Errorf("%d\n%s%s", code, out, errors)
	}
	if text, err := os.ReadFile(in("r.json")); err != nil || !strings.Contains(string(text), `"score": 2`) {
		t.Errorf("%v %s", err, text)
	}

	// What can't be put together.
	save(t, in("bad/part-1-of-1.json"), `{"K":2,"N":1}`)
	save(t, in("short/part-1-of-1.json"), `{"K":1,"N":1,"Students":["a"],"Rows":[]}`)
	save(t, in("none/part-1-of-1.json"), "none")
	page := fmt.Sprintf(`{"K":1,"N":1,"Columns":[{"Name":"c"}],"Steps":[1],"Students":["a"],"Rows":[[{"cell":{"Plays":[{"verdict":"failed","page":%q}]},"logs":[""]}]]}`, "../../alice/echo_server")
	save(t, in("out/part-1-of-1.json"), page)
	os.Mkdir(in("empty"), 0o777)
	for _, test := range all.Of([]struct {
		args string
		code int
		says string
	}{
		{"part0 pod", 3, "they were split differently"},
		{"-html h out", 1, `"../../alice/echo_server" is no page`},
		{"", 2, "want the folders of grade's -part"},
		{"empty", 3, "there is no part in empty"},
		{"nowhere", 3, "no such file"},
		{"bad", 3, "it is part 2 of 1"},
		{"short", 3, "it has 0 students, want 1"},
		{"none", 3, "is no part of grade's"},
		{"part0 part0", 3, "part 1 of 2 is there twice"},
		{"-gradescope r.json part0 part1", 2, "one at a time"},
	}, 2) {
		if code, out, errors := merge(strings.Fields(test.args)...); code != test.code || !strings.Contains(errors, test.says) {
			t.Errorf("merge %s: %d, want %d\n%s%s", test.args, code, test.code, out, errors)
		}
	}
	if !all.Asked() {
		return
	}
	for name, change := range map[string][2]string{"their students differ": {`"x/bob"`, `"x/bill"`}, "lessons, programs, limits or scripts differ": {`"By":"`, `"By":"0`}} {
		text, err := os.ReadFile(in("part1/part-2-of-2.json"))
		if err != nil {
			t.Fatal(err)
		}
		save(t, in("other/part-2-of-2.json"), strings.ReplaceAll(string(text), change[0], change[1]))
		if code, out, errors := merge("part0", "other"); code != 3 || !strings.Contains(strings.Join(strings.Fields(errors), " "), name) {
			t.Errorf("%s: %d\n%s%s", name, code, out, errors)
		}
	}
}

var times = regexp.MustCompile(`[0-9.]+ ?(µs|ms|s\b)|(time|timestamp)="[^"]*"|127\.[0-9.]+:[0-9]+`)

// anyTime is a text without the times in it, and the addresses, which are others each time
// where networks are not private.
func anyTime(text string) string { return times.ReplaceAllString(text, "TIME") }

// pagesOf are the files in a folder, by their names below the folder's.
func pagesOf(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.Walk(dir, func(file string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			name, _ := filepath.Rel(filepath.Dir(dir), file)
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return names
}
