//go:build unix

package binaries

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A store is a folder of binaries: NAME/KEY/NAME. A run holds a shared lock
// (flock(2)) on each that it uses; removing one takes an exclusive lock.
type store struct {
	dir  string
	keep int // unused binaries of a program to keep
}

// keep is the number of binaries to keep of an unchanged program; of a mutant one is
// kept.
const keep = 4

// building begins the names of folders in which something is being built.
const building = "build-"

// ourCache is the folder of binaries in the user's cache folder.
const ourCache = "socklab"

// users opens a store in the user's cache folder: a path under ourCache. It fails if
// the store can't be used, or if others may write to it: we run its files.
func users(path string, keep int) (store, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return store{}, err
	}
	if err := os.MkdirAll(cache, 0o777); err != nil {
		return store{}, err
	}
	dir := filepath.Join(cache, ourCache)
	for _, below := range append(strings.Split(path, "/"), "") {
		if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return store{}, err
		}
		if err := private(dir); err != nil {
			return store{}, err
		}
		dir = filepath.Join(dir, below)
	}
	s := store{dir, keep}
	return s, s.try()
}

// try fails if we may not write or run programs in the store.
func (s store) try() error {
	w, err := s.workshop()
	if err != nil {
		return err
	}
	defer w.remove()
	file := filepath.Join(w.path, "program")
	if err := os.WriteFile(file, nil, 0o700); err != nil {
		return err
	}
	if err := executable(file); err != nil {
		return fmt.Errorf("no program may be run in %s: %w", s.dir, err)
	}
	return nil
}

// private checks that a folder is ours, and that no other user may use it.
func private(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || info.Mode().Perm()&0o077 != 0 || !ok || int(stat.Uid) != os.Getuid() {
		return fmt.Errorf("%s must be a folder that belongs to this user and that no other user may use", dir)
	}
	return nil
}

// path is the place of a binary, whether it exists or not.
func (s store) path(name, key string) string { return filepath.Join(s.dir, name, key, name) }

// builtAt is the modification time of every binary in a store. A binary with another
// time was written to after it was built, perhaps by a program under test.
var builtAt = time.Unix(1_000_000_000, 0)

// sound reports whether a binary exists and is unchanged.
func sound(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode().IsRegular() && info.ModTime().Equal(builtAt) && executable(path) == nil
}

// executable says why a file can't be run: it doesn't exist, or its file system is
// mounted noexec.
func executable(path string) error { return unix.Access(path, unix.X_OK) }

// used marks a folder as the one used last: prune removes the oldest.
func used(dir string) {
	now := time.Now()
	os.Chtimes(dir, now, now)
}

// hold locks a folder against removal. Others may hold it too.
func hold(dir string) (*os.File, error) { return lock(dir, syscall.LOCK_SH) }

func lock(dir string, how int) (*os.File, error) {
	f, err := os.OpenFile(dir, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), how); err != nil {
		f.Close()
		return nil, err
	}
	// The folder may have been removed before we locked it.
	there, err := os.Lstat(dir)
	mine, err2 := f.Stat()
	if err = errors.Join(err, err2); err != nil || !os.SameFile(there, mine) {
		f.Close()
		return nil, cmp.Or(err, fs.ErrNotExist)
	}
	return f, nil
}

// A workshop is a folder in the store in which a build runs.
type workshop struct {
	path string
	lock *os.File
}

func (s store) workshop() (*workshop, error) {
	for {
		path, err := os.MkdirTemp(s.dir, building)
		if err != nil {
			return nil, err
		}
		f, err := lock(path, syscall.LOCK_EX)
		if err == nil {
			return &workshop{path, f}, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		// Another run removed it before we locked it, because it had no lock.
	}
}

func (w *workshop) remove() {
	os.RemoveAll(w.path)
	w.lock.Close()
}

// put moves a built binary to its place, in one step.
func (s store) put(w *workshop, name, key string) error {
	whole := filepath.Join(w.path, name+".whole")
	if err := os.Mkdir(whole, 0o700); err != nil {
		return err
	}
	file := filepath.Join(whole, name)
	if err := os.Rename(filepath.Join(w.path, name), file); err != nil {
		return err
	}
	if err := errors.Join(os.Chmod(file, 0o500), os.Chtimes(file, builtAt, builtAt)); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(s.dir, name), 0o700); err != nil {
		return err
	}
	place := filepath.Dir(s.path(name, key))
	if !sound(s.path(name, key)) {
		os.Rename(place, filepath.Join(w.path, name+".unsound"))
	}
	err := os.Rename(whole, place)
	if errors.Is(err, fs.ErrExist) || errors.Is(err, syscall.ENOTEMPTY) {
		return nil // another run was faster
	}
	return err
}

// prune removes the binaries that are neither in use nor among the last s.keep. It
// also removes workshops of builds that were killed.
func (s store) prune() {
	remove := func(dir string) {
		if f, err := lock(dir, syscall.LOCK_EX|syscall.LOCK_NB); err == nil {
			os.RemoveAll(dir)
			f.Close()
		}
	}
	left, _ := filepath.Glob(filepath.Join(s.dir, building+"*"))
	for _, dir := range left {
		remove(dir)
	}
	programs, _ := os.ReadDir(s.dir)
	for _, program := range programs {
		if strings.HasPrefix(program.Name(), building) {
			continue
		}
		dir := filepath.Join(s.dir, program.Name())
		built, _ := os.ReadDir(dir)
		if len(built) <= s.keep {
			continue
		}
		age := func(e fs.DirEntry) int64 {
			if info, err := e.Info(); err == nil {
				return info.ModTime().UnixNano()
			}
			return 0
		}
		slices.SortFunc(built, func(a, b fs.DirEntry) int { return cmp.Compare(age(b), age(a)) })
		for _, old := range built[s.keep:] {
			remove(filepath.Join(dir, old.Name()))
		}
	}
}
