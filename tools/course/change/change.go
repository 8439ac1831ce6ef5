// Package change applies a diff to copies of files. It finds the place by the lines of
// the diff, and ignores their numbers.
package change

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/bluekeyes/go-gitdiff/gitdiff"
)

// Apply applies a unified diff to files of root. It returns the new content of each
// file, by its path from root, and the path of the last. Text before the diff is
// ignored.
func Apply(root fs.FS, diff []byte) (changed map[string][]byte, last string, err error) {
	files, _, err := gitdiff.Parse(bytes.NewReader(diff))
	if err != nil || len(files) == 0 {
		return nil, "", fmt.Errorf("no unified diff: %v", err)
	}
	changed = map[string][]byte{}
	for _, f := range files {
		last = strings.TrimPrefix(f.OldName, "a/")
		source, err := fs.ReadFile(root, last)
		if err != nil {
			return nil, "", err
		}
		if changed[last], err = change(source, f); err != nil {
			return nil, "", fmt.Errorf("%s: %w", last, err)
		}
	}
	return changed, last, nil
}

// change applies a diff at the only place where it fits.
func change(source []byte, f *gitdiff.File) ([]byte, error) {
	for _, fragment := range f.TextFragments {
		var before, after []byte
		for _, line := range fragment.Lines {
			if line.Old() {
				before = append(before, line.Line...)
			}
			if line.New() {
				after = append(after, line.Line...)
			}
		}
		switch bytes.Count(source, before) {
		case 0:
			return nil, fmt.Errorf("the file has changed; nowhere does it say\n%s", before)
		case 1:
			source = bytes.Replace(source, before, after, 1)
		default:
			return nil, errors.New("the change fits more than one place; add context")
		}
	}
	return source, nil
}
