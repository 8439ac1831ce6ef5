package script

import (
	"flag"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"

	"socklab/tools/programs"
)

// documented is the commands of the package comment, in order: each synopsis,
// and the first sentence on it.
func documented(t *testing.T) (synopses, sentences []string) {
	file, err := parser.ParseFile(token.NewFileSet(), "doc.go", nil, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		t.Fatal(err)
	}
	paragraphs := strings.Split(file.Doc.Text(), "\n\n")
	for i, p := range paragraphs {
		if synopsis, ok := strings.CutPrefix(p, "\t"); ok {
			text := strings.Join(strings.Fields(paragraphs[i+1]), " ")
			sentence, _, _ := strings.Cut(text, ". ")
			synopses = append(synopses, synopsis)
			sentences = append(sentences, strings.TrimSuffix(sentence, "."))
			if !strings.Contains(text, " As: ") {
				t.Errorf("the package comment shows no example of %s", synopsis)
			}
		}
	}
	return synopses, sentences
}

// TestDocumented compares the language with the package comment.
func TestDocumented(t *testing.T) {
	synopses, _ := documented(t)
	known := map[string]bool{}
	for name, l := range language {
		known[l.synopsis] = true
		if fields := strings.Fields(strings.TrimPrefix(l.synopsis, "[!] ")); fields[0] != name {
			t.Errorf("command %s has the synopsis of %s", name, fields[0])
		}
	}
	for _, s := range synopses {
		if !known[s] {
			t.Errorf("the package comment has %q, which the language has not", s)
		}
		delete(known, s)
	}
	for s := range known {
		t.Errorf("the language has %q, which the package comment has not", s)
	}
}

// TestReadme compares the README's tables with the lists they come from, and
// rewrites them under -update.
func TestReadme(t *testing.T) {
	const readme = "../../README.md"
	data, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	var progs, cmds strings.Builder
	progs.WriteString("| program | what it does |\n|---|---|\n")
	for _, p := range programs.List {
		fmt.Fprintf(&progs, "| `%s` | %s |\n", p.Name, p.Line)
	}
	cmds.WriteString("| command | what it does |\n|---|---|\n")
	synopses, sentences := documented(t)
	for i := range synopses {
		fmt.Fprintf(&cmds, "| `%s` | %s |\n", strings.ReplaceAll(synopses[i], "|", "\\|"), sentences[i])
	}
	got := string(data)
	want := withTable(t, withTable(t, got, "| program |", progs.String()), "| command |", cmds.String())
	if got == want {
		return
	}
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(readme, []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf("%s: a table is not as the package comment and programs.List have it; go test ./tools/script -update mends it", readme)
}

// withTable replaces the table that begins with head.
func withTable(t *testing.T, text, head, table string) string {
	from := strings.Index(text, head)
	if from < 0 {
		t.Fatalf("no table begins with %q", head)
	}
	rest := text[from:]
	for strings.HasPrefix(rest, "|") {
		_, rest, _ = strings.Cut(rest, "\n")
	}
	return text[:from] + table + rest
}
