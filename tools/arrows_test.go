// Package tools_test checks which of the packages below import which.
package tools_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// mayImport says for each wing, and for packages of one that differ, what of
// socklab they may import: packages, and with a /... everything below a folder.
// Tests are free: they play with whatever is there.
var mayImport = map[string][]string{
	"harness":     {"harness/..."},
	"programs":    {"cli"}, // reading matter: what it shares is not about sockets
	"packets":     {"cli", "harness/..."},
	"course":      {"course/...", "programs/...", "harness/..."},
	"cmd":         {"programs/...", "harness/entry"},
	"cmd/socklab": {"course/...", "programs/...", "harness/..."},
}

// wing is where a package belongs, by its path below tools.
func wing(pkg string) string {
	first, _, _ := strings.Cut(pkg, "/")
	if slices.Contains([]string{"harness", "course", "cmd"}, first) {
		return first
	}
	return "programs"
}

func allowed(from, to string) bool {
	rules, special := mayImport[from]
	if !special {
		rules = mayImport[wing(from)]
	}
	return slices.ContainsFunc(rules, func(rule string) bool {
		folder, below := strings.CutSuffix(rule, "/...")
		return to == rule || below && wing(to) == folder
	})
}

// TestArrows reads the imports of every package, for all systems.
func TestArrows(t *testing.T) {
	const module = "socklab/tools/"
	found := 0
	err := filepath.WalkDir(".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && entry.Name() == "testdata" {
			return fs.SkipDir
		}
		if filepath.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		from := filepath.ToSlash(filepath.Dir(file))
		for _, spec := range parsed.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			to, ours := strings.CutPrefix(path, module)
			if !ours {
				continue
			}
			found++
			if !allowed(from, to) {
				t.Errorf("%s: %s imports %s; %s may import %s", file, from, to, wing(from), strings.Join(mayImport[wing(from)], ", "))
			}
		}
		return nil
	})
	if err != nil || found == 0 {
		t.Fatalf("%d imports: %v", found, err)
	}
}

// TestAllowed turns arrows round.
func TestAllowed(t *testing.T) {
	for _, arrow := range []struct {
		from, to string
		want     bool
	}{
		{"harness/script", "harness/actor", true},
		{"harness/script", "course/programs", false},
		{"harness/script", "echo", false},
		{"echo", "cli", true},
		{"echo", "harness/script", false},
		{"echo", "course/programs", false},
		{"echo", "desk", false},
		{"packets", "harness/capture", true},
		{"packets", "course/programs", false},
		{"course/mutation", "harness/script", true},
		{"course/mutation", "cmd/socklab", false},
		{"cmd/echo-server", "echo", true},
		{"cmd/echo-server", "course/programs", false},
		{"cmd/socklab", "course/doctor", true},
	} {
		if got := allowed(arrow.from, arrow.to); got != arrow.want {
			t.Errorf("%s imports %s: allowed %t, want %t", arrow.from, arrow.to, got, arrow.want)
		}
	}
}
