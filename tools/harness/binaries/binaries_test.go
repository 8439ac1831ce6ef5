//go:build unix

package binaries

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"socklab/tools/harness/all"
)

// greet is the program in the module that world makes.
const greet = "socklab/tools/cmd/greet"

// world makes a module of one program and changes to its folder. It sets up a new
// cache, and a go(1) that counts its starts.
func world(t *testing.T) (root string, starts func() int) {
	t.Helper()
	gocmd, err := exec.LookPath("go")
	if err != nil {
		t.Skip("go is not in PATH")
	}
	// Go's own cache stays in use.
	cache, err := exec.Command(gocmd, "env", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOCACHE", strings.TrimSpace(string(cache)))
	root = t.TempDir()
	write(t, root, "go.mod", "module socklab\n\ngo 1.26\n")
	write(t, root, "go.sum", "")
	write(t, root, "tools/cmd/greet/main.go", "package main\n\nimport \"socklab/tools/words\"\n\nfunc main() { println(words.Hello) }\n")
	write(t, root, "tools/words/words.go", "package words\n\nconst Hello = \"hello\"\n")
	write(t, root, "tools/words/words_test.go", "package words\n")
	noted := filepath.Join(t.TempDir(), "starts")
	bin := t.TempDir()
	write(t, bin, "go", "#!/bin/sh\necho >>"+noted+"\nexec "+gocmd+" \"$@\"\n")
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(home, ".cache"))
	// Else go leaves a process behind that writes there, while the folder is removed.
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(home, ".config"))
	write(t, home, ".config/go/telemetry/mode", "off")
	t.Setenv("TMPDIR", t.TempDir())
	t.Chdir(root)
	return root, func() int {
		data, _ := os.ReadFile(noted)
		return len(data)
	}
}

func write(t testing.TB, root, name, text string) {
	t.Helper()
	file := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o777); err != nil {
		t.Fatal(err)
	}
}

// says runs the program, and checks its output.
func says(t *testing.T, want string) (path string) {
	t.Helper()
	d, err := Build([]string{greet}, "")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if len(d.Paths) != 1 || filepath.Base(d.Paths[0]) != "greet" {
		t.Fatalf("got %q, want the path of greet", d.Paths)
	}
	if got := strings.Join(d.Sources, " "); !strings.Contains(got+" ", "/tools/words ") || !strings.Contains(got, "/tools/cmd/greet ") {
		t.Fatalf("built from %s, want the packages of the program", got)
	}
	out, err := exec.Command(d.Paths[0]).CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != want {
		t.Fatalf("%s: %v, %q, want %q", d.Paths[0], err, out, want)
	}
	return d.Paths[0]
}

