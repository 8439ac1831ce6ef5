//go:build unix

package check

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/charmbracelet/x/ansi"

	"socklab/tools/course/path"
	"socklab/tools/harness/need"
	"socklab/tools/harness/script"
)

func failing(change func(*script.Failure)) Outcome {
	f := &script.Failure{File: "testdata/scripts/1.1-echo.txtar", Line: 11, Step: 2, Steps: 5, Sentence: "The client says a name.",
		Command: "expect", Subject: "client", Kind: script.WrongBytes, Page: `lessons/1.1-echo.md, "What happened"`,
		Differs: &script.Difference{Expected: "^hello baihuixin$", Got: `hullo baihuixin\n`, At: 1, Wanted: "ello baihuixin$"}}
	f.Why.UnmarshalText([]byte("client exited 0"))
	if change != nil {
		change(f)
	}
	return Outcome{Failure: f}
}

func TestBrief(t *testing.T) {
	const want = `step 2 of 5: The client says a name.
expect client: wrong bytes: client exited 0

expected  ^hello baihuixin$
got       hullo baihuixin\n
           ^ wanted ello baihuixin$

testdata/scripts/1.1-echo.txtar:11; read lessons/1.1-echo.md, "What happened"
`
	if got := failing(nil).Brief(80); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	bytes := failing(func(f *script.Failure) {
		f.Differs.Hints = []string{"b'...' is how Python writes bytes: decode() makes text of them, before it is printed or sent"}
		f.Errno = "ECONNRESET: the other side dropped the connection, or closed with something unread in its buffer"
	})
	for _, width := range []int{40, 80} {
		got := bytes.Brief(width)
		if words := strings.Join(strings.Fields(got), " "); strings.Contains(got, "…") || !strings.Contains(words, bytes.Failure.Differs.Hints[0]) || !strings.Contains(words, bytes.Failure.Errno) {
			t.Errorf("%d columns: advice is cut\n%s", width, got)
		}
	}
	long := strings.Repeat("x", 300)
	for name, o := range map[string]Outcome{
		"everything long": failing(func(f *script.Failure) {
			f.Sentence, f.Errno = strings.Repeat("word ", 90), strings.Repeat("errno ", 90)
			f.Why.UnmarshalText([]byte(strings.Repeat("why ", 200)))
			f.Differs = &script.Difference{Expected: long, Got: long + "y", At: 200, Wanted: long, Hints: []string{long, long, long}}
			f.Notes = []script.Phrase{f.Why, f.Why}
		}),
		"hostile": failing(func(f *script.Failure) {
			f.Differs.Got, f.Sentence = "\x1b[2Jx", "\x1b]0;x\a"
			f.Notes = []script.Phrase{{}}
			f.Notes[0].UnmarshalText([]byte("\x1b[2J"))
		}),
		"transcripts": failing(func(f *script.Failure) {
			f.Differs, f.Unlike = nil, &script.Difference{Expected: "same " + long, Got: "same " + long + "z", At: 305}
		}),
		"compiler": {Report: strings.Repeat("line\n", 100), Reason: "x does not compile"},
		"no words": {Reason: "x"},
	} {
		for _, width := range []int{20, 40, 80} {
			got := o.Brief(width)
			lines := strings.Split(strings.TrimSuffix(got, "\n"), "\n")
			if len(lines) > BriefLines {
				t.Errorf("%s: %d lines, want %d at most\n%s", name, len(lines), BriefLines, got)
			}
			for _, line := range lines {
				if w := ansi.StringWidth(line); w > width {
					t.Errorf("%s at %d: %d columns: %q", name, width, w, line)
				}
			}
			if strings.Contains(got, "\x1b") || strings.Contains(got, "\a") {
				t.Errorf("%s: %q", name, got)
			}
			if at := strings.Index(got, "^"); name == "transcripts" && width == 80 && (at < 0 || !strings.Contains(got, "z\n")) {
				t.Errorf("the place where they differ is cut off\n%s", got)
			}
		}
	}
}

