package programs

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
)

// TestDoors checks that the programs, their doors and go.mod's tools are the
// same list, and that every door says how its program is called.
func TestDoors(t *testing.T) {
	var names, doors, tools []string
	for _, p := range List {
		names = append(names, p.Name)
	}
	dirs, err := filepath.Glob("../cmd/*/main.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, main := range dirs {
		name := filepath.Base(filepath.Dir(main))
		doors = append(doors, name)
		file, err := parser.ParseFile(token.NewFileSet(), main, nil, parser.ParseComments)
		if err != nil {
			t.Error(err)
			continue
		}
		if !strings.Contains(file.Doc.Text(), "\n\t"+name+" ") {
			t.Errorf("%s: the package comment does not say how %s is called", main, name)
		}
	}
	data, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := modfile.Parse("go.mod", data, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range mod.Tool {
		tools = append(tools, filepath.Base(tool.Path))
	}
	slices.Sort(names)
	slices.Sort(tools)
	if !slices.Equal(names, doors) {
		t.Errorf("programs are %v, doors in tools/cmd are %v", names, doors)
	}
	if !slices.Equal(names, tools) {
		t.Errorf("programs are %v, tools in go.mod are %v", names, tools)
	}
}
