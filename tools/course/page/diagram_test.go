package page

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

// TestDiagram checks the diagram of a stream, with text that Mermaid would
// misunderstand.
func TestDiagram(t *testing.T) {
	got, err := diagram([]string{
		`alice -> server  9 bytes  "bai;#hui"`,
		`server -> alice  closes`,
		`alice#2 -> server  resets`,
		`alice#2 -> server  5000 bytes  "` + strings.Repeat("x", 60),
	}, 0)
	want := `sequenceDiagram
    participant alice
    participant server
    participant p3 as alice#35;2
    alice->>server: 9 bytes "bai#59;#35;hui"
    server-->>alice: closes
    p3--xserver: resets
    p3->>server: 5000 bytes "` + strings.Repeat("x", 52) + "…"
	if text := strings.Join(got, "\n"); err != nil || text != want {
		t.Errorf("%v; got:\n%s\nwant:\n%s", err, text, want)
	}
	var long []string
	for i := range messagesMax + 3 {
		long = append(long, fmt.Sprintf("a -> b  %d", i))
	}
	got, err = diagram(long, 0)
	if err != nil || len(got) != messagesMax+4 || !strings.Contains(got[len(got)-1], "and so on") {
		t.Errorf("%v, %q; want what was left out", err, got)
	}
	for _, bad := range [][]string{{"listening on 127.0.0.1:8000"}, {}} {
		if got, err := diagram(bad, 0); err == nil {
			t.Errorf("%q is drawn as %q", bad, got)
		}
	}
}

// TestRedraw checks that a diagram that differs is reported. Redraw must draw it
// anew and change nothing else.
func TestRedraw(t *testing.T) {
	page := func(block string) string {
		return "# 1.1 Echo\n\n```mermaid from=1.1-echo/wire\n" + block + "```\n\nText.\n\n```mermaid from=1.1-echo/wire\n" + block + "```\n"
	}
	const right = "sequenceDiagram\n    participant a\n    participant b\n    a->>b: hi\n"
	for _, old := range []string{"", "graph\n", right + "    b->>a: ho\n", right} {
		root := fstest.MapFS{
			"testdata/scripts/1.1-echo.txtar": {Data: []byte("# One.\nspawn a b\n-- wire --\na -> b  hi\n")},
			"lessons/1.1-echo.md":             {Data: []byte(page(old))},
		}
		drifted := 0
		for _, p := range Check(root, "1.1-echo") {
			if strings.Contains(p.Message, "diagram: it isn't") {
				drifted++
			}
		}
		if want := 2; (old == right) != (drifted == 0) || drifted != 0 && drifted != want {
			t.Errorf("%q: %d problems", old, drifted)
		}
		got, changed, err := Redraw(root, "1.1-echo")
		if err != nil || string(got) != page(right) || changed != (old != right) {
			t.Errorf("%q: %v, changed %v, got:\n%s", old, err, changed, got)
		}
	}
}
