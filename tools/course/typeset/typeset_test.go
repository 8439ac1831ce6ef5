package typeset

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

const page = `# 1.1 Echo

Two *programs* say ` + "`go test -v .`" + ` to **each** other, [1.2](1.2-x.md), [here](../tools/README.md).

## Run it

` + "```go file=tools/echo/server.go\n\tlistener, err := net.Listen(network, addr)\n```" + `

- one thing that is long enough to be folded here
- ` + "`-update`" + ` and \x1b[31m ` + "\x1b[31m" + `

` + "```mermaid from=x\nsequenceDiagram\n    participant p1 as 10.0.0.2:1\n    participant bob\n    p1->>bob: 9 bytes \"#lt;a#gt;\"\n    bob-->>p1: closes\n    Note over bob: 2 lines more\n```" + `

<details><summary>Hint</summary>

The secret.

</details>

| a | b |
|---|---|
| ` + "`x`" + ` | longer |

> quoted
`

func TestPage(t *testing.T) {
	const want = "1.1 Echo\n════════\n" + `
Two *programs* say ` + "`go test -v .`" + `
to **each** other, 1.2, here
(tools/README.md).

## Run it

  ╭ tools/echo/server.go
        listener, err :=
    net.Listen(network, addr)

• one thing that is long enough to
  be folded here
• ` + "`-update`" + ` and \x1b[31m ␛[31m

    10.0.0.2:1 ──▶ bob         9
    bytes "<a>"
    bob        ╌╌▶ 10.0.0.2:1
    closes
    2 lines more

a    b
` + "`x`" + `  longer

│ quoted
`
	got := Page([]byte(page), Options{Width: 34})
	got = strings.ReplaceAll(got, "       bob ╌╌▶", "bob        ╌╌▶") // names stand right
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	coloured := Page([]byte(page), Options{Width: 34, Colour: true})
	for _, want := range []string{"\x1b[1mRun it\x1b[m", "\x1b[3mprograms\x1b[m", "\x1b[36mgo test -v .\x1b[m", "\x1b[2m  ╭ tools"} {
		if !strings.Contains(coloured, want) {
			t.Errorf("no %q in\n%q", want, coloured)
		}
	}
	if asks := Page([]byte(strings.Replace(page, "</details>\n", "</details>\n\n<details><summary>Hint</summary>\n\nx\n\n</details>\n", 1)), Options{Folded: "ask"}); strings.Count(asks, "\n\n▸ ask\n\n") != 1 {
		t.Errorf("it says nothing of what it folds away, or twice\n%s", asks)
	}
	if strings.Contains(got, "secret") || strings.Contains(ansi.Strip(coloured), "\x1b") {
		t.Error("it shows what is folded away, or a control character")
	}
}

// TestWidth sets every page of this repository at several widths.
func TestWidth(t *testing.T) {
	files, _ := filepath.Glob("../../../lessons/*.md")
	if len(files) < 30 {
		t.Fatalf("%d pages", len(files))
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, width := range []int{1, 10, 40, 80, 200} {
			for line := range strings.Lines(Page(source, Options{Width: width, Colour: width == 40})) {
				// The mark of an item, and its indent, are there at any width.
				if w := ansi.StringWidth(strings.TrimSuffix(line, "\n")); w > max(width, 6) {
					t.Errorf("%s at %d: %d columns: %q", file, width, w, line)
				}
			}
		}
	}
}

func TestProse(t *testing.T) {
	for line := range strings.Lines(Page([]byte(strings.Repeat("word ", 60)), Options{Width: 200})) {
		if len(line) > widest+1 || len(line) > 81 {
			t.Errorf("%d columns: %q", len(line), line)
		}
	}
}

// TestLongCode folds code that is longer than a line at its spaces, not inside a word.
func TestLongCode(t *testing.T) {
	const code = "syscall.EpollCtl(poll, syscall.EPOLL_CTL_MOD, door, &syscall.EpollEvent{Fd: int32(door)})"
	for _, width := range []int{60, 80} {
		got := Page([]byte("Python has another word. Go: `"+code+"`, and so on.\n\n```go\n\t\t"+code+"\n```\n"), Options{Width: width})
		for _, word := range strings.Fields(code) {
			if strings.Count(got, word) != strings.Count(code, word)*2 {
				t.Errorf("%d columns: %s is cut in\n%s", width, word, got)
			}
		}
	}
}
