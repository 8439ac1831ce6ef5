// Package place finds the course around a folder: a checkout of the repository, or a
// folder that Lay has laid out. Elsewhere the course is what the binary carries.
package place

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A Place is where somebody works at the course.
type Place struct {
	Dir      string // its folder; "" if there is none
	Files    fs.FS  // the files of the course, by their paths from Dir
	Checkout bool   // it is the repository: Go can build its programs
}

// Around is the place around a folder, from there upward.
func Around(dir string) Place {
	for {
		mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		first, _, _ := strings.Cut(string(mod), "\n")
		if err == nil && strings.TrimSpace(first) == "module socklab" {
			return Place{dir, os.DirFS(dir), true}
		}
		if isCourse(dir) {
			return Place{Dir: dir, Files: os.DirFS(dir)}
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return Place{Files: Carried}
		}
		dir = parent
	}
}

// isCourse reports whether a folder has lessons, and their scripts.
func isCourse(dir string) bool {
	for _, name := range []string{"lessons/README.md", "testdata/scripts"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return false
		}
	}
	return true
}
