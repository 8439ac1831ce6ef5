package page

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"unicode/utf8"
)

// maxSize is the size in bytes of the largest file we read.
const maxSize = 1 << 20

// read returns the content of the file name. Its errors say what is there instead,
// and what to try.
func (c *checker) read(name string) ([]byte, error) {
	if !fs.ValidPath(name) {
		return nil, fmt.Errorf("%q isn't a path inside the repository: write it from the root, like tools/echo/server.go", name)
	}
	info, err := fs.Stat(c.root, name)
	if err != nil {
		return nil, fmt.Errorf("%s doesn't exist: %s", name, c.around(name))
	}
	if info.IsDir() {
		return nil, fmt.Errorf("%s is a directory: name a file in it; %s", name, c.around(name+"/file"))
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s isn't a regular file", name)
	}
	if info.Size() > maxSize {
		return nil, fmt.Errorf("%s has %d bytes, and %d is the most we read: make it smaller", name, info.Size(), maxSize)
	}
	f, err := c.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxSize))
}

// around says what is in the nearest directory above name that exists.
func (c *checker) around(name string) string {
	for dir := path.Dir(name); ; dir = path.Dir(dir) {
		entries, err := fs.ReadDir(c.root, dir)
		if err != nil && dir != "." {
			continue
		}
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		if dir == "." {
			dir = "the repository"
		}
		return fmt.Sprintf("%s has %s", dir, list(names))
	}
}

// text returns an error when data isn't text that a person can read.
func text(name string, data []byte) error {
	if i := bytes.IndexByte(data, 0); i >= 0 {
		return fmt.Errorf("%s isn't text: byte %d is 0", name, i)
	}
	if bytes.HasPrefix(data, []byte("\ufeff")) {
		return fmt.Errorf("%s begins with a byte order mark: save it without", name)
	}
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return fmt.Errorf("%s isn't text: byte %d, %#x, isn't UTF-8", name, i, data[i])
		}
		i += size
	}
	return nil
}

// lines returns data's lines without their ends, LF or CRLF.
func lines(data []byte) []string {
	if len(data) == 0 {
		return nil
	}
	s := strings.ReplaceAll(string(data), "\r\n", "\n")
	return strings.Split(strings.TrimSuffix(s, "\n"), "\n")
}

// ends reports lines that do not end with a single LF.
func (c *checker) ends(name string, data []byte) {
	if i := bytes.IndexByte(data, '\r'); i >= 0 {
		line := 1 + bytes.Count(data[:i], []byte("\n"))
		c.add(name, line, "text: there is a carriage return here: save the file with LF line ends alone")
	}
	if len(data) > 0 && data[len(data)-1] != '\n' {
		line := 1 + bytes.Count(data, []byte("\n"))
		c.add(name, line, "text: the last line has no newline: add it")
	}
}
