//go:build unix

package binaries

import (
	"crypto/sha256"
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// packages are the packages read so far, by import path.
type packages struct {
	root    string
	modules []module
	instead map[string][]byte // other content of files, by their paths from root
	known   map[string]*source
}

// A source is one package: the checksum of its files, and its imports from the
// modules.
type source struct {
	dir     string
	sum     [sha256.Size]byte
	imports []string
}

// closure lists a package and the packages of the modules that it needs, sorted by
// name.
func (p packages) closure(pkg string) ([]string, error) {
	needed := map[string]bool{}
	var visit func(pkg string) error
	visit = func(pkg string) error {
		if needed[pkg] {
			return nil
		}
		needed[pkg] = true
		s, err := p.read(pkg)
		if err != nil {
			return err
		}
		for _, other := range s.imports {
			if err := visit(other); err != nil {
				return err
			}
		}
		return nil
	}
	if err := visit(pkg); err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(needed)), nil
}

// read reads a package: all its files except tests, because it may embed any of
// them. (It skips subdirectories; no program here embeds one.)
func (p packages) read(pkg string) (*source, error) {
	if s := p.known[pkg]; s != nil {
		return s, nil
	}
	dir, ok := find(p.modules, pkg)
	if !ok {
		return nil, fmt.Errorf("package %s is in no module whose sources are here", pkg)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	s := &source{dir: dir}
	sum := sha256.New()
	for _, entry := range entries {
		name := entry.Name()
		if !entry.Type().IsRegular() || strings.HasSuffix(name, "_test.go") {
			continue
		}
		path := filepath.Join(dir, name)
		relative, _ := filepath.Rel(p.root, path)
		data, changed := p.instead[relative]
		if !changed {
			if data, err = os.ReadFile(path); err != nil {
				return nil, err
			}
		}
		fmt.Fprintf(sum, "%s %d\n", name, len(data))
		sum.Write(data)
		if filepath.Ext(name) != ".go" {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, data, parser.ImportsOnly)
		if err != nil {
			continue // go build reports it better
		}
		for _, spec := range file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if _, here := find(p.modules, path); err == nil && here && !slices.Contains(s.imports, path) {
				s.imports = append(s.imports, path)
			}
		}
	}
	s.sum = [sha256.Size]byte(sum.Sum(nil))
	p.known[pkg] = s
	return s, nil
}
