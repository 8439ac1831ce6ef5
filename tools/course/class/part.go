package class

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A Part is what one of several machines has found out: the rows of every N-th student.
type Part struct {
	K, N     int      // the K-th of N, from 1
	By       string   // a hash of what students are judged by; all parts have the same
	Columns  []Column // of all parts
	Steps    []int    // of each column
	Students []string // of the whole class, by name and in order
	Rows     [][]Cell // of the students K-1, K-1+N, ...
	Dir      string   `json:"-"` // where the part is
}

// maxPart is the size in bytes of the largest file of a part that is read, and maxParts
// the largest N.
const (
	maxPart  = 256 << 20
	maxParts = 10_000
)

// Holds reports whether the part has the student of this place in the class, from 0.
func (p Part) Holds(student int) bool { return student%p.N == p.K-1 }

// Write writes the part into its folder, whole or not at all.
func (p Part) Write() error {
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(p.Dir, ".part-")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(p.Dir, fmt.Sprintf("part-%d-of-%d.json", p.K, p.N)))
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// ReadParts reads the parts in these folders.
func ReadParts(dirs []string) (parts []Part, err error) {
	for _, dir := range dirs {
		files, err := os.ReadDir(dir)
		if err != nil {
			return nil, err
		}
		found := len(parts)
		for _, f := range files {
			if is, _ := filepath.Match("part-*-of-*.json", f.Name()); !is {
				continue
			}
			p, err := readPart(filepath.Join(dir, f.Name()))
			if err != nil {
				return nil, err
			}
			p.Dir = dir
			parts = append(parts, p)
		}
		if len(parts) == found {
			return nil, fmt.Errorf("there is no part in %s: want the folder of grade's -part, with files as part-1-of-8.json", dir)
		}
	}
	return parts, nil
}

func readPart(file string) (p Part, err error) {
	f, err := os.Open(file)
	if err != nil {
		return p, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxPart+1))
	if err != nil {
		return p, err
	}
	if len(text) > maxPart {
		return p, fmt.Errorf("%s has more than %d bytes", file, maxPart)
	}
	wrong := func(why string) error {
		return fmt.Errorf("%s is no part of grade's, or a part of another version's: %s", file, why)
	}
	if err := json.Unmarshal(text, &p); err != nil {
		return p, wrong(err.Error())
	}
	if p.K < 1 || p.K > p.N || p.N > maxParts {
		return p, wrong(fmt.Sprintf("it is part %d of %d", p.K, p.N))
	}
	rows := 0
	for i := range p.Students {
		if p.Holds(i) {
			rows++
		}
	}
	if len(p.Rows) != rows || len(p.Steps) != len(p.Columns) {
		return p, wrong(fmt.Sprintf("it has %d students, want %d", len(p.Rows), rows))
	}
	for _, row := range p.Rows {
		if len(row) != len(p.Columns) {
			return p, wrong(fmt.Sprintf("a student has %d cells, want %d", len(row), len(p.Columns)))
		}
	}
	return p, nil
}

// Merge puts parts together. Who is in a part that is missing was not judged. from are
// the folders of the students' parts, "" for those.
func Merge(parts []Part) (all Results, from []string, missing []int, err error) {
	first := parts[0]
	of := make([]*Part, first.N)
	for i, p := range parts {
		differs := func(what string) error {
			return fmt.Errorf("part %d of %d in %s and part %d of %d in %s are not of one class: %s", first.K, first.N, first.Dir, p.K, p.N, p.Dir, what)
		}
		switch {
		case p.N != first.N:
			return all, nil, nil, differs("they were split differently")
		case !slices.Equal(p.Students, first.Students):
			return all, nil, nil, differs("their students differ")
		case p.By != first.By || !slices.Equal(p.Columns, first.Columns) || !slices.Equal(p.Steps, first.Steps):
			return all, nil, nil, differs("their lessons, programs, limits or scripts differ")
		case of[p.K-1] != nil:
			return all, nil, nil, fmt.Errorf("part %d of %d is there twice: in %s and in %s", p.K, p.N, of[p.K-1].Dir, p.Dir)
		}
		of[p.K-1] = &parts[i]
	}
	for i, p := range of {
		if p == nil {
			missing = append(missing, i+1)
		}
	}
	all.Columns = first.Columns
	for i, name := range first.Students {
		all.Students = append(all.Students, Student{Name: name})
		k := i % first.N
		if p := of[k]; p != nil {
			all.Rows, from = append(all.Rows, p.Rows[i/first.N]), append(from, p.Dir)
			continue
		}
		var row []Cell
		for _, steps := range first.Steps {
			row = append(row, Cell{Why: fmt.Sprintf("part %d of %d is missing", k+1, first.N), Steps: steps})
		}
		all.Rows, from = append(all.Rows, row), append(from, "")
	}
	return all, from, missing, nil
}

// savedCell is a Cell as JSON, with the reports of its plays, which other JSON of plays
// does not have.
type savedCell struct {
	Plain plainCell `json:"cell"`
	Logs  []string  `json:"logs"`
}

type plainCell Cell

// MarshalJSON keeps all of a cell.
func (c Cell) MarshalJSON() ([]byte, error) {
	s := savedCell{Plain: plainCell(c)}
	for _, p := range c.Plays {
		s.Logs = append(s.Logs, p.Log)
	}
	return json.Marshal(s)
}

// UnmarshalJSON reads what MarshalJSON has written.
func (c *Cell) UnmarshalJSON(text []byte) error {
	var s savedCell
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	if len(s.Logs) != len(s.Plain.Plays) {
		return fmt.Errorf("%d plays with %d reports", len(s.Plain.Plays), len(s.Logs))
	}
	*c = Cell(s.Plain)
	for i, log := range s.Logs {
		c.Plays[i].Log = log
	}
	return nil
}

// PlainFile reports whether a name is that of a file in a folder, and no way out of it.
func PlainFile(name string) bool {
	return filepath.IsLocal(name) && filepath.Base(name) == name && !strings.ContainsAny(name, `/\`)
}
