//go:build unix

package script_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"socklab/tools/harness/need"
	"socklab/tools/harness/recording"
	"socklab/tools/harness/script"
)

// TestRecorded plays a script and wants all of it in the recording: each depth,
// at a line of the script, on one clock.
func TestRecorded(t *testing.T) {
	t.Parallel()
	need.Skip(t, "privnet", "strace")
	const text = `needs privnet strace
packets start
spawn -syscalls echo echo-server $ADDR
expect echo listening
tap wire $ADDR DOOR
dial alice tcp $DOOR
send alice hello
expect alice 'hello hello'
eof alice
exited alice closed
exited echo
packets stop
screen nobody
`
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "all.txtar"), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	rec := recording.New()
	r := played(t, dir, "all", 0, script.Options{Recording: rec})
	if r.Verdict != script.Failed {
		t.Fatalf("%s: %s\n%s", r.Verdict, r.Reason, r.Log)
	}
	lines := strings.Split(text, "\n")
	var kinds []string
	var before int64
	for _, e := range rec.Events() {
		if e.At < before || e.Line < 1 {
			t.Errorf("%+v at line %d comes after one at %d µs", e, e.Line, before)
		}
		before = e.At
		kinds = append(kinds, e.Layer+" "+e.Kind+" "+e.Actor)
		if e.Layer == "script" && e.Kind == "begin" {
			// Variables have their values, and quotes are gone.
			if word, _, _ := strings.Cut(string(e.Text), " "); !strings.HasPrefix(lines[e.Line-1], word) {
				t.Errorf("line %d is %q; got the command %s", e.Line, lines[e.Line-1], e.Text)
			}
		}
	}
	for _, want := range []string{
		"script begin ", "script end ", "screen start echo", "screen out echo", "screen exit echo",
		"screen in alice", "screen out alice", "screen fin alice", "screen exit alice",
		"stream connect alice", "stream data alice", "stream fin alice", "packets packet alice", "syscalls call echo",
	} {
		if !slices.ContainsFunc(kinds, func(kind string) bool { return strings.HasPrefix(kind, want) }) {
			t.Errorf("no event %q: there are %q", want, kinds)
		}
	}
	if last := rec.Events()[len(kinds)-1]; string(last.Text) != "failed" || last.Line != len(lines)-1 {
		t.Errorf("the last event is %+v; want that the last command failed", last)
	}
}

// TestCommandsRecorded checks that testscript's own commands are recorded as ours
// are, with their results, and that the log shows the script's lines as they are.
func TestCommandsRecorded(t *testing.T) {
	t.Parallel()
	const head = `# First.
env NAME=value # with a comment

  [unix] exec echo $NAME
[!unix] [unix] exec no-such-program
[unix] ! stdout other
cmp stdout want
# Second.
`
	const files = "-- want --\nvalue\n"
	for _, test := range []struct{ name, last, end string }{
		{"pass", "exists want", ""},
		{"stop", "stop enough", ""},
		{"fail", "cmp stdout want2", "failed"},
		{"ours", "expect nobody text", "failed"},
		{"skip", "skip later", "skipped"},
		{"wrong", "[unix]", "failed"},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, test.name+".txtar"), []byte(head+test.last+"\n"+files), 0o666); err != nil {
			t.Fatal(err)
		}
		rec, steps := recording.New(), 0
		r := played(t, dir, test.name, 0, script.Options{Recording: rec, Verbose: true, Step: func() { steps++ }})
		var got []string
		for _, e := range rec.Events() {
			if e.Layer == "script" {
				got = append(got, fmt.Sprintf("%d %s %s", e.Line, e.Kind, e.Text))
			}
		}
		want := []string{
			"2 step First.", "2 begin env NAME=value # with a comment", "2 end ", "4 begin exec echo $NAME", "4 end ",
			"6 begin ! stdout other", "6 end ", "7 begin cmp stdout want", "7 end ",
			"9 step Second.", "9 begin " + test.last, "9 end " + test.end, "9 verdict " + string(r.Verdict),
		}
		if !slices.Equal(got, want) || steps != 2 {
			t.Errorf("%s: %d steps, got\n%s\nwant\n%s", test.name, steps, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if strings.Contains(r.Log, "line:") || !strings.Contains(r.Log, ">   [unix] exec echo $NAME\n") || !strings.Contains(r.Log, "> cmp stdout want\n") {
			t.Errorf("%s: the log is\n%s", test.name, r.Log)
		}
	}
}
