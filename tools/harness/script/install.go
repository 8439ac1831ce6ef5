package script

import (
	"flag"
	"io"
	"os"
	"path/filepath"
)

// Dispatch runs the program under whose name this binary was started, if it is
// one of programs, and exits; else it returns. A binary that Install has put under
// their names calls it first.
func Dispatch(programs []Program) {
	for _, p := range programs {
		if filepath.Base(os.Args[0]) == p.Name {
			os.Args[0] = p.Name
			// The flags of this binary are not the program's.
			flag.CommandLine = flag.NewFlagSet(p.Name, flag.ExitOnError)
			p.Main()
			os.Exit(0)
		}
	}
}

// Install fills a folder with programs for Options.Bin, each under its name: those
// built by package binaries, whose files are in built, and for the others this
// binary, which must call Dispatch.
func Install(dir string, programs []Program, built []string) error {
	for _, path := range built {
		if err := os.Symlink(path, filepath.Join(dir, filepath.Base(path))); err != nil {
			return err
		}
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	for _, p := range programs {
		file := filepath.Join(dir, p.Name)
		if _, err := os.Lstat(file); err == nil {
			continue
		}
		// A link, not a symbolic one: a program that asks what it is called must
		// not find a test binary.
		if os.Link(self, file) != nil {
			if err := copyFile(file, self); err != nil {
				return err
			}
		}
	}
	return nil
}

// copyFile copies a program, where it can't be linked.
func copyFile(to, from string) error {
	r, err := os.Open(from)
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o700)
	if err != nil {
		return err
	}
	if _, err = io.Copy(w, r); err != nil {
		w.Close()
		return err
	}
	return w.Close()
}
