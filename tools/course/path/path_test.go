package path

import (
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// TestRepository reads the path of this repository: each script has its lesson, and
// each page has the title that the path gives it.
func TestRepository(t *testing.T) {
	root := os.DirFS("../../..")
	path, err := Read(root)
	if err != nil {
		t.Fatal(err)
	}
	var stems []string
	for _, l := range path.Lessons() {
		stems = append(stems, l.Script())
		page, err := fs.ReadFile(root, l.Page())
		if err != nil {
			t.Error(err)
		}
		if title, _, _ := strings.Cut(string(page), "\n"); title != "# "+l.Name() && title != "# "+l.Name()+": "+l.About {
			t.Errorf("%s begins with %q, and the path says %q", l.Page(), title, l.Name())
		}
		if hash, err := l.Hash(root); err != nil || len(hash) != 16 {
			t.Errorf("%s: hash %q, %v", l.Number, hash, err)
		}
	}
	scripts, _ := fs.Glob(root, "testdata/scripts/*.txtar")
	if slices.Sort(stems); !slices.Equal(stems, scripts) {
		t.Errorf("the path has %q, and there are %q", stems, scripts)
	}
}

func TestRead(t *testing.T) {
	const good = "# The path\n\n## 1 Hello\n\n- [1.1 Echo](1.1-echo.md): how?\r\n- 1.2 To come\n\n## 2 More\n\n- [2.10 Names](2.10-names.md)\n\n## The map\n\n- [x](y.md)\n"
	path, err := Read(fstest.MapFS{index: {Data: []byte(good)}})
	if err != nil || len(path) != 2 || len(path.Lessons()) != 2 {
		t.Fatalf("%+v %v", path, err)
	}
	if got := path[0].Lessons[0]; got != (Lesson{"1.1", "Echo", "how?", "1.1-echo"}) {
		t.Errorf("%+v", got)
	}
	for _, what := range []string{"2.10", "2.10-names"} {
		if l, err := path.Find(what); err != nil || l.Title != "Names" {
			t.Errorf("%s: %+v %v", what, l, err)
		}
	}
	if _, err := path.Find("1.2"); err == nil || err.Error() != `no lesson "1.2"; there are 1.1 2.10` {
		t.Error(err)
	}
	for text, want := range map[string]string{
		"":                                   "expected parts",
		"- [1.1 Echo](1.1-echo.md)\n":        ":1: expected a part",
		"## 2 More\n- [1.1 Echo](1.1-e.md)":  ":2: expected a lesson of part 2",
		"## 1 More\n- [1.1 Echo](1.10-e.md)": ":2: expected a lesson of part 1",
		"## 1 More\n- [Echo](1.1-e.md)":      ":2: expected - [N.M TITLE]",
	} {
		if _, err := Read(fstest.MapFS{index: {Data: []byte(text)}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if _, err := Read(fstest.MapFS{}); err == nil {
		t.Error("no error without an index")
	}
}
