//go:build unix

package script_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"socklab/tools/harness/script"
)

// TestFailure reads the fields of a failure, and reads them again from JSON.
func TestFailure(t *testing.T) {
	dir := t.TempDir()
	text := "# One.\nspawn bob cat\n# Two.\nspawn alice printf 'hullo\\n'\nexpect alice '^hello$'\n# Three.\n"
	if err := os.WriteFile(filepath.Join(dir, "failure.txtar"), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	r := played(t, dir, "failure", 0, script.Options{})
	if r.Verdict != script.Failed || r.Failure == nil {
		t.Fatalf("%s\n%s", r.Verdict, r.Log)
	}
	f := *r.Failure
	want := script.Failure{
		Script: "failure", File: f.File, Line: 5, Step: 2, Steps: 3, Sentence: "Two.",
		Command: "expect", Subject: "alice", Kind: script.WrongBytes, Cause: "program ended, nearly right", Why: f.Why, Blamed: "alice",
		Differs: &script.Difference{Expected: "^hello$", Got: `hullo\n`, At: 1, Wanted: "ello$"},
	}
	got := f
	got.Actors = nil
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
	if len(f.Actors) != 2 || f.Actors[1].Name != "alice" || f.Actors[1].Said[1] != "hullo" {
		t.Errorf("actors: %+v", f.Actors)
	}
	if !strings.HasSuffix(r.Log, f.String()+"\n") {
		t.Errorf("the log does not end in the report:\n%s", r.Log)
	}
	data, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	var again script.Failure
	if err := json.Unmarshal(data, &again); err != nil {
		t.Fatal(err)
	}
	if again.String() != f.String() {
		t.Errorf("from JSON\n%s\nwant\n%s", &again, &f)
	}
	for _, v := range []script.View{{NoChance: true}, {NoChance: true, NoLimits: true}} {
		if text := f.Text(v); !strings.Contains(text, "alice exited 0 after TIME\n") || strings.Contains(text, "running for 0") {
			t.Errorf("%+v:\n%s", v, text)
		}
	}
}

// TestUnlike reads where two transcripts differ, which the report shows whole.
func TestUnlike(t *testing.T) {
	for got, want := range map[string]script.Difference{
		"one\ntwo\n":        {Expected: "too", Got: "two", At: 1},
		"one\n":             {Expected: "too", Got: "(no more lines)"},
		"one\ntoo\nthree\n": {Expected: "(no more lines)", Got: "three"},
		"one\nto\x1b\n":     {Expected: "too", Got: `to\x1b`, At: 2},
	} {
		dir := t.TempDir()
		text := "# One.\ncmp is should\n-- is --\n" + got + "-- should --\none\ntoo\n"
		if err := os.WriteFile(filepath.Join(dir, "unlike.txtar"), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		r := played(t, dir, "unlike", 0, script.Options{})
		if r.Failure == nil || r.Failure.Unlike == nil || !reflect.DeepEqual(*r.Failure.Unlike, want) {
			t.Errorf("%q: %+v, want %+v\n%s", got, r.Failure, want, r.Log)
		}
	}
}
