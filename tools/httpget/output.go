package httpget

import (
	"errors"
	"io/fs"
	"log"
	"os"
)

// create opens the file of -o. The answer grows in NAME.part, so that NAME is
// never half a page, and an old NAME stays until the new one is whole. A device
// or a pipe, such as /dev/null, has no such part and is written directly.
func create(name string) (*os.File, error) {
	// Without O_TRUNC this only asks whether we may write there.
	file, err := os.OpenFile(name, os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return os.Create(name + ".part")
	}
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		return file, nil
	}
	file.Close()
	return os.Create(name + ".part")
}

// settle closes the file. A whole answer gets its name. A part keeps the name
// NAME.part: curl would keep it too, but under a name that lies. An empty part is
// removed. Ctrl-C leaves the part as well: it ends us before we come here.
//
// NOTE: if NAME was a symbolic link, the link is replaced, not its target.
func settle(file *os.File, name string, whole bool) error {
	info, err := file.Stat()
	err = errors.Join(err, file.Close())
	if err == nil && file.Name() != name {
		switch {
		case whole:
			err = os.Rename(file.Name(), name)
		case info.Size() == 0:
			err = os.Remove(file.Name())
		default:
			log.Printf("hint: what came is in %s", file.Name())
		}
	}
	if err != nil {
		log.Printf("finish %s: %v", name, err)
	}
	return err
}
