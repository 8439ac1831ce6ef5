//go:build unix

package supervise

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"socklab/tools/harness/need"
)

// prefix begins the names of the runs' folders; digits follow. Nobody else's folder may
// have such a name, for those that no run holds are removed.
const prefix = "slrun-"

// A folder holds all temporary files of a run. The run keeps it locked (flock(2)),
// so a folder without a lock was left by a run that was killed.
type folder struct {
	path string
	lock *os.File
}

// newFolder makes a folder in GOTMPDIR or TMPDIR, and removes the folders that
// killed runs have left there.
func newFolder() (*folder, error) {
	parent, err := filepath.Abs(cmp.Or(os.Getenv("GOTMPDIR"), need.ShortTemp()))
	if err != nil {
		return nil, err
	}
	old, _ := filepath.Glob(filepath.Join(parent, prefix+"[0-9]*"))
	for _, path := range old {
		if f, err := lock(path, syscall.LOCK_EX|syscall.LOCK_NB); err == nil {
			(&folder{path, f}).remove()
		}
	}
	for {
		path, err := os.MkdirTemp(parent, prefix)
		if err != nil {
			return nil, err
		}
		f, err := lock(path, syscall.LOCK_EX)
		if err == nil {
			return &folder{path, f}, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		// Another run removed it before we locked it, because it had no lock.
	}
}

// lock opens and locks a folder. The error is fs.ErrNotExist if it was removed
// before the lock was taken.
func lock(path string, how int) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), how); err != nil {
		f.Close()
		return nil, err
	}
	there, err := os.Lstat(path)
	mine, err2 := f.Stat()
	if err = errors.Join(err, err2); err != nil || !os.SameFile(there, mine) {
		f.Close()
		return nil, cmp.Or(err, fs.ErrNotExist)
	}
	return f, nil
}

// judges are the folders that programs under test may not write to, the longest path
// first. One is the run's, with other scripts' files; the other is the tests'
// module, or without go.mod the current folder.
func judges() []string {
	dirs := []string{os.TempDir()}
	here, err := os.Getwd()
	if err != nil {
		return dirs
	}
	module := here
	for dir := here; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			module = dir
			break
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	dirs = append(dirs, module)
	slices.SortFunc(dirs, func(a, b string) int { return len(b) - len(a) })
	return dirs
}

// remove removes the folder with everything in it.
func (d *folder) remove() error {
	defer d.lock.Close()
	err := os.RemoveAll(d.path)
	if !errors.Is(err, fs.ErrPermission) {
		return err
	}
	// A script may have left folders without permission to enter.
	filepath.WalkDir(d.path, func(path string, entry fs.DirEntry, err error) error {
		if entry != nil && entry.IsDir() {
			os.Chmod(path, 0o700)
		}
		return nil
	})
	return os.RemoveAll(d.path)
}
