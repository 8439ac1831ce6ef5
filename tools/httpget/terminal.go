package httpget

import (
	"errors"
	"io/fs"
	"os"
)

// terminal is a screen, to which some bytes are commands: a page could clear it,
// rename its window, or type for the person. So text passes, and we stop at the
// first byte that is no text. With "-o -" all of it passes.
type terminal struct {
	*os.File
	rest  int  // how many bytes of a UTF-8 character are still to come
	first byte // that it began with
}

func (t *terminal) Write(b []byte) (int, error) {
	for i, c := range b {
		if !t.isText(c) {
			n, err := t.File.Write(b[:i])
			if err == nil {
				err = &fs.PathError{Op: "write", Path: t.Name(), Err: errNotText}
			}
			return n, err
		}
	}
	return t.File.Write(b)
}

var errNotText = errors.New("what comes now is not text, and could command your terminal")

// isText reports whether c, after what was written before, is part of a text. A
// character may be cut anywhere, so this goes byte by byte. Commands are also the
// characters from 0x80 to 0x9f (ECMA-48), which in UTF-8 have 0xc2 before them.
func (t *terminal) isText(c byte) bool {
	inside := t.rest > 0 && c&0xc0 == 0x80
	switch {
	case inside:
		t.rest--
		return t.first != 0xc2 || c >= 0xa0
	case c >= 0xc2 && c < 0xf5:
		t.first, t.rest = c, 1
		if c >= 0xe0 {
			t.rest++
		}
		if c >= 0xf0 {
			t.rest++
		}
		return true
	}
	t.rest = 0
	return c == '\n' || c == '\r' || c == '\t' || c >= ' ' && c < 0x7f || c >= 0xa0
}
