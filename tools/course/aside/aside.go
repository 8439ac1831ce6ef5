// Package aside puts files of the course back to what they were, and keeps the
// learner's versions.
package aside

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"socklab/tools/course/progress"
)

// A File is one that was put back.
type File struct {
	Name string // from the root of the course
	Kept string // where the learner's version is, from there; "" if there was none
	Was  []byte // the learner's version
	Is   []byte // what was put back
}

// Reset puts back those files at root that are not as they were. original is what a
// file was, nil if it was not there. All are kept in a new folder first, whose name
// begins with name; then they are put back, each at once. The error says which was
// not; those before it were.
func Reset(root, name string, files []string, original func(file string) ([]byte, error)) (done []File, err error) {
	var changed []File
	for _, file := range files {
		is, err := original(file)
		if err != nil {
			return nil, err
		}
		was, err := os.ReadFile(filepath.Join(root, file))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if is != nil && (err != nil || !bytes.Equal(was, is)) {
			f := File{Name: file, Was: was, Is: is}
			if err == nil {
				f.Kept = "yes"
			}
			changed = append(changed, f)
		}
	}
	if len(changed) == 0 {
		return nil, nil
	}
	folder, err := newFolder(root, name)
	if err != nil {
		return nil, fmt.Errorf("a folder for what is yours: %w", err)
	}
	for i, f := range changed {
		if f.Kept == "" {
			continue
		}
		kept := folder + "/" + f.Name
		to := filepath.Join(root, kept)
		if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o777), os.WriteFile(to, f.Was, 0o666)); err != nil {
			return nil, fmt.Errorf("keep your %s, so nothing was put back: %w", f.Name, err)
		}
		changed[i].Kept = kept
	}
	for _, f := range changed {
		if err := replace(filepath.Join(root, f.Name), f.Is); err != nil {
			return done, fmt.Errorf("put back %s: %w", f.Name, err)
		}
		done = append(done, f)
	}
	return done, nil
}

// newFolder makes a folder that did not exist, and returns its path from root.
func newFolder(root, name string) (string, error) {
	parent := progress.Folder + "/kept"
	if err := os.MkdirAll(filepath.Join(root, parent), 0o777); err != nil {
		return "", err
	}
	first := parent + "/" + name + "-" + time.Now().Format("2006-01-02-150405")
	for n := 1; ; n++ {
		folder := first
		if n > 1 {
			folder = fmt.Sprintf("%s-%d", first, n)
		}
		if err := os.Mkdir(filepath.Join(root, folder), 0o777); !errors.Is(err, fs.ErrExist) {
			return folder, err
		}
	}
}

// Committed is an original of Reset: a file of the checkout at root as in git's last
// commit.
func Committed(root string) func(file string) ([]byte, error) {
	return func(file string) ([]byte, error) { return committed(root, file) }
}

func committed(root, file string) ([]byte, error) {
	git := func(args ...string) ([]byte, error) {
		cmd := exec.Command("git", append([]string{"-C", root}, args...)...)
		var words strings.Builder
		cmd.Stderr = &words
		out, err := cmd.Output()
		if errors.Is(err, exec.ErrNotFound) {
			return nil, errors.New("git is not installed, and nobody else knows how the files were")
		}
		if err != nil {
			err = fmt.Errorf("git %s: %w: %.300q", args[0], err, strings.TrimSpace(words.String()))
		}
		return out, err
	}
	found, err := git("ls-tree", "--name-only", "HEAD", "--", file)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return git("show", "HEAD:./"+file)
}

// replace gives a file another content, all at once, with the mode that it has.
func replace(name string, text []byte) error {
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(name); err == nil {
		mode = info.Mode().Perm()
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(name), ".reset-")
	if err != nil {
		return err
	}
	_, err = temp.Write(text)
	if err = errors.Join(err, temp.Chmod(mode), temp.Close()); err == nil {
		err = os.Rename(temp.Name(), name)
	}
	if err != nil {
		os.Remove(temp.Name())
	}
	return err
}
