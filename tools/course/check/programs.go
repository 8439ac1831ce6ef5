package check

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"socklab/tools/course/task"
	"socklab/tools/harness/binaries"
	"socklab/tools/harness/script"
)

// Built are the programs as their sources are now: those that were built, the words
// of the compiler about those that can't be, and why no other was built.
type Built struct {
	Paths   []string
	Broken  map[string]string
	Unbuilt string
	Store   string              // where they are kept
	Own     map[string]task.Own // the programs that the reader has written, by the lesson's number

	set *binaries.Set
}

// Build builds programs from the checkout around the current directory. Binaries that
// can't be kept are in temp. They stay until Close.
func Build(programs []script.Program, temp string) *Built {
	b := &Built{}
	var packages []string
	for _, p := range programs {
		if p.Package != "" {
			packages = append(packages, p.Package)
		}
	}
	set, err := binaries.Build(packages, temp)
	if wrong := (*binaries.CompileError)(nil); errors.As(err, &wrong) {
		// Which? The others are as good as before.
		b.Broken = map[string]string{}
		packages = slices.DeleteFunc(packages, func(one string) bool {
			set, err := binaries.Build([]string{one}, temp)
			if errors.As(err, &wrong) {
				b.Broken[filepath.Base(one)] = wrong.Output
				return true
			}
			if err == nil {
				set.Close()
			}
			return false
		})
		set, err = binaries.Build(packages, temp)
	}
	if err != nil {
		b.Unbuilt = err.Error()
		return b
	}
	b.set, b.Paths, b.Store = set, set.Paths, set.Store
	return b
}

// Close allows others to remove the binaries.
func (b *Built) Close() {
	if b.set != nil {
		b.set.Close()
	}
}

const note = "programs.json"

// Leave writes down in a folder what was built, for another process.
func (b *Built) Leave(dir string) error {
	text, err := json.Marshal(b)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, note), text, 0o600)
	}
	if err != nil {
		return fmt.Errorf("note the programs: %w", err)
	}
	return nil
}

// Find reads what Leave has written.
func Find(dir string) (*Built, error) {
	text, err := os.ReadFile(filepath.Join(dir, note))
	b := &Built{}
	if err == nil {
		err = json.Unmarshal(text, b)
	}
	if err != nil {
		return nil, fmt.Errorf("what was built: %w", err)
	}
	return b, nil
}