func TestText(t *testing.T) {
	const text = "# One.\nspawn a echo-server x\n#no step\n# Two.\nexec echo-client-2\n-- x --\n# Three.\nhttp-get\n"
	var programs []script.Program
	for _, name := range []string{"http-get", "echo-client", "echo-server"} {
		programs = append(programs, script.Program{Name: name})
	}
	if n := Steps([]byte(text)); n != 2 {
		t.Errorf("%d steps", n)
	}
	if got := Starts([]byte(text), programs); !slices.Equal(got, []string{"echo-server"}) {
		t.Errorf("it starts %q", got)
	}
}

// TestBroken has lessons that start a program which does not compile, and one that
// can't be read.
func TestBroken(t *testing.T) {
	lessons := []path.Lesson{{Number: "1.1", Stem: "1.1-a"}, {Number: "1.2", Stem: "1.2-b"}, {Number: "1.3", Stem: "1.3-c"}}
	c := Checker{
		Root: fstest.MapFS{
			"testdata/scripts/1.1-a.txtar": {Data: []byte("# One.\nspawn a echo-server\n")},
			"testdata/scripts/1.3-c.txtar": {Data: []byte("# One.\nspawn a echo-server\nspawn b echo-client\n")},
		},
		Options: script.Options{Programs: []script.Program{{Name: "echo-server"}, {Name: "echo-client"}}},
		Broken:  map[string]string{"echo-server": "x.go:1: no\x1b[2J\n", "echo-client": "x.go:1: no\x1b[2J\n"},
	}
	var all []Outcome
	c.Run(t.Context(), lessons, func(o Outcome) { all = append(all, o) })
	if len(all) != 3 || all[0].Reason != "echo-server does not compile" || all[2].Reason != "echo-server and echo-client do not compile" || all[2].Report != all[0].Report {
		t.Fatalf("%+v", all)
	}
	if all[0].Verdict != script.Failed || all[0].Report != "x.go:1: no␛[2J\n" || all[0].Steps != 1 || all[1].Verdict != script.NotJudged || !strings.HasPrefix(all[1].Reason, "read the script: ") {
		t.Errorf("%+v", all)
	}
}

// TestBuild builds programs of a module, of which one does not compile.
func TestBuild(t *testing.T) {
	need.Skip(t, "go")
	dir := t.TempDir()
	var programs []script.Program
	for file, text := range map[string]string{
		"go.mod":          "module socklab\n\ngo 1.26\n",
		"cmd/fine/x.go":   "package main\n\nfunc main() {}\n",
		"cmd/wrong/x.go":  "package main\n\nfunc main() { x }\n",
		"cmd/wrong2/x.go": "package main\n\nfunc main() { y }\n",
	} {
		os.MkdirAll(filepath.Dir(filepath.Join(dir, file)), 0o777)
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if name, ok := strings.CutPrefix(filepath.Dir(file), "cmd/"); ok {
			programs = append(programs, script.Program{Name: name, Package: "socklab/cmd/" + name})
		}
	}
	t.Chdir(dir)
	if cache, err := os.UserCacheDir(); err == nil && os.Getenv("GOCACHE") == "" {
		t.Setenv("GOCACHE", filepath.Join(cache, "go-build"))
	}
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	b := Build(programs, t.TempDir())
	defer b.Close()
	if len(b.Paths) != 1 || filepath.Base(b.Paths[0]) != "fine" || !strings.Contains(b.Broken["wrong"], "undefined: x") || !strings.Contains(b.Broken["wrong2"], "undefined: y") {
		t.Errorf("%+v", b)
	}
	notes := t.TempDir()
	if err := b.Leave(notes); err != nil {
		t.Fatal(err)
	}
	if again, err := Find(notes); err != nil || !slices.Equal(again.Paths, b.Paths) || len(again.Broken) != 2 {
		t.Errorf("%+v %v", again, err)
	}
	if _, err := Find(t.TempDir()); err == nil {
		t.Error("no error where nothing was left")
	}
}
