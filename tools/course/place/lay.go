package place

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Laid is what Lay did.
type Laid struct {
	New  int      // files that were not there
	Kept []string // files that are not as the binary carries them, which stay as they are
}

// Lay lays out the course in a folder, which it makes if need be: pages, scripts, the
// programs' sources, guests. No file that is there is changed. In a checkout it fails.
func Lay(dir string) (l Laid, err error) {
	if at := Around(dir); at.Checkout {
		return l, fmt.Errorf("%s is in a checkout of socklab, which has the course", dir)
	}
	for _, folder := range []string{"lessons", "testdata", "tools"} {
		err := fs.WalkDir(Carried, folder, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			return l.lay(dir, name)
		})
		if err != nil {
			return l, err
		}
	}
	return l, nil
}

func (l *Laid) lay(dir, name string) error {
	text, err := fs.ReadFile(Carried, name)
	if err != nil {
		return err
	}
	text = Typed(name, text)
	file := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return err
	}
	mode := fs.FileMode(0o666)
	if bytes.HasPrefix(text, []byte("#!")) {
		mode = 0o777
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) {
		is, err := os.ReadFile(file)
		if err == nil && !bytes.Equal(is, text) {
			l.Kept = append(l.Kept, name)
		}
		return err
	}
	if err == nil {
		_, err = io.Copy(f, bytes.NewReader(text))
		err = errors.Join(err, f.Close())
		l.New++
	}
	return err
}

// Original is a file of the course as Lay lays it out; nil if there is none of that
// name.
func Original(name string) ([]byte, error) {
	text, err := fs.ReadFile(Carried, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return Typed(name, text), err
}

// Typed is a page in which the commands are those that somebody without a checkout
// types. Other files stay as they are.
func Typed(name string, text []byte) []byte {
	if !strings.HasSuffix(name, ".md") {
		return text
	}
	text = bytes.ReplaceAll(text, []byte("go tool socklab"), []byte("socklab"))
	return bytes.ReplaceAll(text, []byte("go tool "), []byte("socklab tool "))
}
