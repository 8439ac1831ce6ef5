package page

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite the member want of each case in testdata")

// TestCases checks repositories that differ a little from testdata/clean.txtar.
//
// A case's comment says how, one command a line:
//
//	replace FILE "OLD" "NEW"   (OLD stands there once)
//	append FILE "TEXT"
//	repeat FILE N "TEXT"       (FILE is TEXT, N times)
//	delete FILE
//
// Its members are further files; a script, whose markers would end a member,
// has > before each line. The member want holds the problems expected.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases:", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			repo := clean(t)
			a := parseCase(t, file)
			want := overlay(t, repo, a)
			for line := range strings.Lines(string(a.Comment)) {
				edit(t, repo, strings.TrimSpace(line))
			}
			got := report(repo)
			if got == want {
				return
			}
			if !*update {
				t.Fatalf("got:\n%s\nwant:\n%s", got, want)
			}
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			data, _, _ = bytes.Cut(data, []byte("-- want --\n"))
			data = append(data, "-- want --\n"+got...)
			if err := os.WriteFile(file, data, 0o666); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestStems(t *testing.T) {
	repo := fstest.MapFS{}
	for _, name := range []string{
		"lessons/1.10-late.md", "lessons/1.9-early.md", "lessons/README.md", "lessons/1.1.md",
		"testdata/scripts/1.9-early.txtar", "testdata/scripts/10.1-last.txtar", "testdata/scripts/2.1-two.txtar",
	} {
		repo[name] = &fstest.MapFile{}
	}
	got := strings.Join(Stems(repo), " ")
	if want := "1.9-early 1.10-late 2.1-two 10.1-last"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestHostile checks files of the wrong kind, size or content.
func TestHostile(t *testing.T) {
	page, source, script := "lessons/1.1-echo.md", "tools/echo/server.go", "testdata/scripts/1.1-echo.txtar"
	for _, test := range []struct {
		name, file string
		data       []byte
		mode       fs.FileMode
		want       string
	}{
		{"huge lesson", page, make([]byte, maxSize+1), 0, "has 1048577 bytes"},
		{"long lesson", page, bytes.Repeat([]byte("> "), 1<<15+1), 0, "has 65538 bytes"},
		{"huge source", source, make([]byte, maxSize+1), 0, "has 1048577 bytes"},
		{"huge script", script, make([]byte, maxSize+1), 0, "has 1048577 bytes"},
		{"binary lesson", page, []byte("# 1.1 x\n\x00"), 0, "isn't text: byte 8 is 0"},
		{"binary source", source, []byte("a\xff"), 0, "isn't text: byte 1, 0xff, isn't UTF-8"},
		{"binary script", script, []byte("# a\n\x00"), 0, "isn't text: byte 4 is 0"},
		{"marker without a name", script, []byte("# a\n-- --\r\n"), 0, "line 2 of testdata/scripts/1.1-echo.txtar is -- --"},
		{"byte order mark", page, []byte("\ufeff# 1.1 x\n"), 0, "begins with a byte order mark"},
		{"empty lesson", page, nil, 0, "doesn't begin with its title"},
		{"empty source", source, nil, 0, "nothing in tools/echo/server.go is like line 1"},
		{"empty script", script, nil, 0, "0 command lines"},
		{"directory", page, nil, fs.ModeDir, "is a directory"},
		{"pipe", source, nil, fs.ModeNamedPipe, "isn't a regular file"},
		{"no index", "lessons/README.md", nil, fs.ModeDir, "is a directory"},
	} {
		t.Run(test.name, func(t *testing.T) {
			repo := clean(t)
			repo[test.file] = &fstest.MapFile{Data: test.data, Mode: test.mode}
			if got := report(repo); !strings.Contains(got, test.want) {
				t.Errorf("got:\n%s\nwant it to contain %q", got, test.want)
			}
		})
	}
	if got := report(fstest.MapFS{}); !strings.Contains(got, "no such directory") {
		t.Errorf("an empty repository: got:\n%s", got)
	}
	if got := fmt.Sprint(Check(clean(t), "9.9-none")); !strings.Contains(got, "neither this lesson nor its script exists") {
		t.Errorf("a stem of nothing: got:\n%s", got)
	}
}

// FuzzCheck checks that no lesson and no script makes the checks panic, and
// that every problem is in a line that exists.
func FuzzCheck(f *testing.F) {
	repo := clean(f)
	page, script := "lessons/1.1-echo.md", "testdata/scripts/1.1-echo.txtar"
	f.Add(repo[page].Data, repo[script].Data)
	f.Add([]byte("# 1.1\n```go file=tools/echo/server.go\n"), []byte("# '\n-- a --\n"))
	f.Add([]byte("- ```sh\n  go test -run '[/' \\"), []byte("-- a --\n-- a --"))
	f.Add([]byte("[](%zz) ![x](../..) `tools/[`\n\n> ~~~txtar file=1.1-echo/x\n"), []byte("\r"))
	f.Fuzz(func(t *testing.T, lesson, archive []byte) {
		repo := clean(t)
		repo[page] = &fstest.MapFile{Data: lesson}
		repo[script] = &fstest.MapFile{Data: archive}
		repo["README.md"] = &fstest.MapFile{Data: lesson}
		for _, p := range append(CheckIndex(repo), Check(repo, "1.1-echo")...) {
			file := repo[p.File]
			if file == nil || p.Message == "" {
				t.Fatalf("no such file, or no message: %v", p)
			}
			if n := 1 + bytes.Count(file.Data, []byte("\n")); p.Line < 0 || p.Line > n {
				t.Errorf("%s has %d lines: %v", p.File, n, p)
			}
		}
	})
}

func report(repo fs.FS) string {
	var b strings.Builder
	for _, p := range CheckIndex(repo) {
		fmt.Fprintln(&b, p)
	}
	for _, stem := range Stems(repo) {
		for _, p := range Check(repo, stem) {
			fmt.Fprintln(&b, p)
		}
	}
	return b.String()
}

func clean(t testing.TB) fstest.MapFS {
	repo := fstest.MapFS{}
	overlay(t, repo, parseCase(t, "testdata/clean.txtar"))
	return repo
}

func parseCase(t testing.TB, file string) *txtar.Archive {
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// overlay adds a's members to repo and returns the one called want.
func overlay(t testing.TB, repo fstest.MapFS, a *txtar.Archive) (want string) {
	for _, f := range a.Files {
		if f.Name == "want" {
			want = string(f.Data)
			continue
		}
		if path.Ext(f.Name) == scriptExt {
			data, err := txtar.Unquote(f.Data)
			if err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
			f.Data = data
		}
		repo[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	return want
}

// edit runs one command of a case.
func edit(t *testing.T, repo fstest.MapFS, command string) {
	if command == "" || strings.HasPrefix(command, "#") {
		return
	}
	var verb, file string
	if _, err := fmt.Sscan(command, &verb, &file); err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	_, rest, _ := strings.Cut(command, file)
	if repo[file] == nil {
		if verb != "repeat" {
			t.Fatalf("%s: no such file", command)
		}
		repo[file] = &fstest.MapFile{}
	}
	data := repo[file].Data
	var before, after string
	var n int
	var err error
	switch verb {
	case "replace":
		_, err = fmt.Sscanf(rest, " %q %q", &before, &after)
		if n := bytes.Count(data, []byte(before)); n != 1 {
			t.Fatalf("%s: %q stands there %d times", command, before, n)
		}
		data = bytes.Replace(data, []byte(before), []byte(after), 1)
	case "append":
		_, err = fmt.Sscanf(rest, " %q", &after)
		data = append(bytes.Clone(data), after...)
	case "repeat":
		_, err = fmt.Sscanf(rest, " %d %q", &n, &after)
		data = bytes.Repeat([]byte(after), n)
	case "delete":
		delete(repo, file)
		return
	default:
		err = fmt.Errorf("no such command")
	}
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	repo[file] = &fstest.MapFile{Data: data}
}
