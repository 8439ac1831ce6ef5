package progress

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"socklab/tools/course/path"
	"socklab/tools/harness/testexec"
)

// TestMain is also the process that adds entries, for TestTwoAtOnce.
func TestMain(m *testing.M) {
	testexec.Main(m, func() {
		for i := range each {
			if err := Add(os.Args[1], Entry{fmt.Sprintf("%s.%d", os.Args[2], i+1), Passed, time.Now(), "0123"}); err != nil {
				fmt.Println(err)
				os.Exit(1)
			}
		}
	})
}

const each = 20 // entries of each process

// TestTwoAtOnce has processes and goroutines write at once, while somebody reads.
func TestTwoAtOnce(t *testing.T) {
	dir := t.TempDir()
	var all sync.WaitGroup
	for part := range 3 {
		all.Go(func() {
			if out, err := testexec.Command(t, dir, fmt.Sprint(part+1)).CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	over := make(chan struct{})
	go func() { all.Wait(); close(over) }()
	for before, done := 0, false; !done; {
		select {
		case <-over:
			done = true
		default:
		}
		p, err := Read(dir)
		if err != nil || len(p.Notes) > 0 || len(p.entries) < before {
			t.Fatalf("a reader finds %d entries after %d, %v, %v", len(p.entries), before, p.Notes, err)
		}
		before = len(p.entries)
	}
	if p, _ := Read(dir); len(p.entries) != 3*each {
		t.Errorf("%d entries, want %d", len(p.entries), 3*each)
	}
	files, _ := filepath.Glob(filepath.Join(dir, Folder, ".*-*"))
	if len(files) > 0 {
		t.Errorf("left behind: %q", files)
	}
}

// TestByHand has a file that a person has changed.
func TestByHand(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, File)
	os.Mkdir(filepath.Dir(file), 0o777)
	const text = "# my notes\n1.10 passed 2026-01-02T03:04:05Z aa\nwhat is this?\n1.2 failed yesterday bb\n\n1.9 passed 2026-01-02T03:04:05+02:00 cc\n"
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	day := time.Date(2026, 2, 3, 4, 5, 6, 7, time.UTC)
	if err := Add(dir, Entry{"1.9", Failed, day, "dd"}, Entry{"1.10", Passed, day, "ee"}, Entry{"1.10", Passed, day.Add(-time.Hour), "late"}); err != nil {
		t.Fatal(err)
	}
	const want = head + "# my notes\nwhat is this?\n1.2 failed yesterday bb\n\n" +
		"1.9 passed 2026-01-02T01:04:05Z cc\n1.9 failed 2026-02-03T04:05:06Z dd\n1.10 passed 2026-02-03T04:05:06Z ee\n"
	if got, err := os.ReadFile(file); string(got) != want {
		t.Errorf("%v: got\n%s\nwant\n%s", err, got, want)
	}
	p, err := Read(dir)
	if err != nil || len(p.Notes) != 2 || !strings.Contains(p.Notes[0], `progress.txt:3: expected LESSON RESULT DATE SCRIPT, got "what is this?"`) {
		t.Errorf("%q %v", p.Notes, err)
	}
	if err := Moved(dir, "1.9", "cc", "ff"); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(file); !strings.Contains(string(got), "05Z ff\n") || !strings.Contains(string(got), "06Z dd\n") {
		t.Errorf("moved:\n%s", got)
	}
	for _, n := range []int{1, 2} {
		if err := SetHints(dir, "1.9", n); err != nil {
			t.Fatal(err)
		}
		if p, err := Read(dir); err != nil || p.Hints("1.9") != n || p.Hints("1.10") != 0 || p.State(path.Lesson{Number: "1.9"}, "ff").Last != Failed {
			t.Errorf("%d hints: %+v %v", n, p, err)
		}
	}
	os.WriteFile(file, make([]byte, maxSize+1), 0o666)
	if err := Add(dir, Entry{"1.1", Passed, day, "aa"}); err == nil || !strings.Contains(err.Error(), "expected 1048576 bytes at most") {
		t.Error(err)
	}
}

func TestReadOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(dir, nil, 0o666); err != nil { // root writes to folders that forbid it
		t.Fatal(err)
	}
	if err := Add(dir, Entry{"1.1", Passed, time.Now(), "aa"}); err == nil || !strings.HasPrefix(err.Error(), "keep the progress: mkdir ") {
		t.Error(err)
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	root := fstest.MapFS{"lessons/README.md": {Data: []byte("## 1 A\n- [1.1 B](1.1-b.md)\n- [1.2 C](1.2-c.md)\n- [1.3 D](1.3-d.md)\n- [1.4 E](1.4-e.md)\n")}}
	for _, stem := range []string{"1.1-b", "1.2-c", "1.3-d", "1.4-e"} {
		root["testdata/scripts/"+stem+".txtar"] = &fstest.MapFile{Data: []byte(stem)}
	}
	day := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
	next := func(want string) *Course {
		t.Helper()
		c, err := Load(dir, root)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if c.Next != nil {
			got = c.Next.Number
		}
		if got != want {
			t.Errorf("next is %q, want %q", got, want)
		}
		return c
	}
	next("1.1")
	add := func(lesson string, r Result, at time.Duration, script string) {
		t.Helper()
		if err := Add(dir, Entry{lesson, r, day.Add(at), path.Hash([]byte(script))}); err != nil {
			t.Fatal(err)
		}
	}
	add("1.1", Passed, 0, "1.1-b")
	add("1.1", Failed, time.Hour, "1.1-b")
	next("1.2")
	add("1.2", NotJudged, 0, "1.2-c")
	add("1.3", Passed, 0, "as it was")
	c := next("1.3")
	if l := c.Lessons(); l[0].Mark != Done || l[0].Last != Failed || l[1].Mark != Open || l[2].Mark != Changed || l[3].Mark != Open || c.Parts[0].Done() != 1 {
		t.Errorf("%+v", l)
	}
	add("1.2", Failed, time.Hour, "1.2-c")
	next("1.2")
	for _, l := range []string{"1.2-c", "1.3-d", "1.4-e"} {
		add(l[:3], Passed, 2*time.Hour, l)
	}
	next("")
	delete(root, "testdata/scripts/1.4-e.txtar")
	if _, err := Load(dir, root); err == nil {
		t.Error("no error without a script")
	}
}
