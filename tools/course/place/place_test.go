package place

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"socklab/tools/course/path"
)

// TestCarried compares what the binary carries with the repository.
func TestCarried(t *testing.T) {
	root := os.DirFS("../../..")
	course, err := path.Read(Carried)
	if err != nil {
		t.Fatal(err)
	}
	files := []string{"tools/echo/server.go", "tools/guests/echo/server.py"}
	for _, l := range course.Lessons() {
		files = append(files, l.Page(), l.Script())
	}
	for _, file := range files {
		want, err := fs.ReadFile(root, file)
		got, wrong := fs.ReadFile(Carried, file)
		if err != nil || wrong != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v %v, or it differs", file, err, wrong)
		}
	}
	for _, file := range []string{"", "lessons", "go.mod", "lessons/../go.mod", "lessons/none.md"} {
		if text, err := fs.ReadFile(Carried, file); err == nil {
			t.Errorf("%q: %q", file, text)
		}
	}
}

func TestLay(t *testing.T) {
	dir := t.TempDir()
	if at := Around(dir); at.Dir != "" || at.Checkout || at.Files == nil {
		t.Errorf("nowhere: %+v", at)
	}
	first, err := Lay(dir)
	if err != nil || first.New < 100 || len(first.Kept) > 0 {
		t.Fatalf("%+v %v", first, err)
	}
	if at := Around(filepath.Join(dir, "tools/guests")); at.Dir != dir || at.Checkout {
		t.Errorf("laid out: %+v", at)
	}
	page := filepath.Join(dir, "lessons/1.1-echo.md")
	text, err := os.ReadFile(page)
	if err != nil || !strings.Contains(string(text), "\nsocklab tool echo-server\n") || strings.Contains(string(text), "go tool") {
		t.Errorf("%v\n%s", err, text)
	}
	if is, err := Original("lessons/1.1-echo.md"); err != nil || !bytes.Equal(is, text) {
		t.Errorf("the original differs from what was laid out (%v)", err)
	}
	if is, err := Original("lessons/none.md"); is != nil || err != nil {
		t.Errorf("%q %v", is, err)
	}
	// What somebody has written stays, what they have deleted comes back.
	if err := os.WriteFile(page, []byte("mine"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "lessons/README.md")); err != nil {
		t.Fatal(err)
	}
	again, err := Lay(dir)
	if err != nil || again.New != 1 || !slices.Equal(again.Kept, []string{"lessons/1.1-echo.md"}) {
		t.Errorf("%+v %v", again, err)
	}
	if text, _ := os.ReadFile(page); string(text) != "mine" {
		t.Errorf("it is %q now", text)
	}
}

// TestLayCheckout asks for the course in a checkout, which has it.
func TestLayCheckout(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module socklab\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	below := filepath.Join(dir, "mine/course")
	if at := Around(below); at.Dir != dir || !at.Checkout {
		t.Errorf("%+v", at)
	}
	if _, err := Lay(below); err == nil || !strings.Contains(err.Error(), "is in a checkout of socklab") {
		t.Error(err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("it left %v", left)
	}
}
