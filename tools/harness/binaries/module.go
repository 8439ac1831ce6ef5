//go:build unix

package binaries

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
)

// A module is the path and the directory of a module whose sources may change.
type module struct{ path, dir string }

// findModule is the directory of go.mod, from the current one upwards. It fails if
// there is none, or if the module is in a workspace: there a program may be built
// from sources that go.mod doesn't name.
func findModule() (string, error) {
	here, err := os.Getwd()
	if err != nil {
		return "", err
	}
	root, err := above(here, "go.mod")
	if err != nil {
		return "", err
	}
	if space, err := above(here, "go.work"); err == nil && os.Getenv("GOWORK") != "off" {
		return "", fmt.Errorf("%s is a workspace: for those no binaries are kept", space)
	}
	return root, nil
}

// above is the nearest directory with that file, from dir upwards.
func above(dir, file string) (string, error) {
	for {
		_, err := os.Stat(filepath.Join(dir, file))
		if err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if !errors.Is(err, fs.ErrNotExist) || up == dir {
			return "", fmt.Errorf("there is no %s around the current directory", file)
		}
		dir = up
	}
}

// modulesAt are the module in root and the modules that it replaces by directories.
func modulesAt(root string) ([]module, error) {
	file := filepath.Join(root, "go.mod")
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	mod, err := modfile.Parse(file, data, nil)
	if err != nil {
		return nil, err
	}
	if mod.Module == nil {
		return nil, fmt.Errorf("%s names no module", file)
	}
	all := []module{{mod.Module.Mod.Path, root}}
	for _, r := range mod.Replace {
		if modfile.IsDirectoryPath(r.New.Path) {
			dir := r.New.Path
			if !filepath.IsAbs(dir) {
				dir = filepath.Join(root, dir)
			}
			all = append(all, module{r.Old.Path, dir})
		}
	}
	return all, nil
}

// find is the directory of a package, and whether it is in one of these modules.
func find(modules []module, pkg string) (dir string, ok bool) {
	longest := -1
	for _, m := range modules {
		below, in := strings.CutPrefix(pkg+"/", m.path+"/")
		if in && len(m.path) > longest {
			longest = len(m.path)
			dir, ok = filepath.Join(m.dir, below), true
		}
	}
	return dir, ok
}
