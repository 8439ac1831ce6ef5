package mutation

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"socklab/tools/course/builder"
	"socklab/tools/course/change"
)

// A mutant is one broken program: our program, a guest or a program in the script's
// archive with a diff that breaks it, or a whole program.
type mutant struct {
	file    string   // from the root of the repository
	script  string   // the stem of the script: the folder's name, unless the mutant names another
	program string   // the program that it replaces
	what    string   // what it does wrong
	caught  string   // the step of the script that must fail
	needs   []string // what the machine must have for it (package need)
	text    []byte
}

var header = regexp.MustCompile(`(?m)^(?:# |// )?(script|program|mistake|caught|needs): (.*)$`)

// readMutant reads the head of a file in tools/broken: the program to replace, the
// mistake, and the step that must fail.
func readMutant(root, file string) (m mutant, err error) {
	if m.text, err = os.ReadFile(file); err != nil {
		return m, err
	}
	if m.file, err = filepath.Rel(root, file); err != nil {
		return m, err
	}
	m.script = filepath.Base(filepath.Dir(file))
	for _, line := range header.FindAllSubmatch(m.text, -1) {
		switch value := string(line[2]); string(line[1]) {
		case "script":
			m.script = value
		case "program":
			m.program = value
		case "mistake":
			m.what = value
		case "caught":
			m.caught = value
		case "needs":
			m.needs = strings.Fields(value)
		}
	}
	if m.program == "" || m.what == "" || m.caught == "" {
		return m, fmt.Errorf("%s: want lines program:, mistake: and caught: at its head", m.file)
	}
	return m, nil
}

// changed is the script with its own program broken; nil if the mutant is of another
// program. The script's commands must stay as they are.
func (m mutant) changed(t *testing.T, root fs.FS, script string) []byte {
	if filepath.Ext(m.file) != ".diff" {
		return nil
	}
	changed, last, err := change.Apply(root, m.text)
	if err != nil {
		t.Fatalf("%s: %v", m.file, err)
	}
	if last != script {
		return nil
	}
	before, err := fs.ReadFile(root, script)
	if err != nil {
		t.Fatal(err)
	}
	if len(changed) > 1 || !bytes.Equal(txtar.Parse(before).Comment, txtar.Parse(changed[script]).Comment) {
		t.Fatalf("%s: want a change to %s in %s, and to nothing else; it changes the script's commands, or another file", m.file, m.program, script)
	}
	return changed[script]
}

// command builds a mutant and returns the command that runs it. A diff is applied to
// a copy of its files. dir is for files that end with the test.
func (m mutant) command(t *testing.T, b *builder.Builder, dir string) []string {
	if filepath.Ext(m.file) != ".diff" {
		return b.Command(t, m.file)
	}
	changed, last, err := change.Apply(os.DirFS(b.Root), m.text)
	if err != nil {
		t.Fatalf("%s: %v", m.file, err)
	}
	if filepath.Ext(last) != ".go" {
		file := filepath.Join(dir, filepath.Base(last))
		if err := os.WriteFile(file, changed[last], 0o666); err != nil {
			t.Fatal(err)
		}
		return b.Command(t, file)
	}
	what := strings.TrimSuffix(strings.TrimPrefix(m.file, "tools/broken/"), ".diff")
	return []string{b.Changed(t, what, "socklab/tools/cmd/"+m.program, changed, dir)}
}
