package exercise

import (
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"socklab/tools/course/path"
)

func TestRead(t *testing.T) {
	const page = "# 1.1 Echo\n\n## Break it\n\nPredict.\n\n<details><summary>Hint</summary>\n\nOne.\n\n</details>\n\n" +
		"<details><summary>Hint</summary>\n\n```text\n</details>\n## no heading\n```\n\n</details>\n\n<details><summary>Answer</summary>\n\nIt fails.\n\n</details>\n\n" +
		"## Your turn\r\n\r\n<details><summary>Answer</summary>\r\n\r\nWrite.\r\n\r\n</details>\r\n\n## Next\n"
	want := []Exercise{{"Break it", []string{"One.", "```text\n</details>\n## no heading\n```"}, "It fails."}, {"Your turn", nil, "Write."}}
	if got, err := Read([]byte(page)); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%q %v", got, err)
	}
	const hint, answer = "<details><summary>Hint</summary>\nx\n</details>\n", "<details><summary>Answer</summary>\nx\n</details>\n"
	for page, want := range map[string]string{
		hint:                            "line 1: expected <details> under Break it, or Change it, or Your turn",
		"## Break it\n" + hint:          "## Break it has hints, and no answer",
		"## Break it\n" + answer + hint: "line 7: expected the answer as the last",
		"## Break it\n<details><summary>Tip</summary>\n":            "line 2: expected the summary Hint or Answer",
		"## Break it\n<details>\n":                                  "line 2: expected <details><summary>Hint",
		"## Break it\n<details><summary>Hint</summary>\n":           "line 2: <details> without </details>",
		"## Break it\n<details><summary>Hint</summary>\n## Next\n":  "line 2: <details> without </details> before ## Next",
		"## Break it\n<details><summary>Hint</summary>\n" + hint:    "line 3: <details> in the <details> of line 2",
		"## Break it\n<details><summary>Hint</summary>\n</details>": "line 3: nothing stands in",
		"</details>\n": "line 1: expected",
	} {
		if _, err := Read([]byte(page)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", page, err, want)
		}
	}
}

// TestPages reads every page of this repository.
func TestPages(t *testing.T) {
	root := os.DirFS("../../..")
	course, err := path.Read(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range course.Lessons() {
		page, err := fs.ReadFile(root, l.Page())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Read(page); err != nil {
			t.Errorf("%s: %v", l.Page(), err)
		}
		files, err := Files(root, l)
		if err != nil || len(files) == 0 || files[0] != l.Script() {
			t.Errorf("%s: %q %v", l.Page(), files, err)
		}
		if l.Number == "1.1" && (!slices.Contains(files, "tools/echo/server.go") || !slices.Contains(files, "tools/echo/client.go")) {
			t.Errorf("%s names %q", l.Page(), files)
		}
	}
}
