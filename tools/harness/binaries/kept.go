//go:build unix

package binaries

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Kept is Build without the building: a program whose sources have changed since it
// was built is in Stale, and has no path. It fails where binaries can't be kept.
func Kept(packages []string) (*Set, error) {
	root, err := findModule()
	if err != nil {
		return nil, err
	}
	return open("built", keep, packages, build{root: root, never: true}, "")
}

// runs is what starts a program in its package main.
const runs = "socklab/tools/harness/entry"

// Calls reports whether the package main with that import path is one call,
// entry.Run(function), and nothing else. function has its import path before it, as in
// runtime.FuncForPC. Who has that function linked in needs no binary of the package.
func Calls(main, function string) bool {
	root, err := findModule()
	if err != nil {
		return false
	}
	modules, err := modulesAt(root)
	if err != nil {
		return false
	}
	dir, ok := find(modules, main)
	if !ok {
		return false
	}
	// Every file counts, also one for another system, or in assembler.
	files, err := os.ReadDir(dir)
	files = slices.DeleteFunc(files, func(f os.DirEntry) bool { return strings.HasSuffix(f.Name(), "_test.go") })
	if err != nil || len(files) != 1 {
		return false
	}
	text, err := os.ReadFile(filepath.Join(dir, files[0].Name()))
	if err != nil {
		return false
	}
	slash := strings.LastIndexByte(function, '/') + 1
	pkg, name, _ := strings.Cut(function[slash:], ".")
	imports := []string{function[:slash] + pkg, runs}
	slices.Sort(imports)
	about, code, _ := strings.Cut("\n"+string(text), "\npackage main\n")
	for line := range strings.Lines(about) {
		if line != "\n" && (!strings.HasPrefix(line, "//") || strings.HasPrefix(line, "//go:")) {
			return false
		}
	}
	return code == fmt.Sprintf("\nimport (\n\t%q\n\t%q\n)\n\nfunc main() { entry.Run(%s.%s) }\n", imports[0], imports[1], pkg, name)
}
