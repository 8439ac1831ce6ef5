package doctor

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestExamine checks a machine without programs, and a checkout of three lessons.
func TestExamine(t *testing.T) {
	root := t.TempDir()
	for file, text := range map[string]string{
		"testdata/scripts/1.1-echo.txtar": "spawn a echo-server\n",
		"testdata/scripts/1.2-deep.txtar": "# It is deep.\nneeds strace\n",
		"testdata/scripts/1.3-far.txtar":  "needs python3 strace\n",
		"testdata/survive/a.txtar":        "needs python3\n",
		"tools/guests/echo/server.py":     "print()\n",
		"tools/guests/echo/server.sh":     "# needs: ncat\n",
		"tools/guests/echo/__pycache__/x": "",
	} {
		file = filepath.Join(root, file)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", "/nowhere")
	r, err := Examine(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	if r.Lessons != 3 || r.Playable != 1 {
		t.Errorf("%d of %d lessons can be played, want 1 of 3", r.Playable, r.Lessons)
	}
	r.System = "test/test"
	want := `This machine: test/test.
1 of 3 lessons can be played.

Lacks:
  strace: costs lessons 1.2 1.3
  python3: costs lesson 1.3, 1 script, 1 guest
  bash, ncat: costs 2 guests
sudo apt-get install strace python3 bash ncat
What lacks something is skipped: ok doesn't say so, go test -v does, and why.
`
	if got := r.Text(80); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestScreenful checks that the report fits a screen, on a machine with hardly
// anything, for our own checkout.
func TestScreenful(t *testing.T) {
	t.Setenv("PATH", "/nowhere")
	r, err := Examine(os.DirFS("../../.."))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Lacks) == 0 || r.Lessons < 30 {
		t.Fatalf("%d lessons, and nothing lacks: %v", r.Lessons, r.Lacks)
	}
	for _, width := range []int{40, 80} {
		text := r.Text(width)
		lines := strings.Split(text, "\n")
		if width == 80 && len(lines) > 24 {
			t.Errorf("%d lines:\n%s", len(lines), text)
		}
		for _, line := range lines {
			if len(line) > width && !strings.Contains(line, "-> ") && !strings.HasPrefix(line, "sudo ") {
				t.Errorf("in %d columns, %d: %s", width, len(line), line)
			}
		}
		if strings.ContainsFunc(text, func(c rune) bool { return c < ' ' && c != '\n' }) {
			t.Errorf("control characters: %q", text)
		}
	}
	if !slices.ContainsFunc(r.Lacks, func(l Lack) bool { return slices.Contains(l.Lessons, "7.2") }) {
		t.Errorf("7.2 needs strace, and there is none: %+v", r.Lacks)
	}
}

func TestSpans(t *testing.T) {
	const want = "1.1 1.2 3.9-3.11 6.1 7.2"
	if got := strings.Join(spans([]string{"1.1", "1.2", "3.9", "3.10", "3.11", "6.1", "7.2"}), " "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