// TestKept checks that a program is built when its sources have changed, and at no
// other time.
func TestKept(t *testing.T) {
	root, starts := world(t)
	first := says(t, "hello")
	if says(t, "hello"); starts() != 1 {
		t.Errorf("go was started %d times for one build", starts())
	}
	os.Chmod(first, 0o700)
	if err := os.WriteFile(first, []byte("# nothing\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if says(t, "hello"); starts() != 2 {
		t.Errorf("a program that somebody wrote over: go was started %d times, want 2", starts())
	}
	write(t, root, "tools/words/words_test.go", "package words\n\n// Changed.\n")
	if says(t, "hello"); starts() != 2 {
		t.Error("a test file that changed had the program built anew")
	}
	write(t, root, "tools/words/words.go", "package words\n\nconst Hello = \"hullo\"\n")
	if says(t, "hullo"); starts() != 3 {
		t.Errorf("go was started %d times for three builds", starts())
	}
	write(t, root, "tools/words/words.go", "package words\n\nconst Hello = \"hello\"\n")
	if again := says(t, "hello"); again != first || starts() != 3 {
		t.Errorf("as it was before: %s, and %d starts of go; want %s, and 3", again, starts(), first)
	}
}

// TestUnbuilt checks that nothing is built for who asks for what is kept.
func TestUnbuilt(t *testing.T) {
	root, starts := world(t)
	kept := func(paths, stale []string) {
		t.Helper()
		d, err := Kept([]string{greet})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		if !slices.Equal(d.Paths, paths) || !slices.Equal(d.Stale, stale) || len(d.Sources) == 0 {
			t.Errorf("kept: %q, not %q, from %q; want %q, not %q", d.Paths, d.Stale, d.Sources, paths, stale)
		}
	}
	kept(nil, []string{greet})
	path := says(t, "hello")
	kept([]string{path}, nil)
	write(t, root, "tools/words/words.go", "package words\n\nconst Hello = \"hullo\"\n")
	kept(nil, []string{greet})
	if starts() != 1 {
		t.Errorf("go was started %d times for one build", starts())
	}
}

// TestCalls checks what is no more than a call of a program.
func TestCalls(t *testing.T) {
	root, _ := world(t)
	const (
		good = `// Greet greets.
package main

import (
	"socklab/tools/harness/entry"
	"socklab/tools/words"
)

func main() { entry.Run(words.Main) }
`
		file     = "tools/cmd/greet/main.go"
		function = "socklab/tools/words.Main"
	)
	calls := func(what string, want bool, function string) {
		t.Helper()
		if Calls(greet, function) != want {
			t.Errorf("%s: want %v", what, want)
		}
	}
	write(t, root, file, good)
	calls("a call", true, function)
	calls("of another function", false, "socklab/tools/words.Other")
	calls("of another package", false, "socklab/tools/others.Main")
	calls("of a closure", false, function+".func1")
	calls("of a method", false, "socklab/tools/words.(*Greeter).Main")
	if Calls("socklab/tools/cmd/nobody", function) || Calls("elsewhere/cmd/greet", function) {
		t.Error("a package that is not here: want false")
	}
	for what, text := range map[string]string{
		"another line":     good + "\nfunc init() { panic(1) }\n",
		"a setting":        "//go:debug panicnil=1\n" + good,
		"a long comment":   "/*\n" + good,
		"C":                "import \"C\"\n" + good,
		"a renamed import": strings.Replace(good, "\t\"socklab/tools/words\"", "\twords \"socklab/tools/others\"", 1),
		"more in a line":   strings.Replace(good, "{ ", "{ println(); ", 1),
		"another package":  strings.Replace(good, "package main", "package words", 1),
		"nothing":          "",
	} {
		write(t, root, file, text)
		calls(what, false, function)
	}
	write(t, root, file, good)
	write(t, root, "tools/cmd/greet/main_test.go", "package main\n")
	calls("with a test", true, function)
	write(t, root, "tools/cmd/greet/more_windows.go", "package main\n")
	calls("with another file", false, function)
}

// TestReplaced checks that a program is built again when a module has changed that
// go.mod replaces by a directory.
func TestReplaced(t *testing.T) {
	all.Skip(t)
	root, starts := world(t)
	other := t.TempDir()
	write(t, other, "go.mod", "module example.com/other\n\ngo 1.26\n")
	write(t, other, "words/words.go", "package words\n\nconst Hello = \"hallo\"\n")
	write(t, root, "go.mod", "module socklab\n\ngo 1.26\n\nrequire example.com/other v0.0.0\n\nreplace example.com/other => "+other+"\n")
	write(t, root, "tools/words/words.go", "package words\n\nimport \"example.com/other/words\"\n\nconst Hello = words.Hello\n")
	says(t, "hallo")
	write(t, other, "words/words.go", "package words\n\nconst Hello = \"hej\"\n")
	if says(t, "hej"); starts() != 2 {
		t.Errorf("go was started %d times for two builds", starts())
	}
	write(t, root, "go.work", "go 1.26\n\nuse .\n")
	if _, err := Build([]string{greet}, ""); err == nil || !strings.Contains(err.Error(), "is a workspace") {
		t.Errorf("in a workspace: %v", err)
	}
}

// TestTwoAtOnce has two runs, or eight, build the same program at once, beside the
// remains of a build that was killed.
func TestTwoAtOnce(t *testing.T) {
	all.Skip(t)
	world(t)
	s, err := users("built", keep)
	if err != nil {
		t.Fatal(err)
	}
	left := s.dir + "/" + building + "left"
	write(t, left, "greet", "half")
	var runs sync.WaitGroup
	for range all.Times(8, 2) {
		runs.Go(func() {
			d, err := Build([]string{greet}, "")
			if err != nil {
				t.Error(err)
				return
			}
			defer d.Close()
			if out, err := exec.Command(d.Paths[0]).CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	runs.Wait()
	if _, err := os.Stat(left); err == nil {
		t.Errorf("%s is still there", left)
	}
}

// TestOld checks that the binaries built longest ago are removed, but none in use.
func TestOld(t *testing.T) {
	all.Skip(t)
	root, _ := world(t)
	inUse, err := Build([]string{greet}, "")
	if err != nil {
		t.Fatal(err)
	}
	defer inUse.Close()
	s, err := users("built", keep)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"1", "2", "3", "4", "5", "6"} {
		write(t, s.dir, "greet/"+key+"/greet", "")
	}
	write(t, root, "tools/words/words.go", "package words\n\nconst Hello = \"hullo\"\n")
	says(t, "hullo")
	built, _ := os.ReadDir(filepath.Join(s.dir, "greet"))
	if len(built) != keep && len(built) != keep+1 {
		t.Errorf("%d are kept, want %d and perhaps the one in use", len(built), keep)
	}
	if _, err := os.Stat(inUse.Paths[0]); err != nil {
		t.Errorf("what is in use: %v", err)
	}
}

// TestUntrusted checks that nothing is kept where others may write, or where we
// can't.
func TestUntrusted(t *testing.T) {
	for _, broken := range all.Of([]struct {
		what string
		make func(t *testing.T, cache string)
	}{
		{"the group may write", func(t *testing.T, cache string) { chmod(t, filepath.Join(cache, ourCache), 0o770) }},
		{"a symbolic link", func(t *testing.T, cache string) {
			if err := os.Symlink(t.TempDir(), filepath.Join(cache, ourCache)); err != nil {
				t.Fatal(err)
			}
		}},
		{"a file", func(t *testing.T, cache string) { write(t, cache, ourCache, "") }},
		{"no home", func(t *testing.T, cache string) {
			t.Setenv("HOME", "")
			t.Setenv("XDG_CACHE_HOME", "")
		}},
	}, 1) {
		t.Run(broken.what, func(t *testing.T) {
			world(t)
			cache := os.Getenv("XDG_CACHE_HOME")
			if err := os.MkdirAll(cache, 0o777); err != nil {
				t.Fatal(err)
			}
			broken.make(t, cache)
			path := says(t, "hello")
			if !strings.HasPrefix(path, os.TempDir()) {
				t.Errorf("it was built in %s, want it in %s", path, os.TempDir())
			}
			if left, _ := os.ReadDir(os.TempDir()); len(left) > 0 {
				t.Errorf("%s is left", left)
			}
		})
	}
}

func chmod(t *testing.T, dir string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, mode); err != nil {
		t.Fatal(err)
	}
}

// TestNone checks the errors when nothing can be built. Only an error in a source is
// a CompileError.
func TestNone(t *testing.T) {
	for _, c := range []struct {
		what   string
		make   func(t *testing.T, root string)
		want   string
		broken bool
	}{
		{"no go", func(t *testing.T, root string) { t.Setenv("PATH", t.TempDir()) }, `"go": executable file not found`, false},
		{"no sources", func(t *testing.T, root string) { t.Chdir("/") }, "there is no go.mod around the current directory", false},
		{"another module", func(t *testing.T, root string) { write(t, root, "go.mod", "module theirs\n") }, "is in no module whose sources are here", false},
		{"a library that can't be fetched", func(t *testing.T, root string) {
			write(t, root, "tools/cmd/greet/main.go", "package main\n\nimport _ \"nowhere.invalid/x\"\n\nfunc main() {}\n")
		}, "go build: exit status 1", false},
		{"no compiling", func(t *testing.T, root string) {
			write(t, root, "tools/cmd/greet/main.go", "package main\n\nfunc main() { wrong() }\n")
		}, "undefined: wrong", true},
	} {
		t.Run(c.what, func(t *testing.T) {
			root, _ := world(t)
			c.make(t, root)
			d, err := Build([]string{greet}, "")
			if err == nil {
				d.Close()
				t.Fatal("it was built")
			}
			if broken := (*CompileError)(nil); !strings.Contains(err.Error(), c.want) || errors.As(err, &broken) != c.broken {
				t.Errorf("got %T: %v, want %q (a CompileError: %v)", err, err, c.want, c.broken)
			}
		})
	}
}
