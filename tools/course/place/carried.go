package place

import (
	"io/fs"
	"strings"

	"socklab/lessons"
	"socklab/testdata"
	"socklab/tools"
)

// Carried are the files of the course as they were when this binary was built, by
// their paths from the root of the repository: pages, scripts, the programs' sources.
var Carried fs.FS = carried{"lessons": lessons.Files, "testdata": testdata.Files, "tools": tools.Files}

// carried are file systems, by the names of their folders.
type carried map[string]fs.FS

func (c carried) Open(name string) (fs.File, error) {
	folder, rest, below := strings.Cut(name, "/")
	if !below {
		rest = "."
	}
	if files, ok := c[folder]; ok && fs.ValidPath(name) {
		return files.Open(rest)
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}
