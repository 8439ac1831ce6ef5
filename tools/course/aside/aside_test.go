package aside

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"socklab/tools/harness/need"
)

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func text(t *testing.T, dir, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func repository(t *testing.T) string {
	need.Skip(t, "git")
	dir := t.TempDir()
	write(t, dir, "tools/a.go", "one\n")
	write(t, dir, "tools/b.go", "two\n")
	write(t, dir, "tools/c.go", "three\n")
	os.Chmod(filepath.Join(dir, "tools/b.go"), 0o755)
	for _, args := range [][]string{{"init", "-q"}, {"add", "."}, {"-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qm", "x"}} {
		if out, err := exec.Command("git", append([]string{"-C", dir}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("git %q: %v %s", args, err, out)
		}
	}
	return dir
}

func TestReset(t *testing.T) {
	dir := repository(t)
	files := []string{"tools/a.go", "tools/b.go", "tools/c.go", "tools/mine.go"}
	if done, err := Reset(dir, "1.1", files, Committed(dir)); err != nil || len(done) != 0 {
		t.Fatalf("%+v %v", done, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "mine")); err == nil {
		t.Error("it makes a folder for nothing")
	}
	var kept []string
	for _, change := range []string{"my one\n", "my other one\n"} {
		write(t, dir, "tools/a.go", change)
		write(t, dir, "tools/b.go", change)
		write(t, dir, "tools/mine.go", "not in git\n")
		os.Remove(filepath.Join(dir, "tools/c.go"))
		done, err := Reset(dir, "1.1", files, Committed(dir))
		if err != nil || len(done) != 3 || done[2].Kept != "" || !strings.HasPrefix(done[0].Kept, "mine/kept/1.1-20") {
			t.Fatalf("%+v %v", done, err)
		}
		kept = append(kept, done[0].Kept)
		if a, mine := text(t, dir, done[0].Kept), text(t, dir, "tools/mine.go"); a != change || mine != "not in git\n" {
			t.Errorf("kept %q, and beside it %q", a, mine)
		}
		for name, want := range map[string]string{"tools/a.go": "one\n", "tools/b.go": "two\n", "tools/c.go": "three\n"} {
			if got := text(t, dir, name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
	}
	if text(t, dir, kept[0]) != "my one\n" {
		t.Error("what was kept first is gone")
	}
	if info, err := os.Stat(filepath.Join(dir, "tools/b.go")); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("%v %v", info, err)
	}
}

// TestNotKept has no place for what is the learner's: nothing is put back.
func TestNotKept(t *testing.T) {
	dir := repository(t)
	write(t, dir, "tools/a.go", "mine\n")
	write(t, dir, "mine", "a file")
	if _, err := Reset(dir, "1.1", []string{"tools/a.go"}, Committed(dir)); err == nil || !strings.HasPrefix(err.Error(), "a folder for what is yours: ") {
		t.Error(err)
	}
	if got := text(t, dir, "tools/a.go"); got != "mine\n" {
		t.Errorf("%q", got)
	}
	none := t.TempDir()
	if _, err := Reset(none, "1.1", []string{"tools/a.go"}, Committed(none)); err == nil || !strings.HasPrefix(err.Error(), "git ls-tree: ") {
		t.Error(err)
	}
}
