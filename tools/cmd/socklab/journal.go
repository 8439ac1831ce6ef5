//go:build unix

package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"socklab/tools/course/class"
	"socklab/tools/harness/script"
)

// A kept is a line of grade's journal: what became of a student in a column.
type kept struct {
	Key  string     `json:"key"`
	Cell class.Cell `json:"cell"`
}

// resume reads the journal: what was judged before, by its key. The last line may have
// been cut.
func (g *grading) resume() (before map[string]class.Cell, err error) {
	text, err := os.ReadFile(g.journal)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	before = map[string]class.Cell{}
	lines := bufio.NewReader(bytes.NewReader(text))
	whole := 0
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			break
		}
		var k kept
		if json.Unmarshal(line, &k) != nil || k.Key == "" {
			return nil, fmt.Errorf("-resume: line %d of %s is no line of grade's: remove the file, or name another", n, g.journal)
		}
		whole += len(line)
		before[k.Key] = k.Cell
	}
	if whole < len(text) {
		return before, os.Truncate(g.journal, int64(whole))
	}
	return before, nil
}

// keep adds to the journal what became of a student. Who was not judged is judged again.
func (g *grading) keep(key string, cell class.Cell) {
	if g.record == nil || key == "" || cell.Verdict() == script.NotJudged {
		return
	}
	line, err := json.Marshal(kept{key, cell})
	if err == nil {
		g.mu.Lock()
		defer g.mu.Unlock()
		_, err = g.record.Write(append(line, '\n'))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "socklab grade: -resume:", err)
	}
}

// What the journal reads of a student at most, in files and in bytes. Who has more is judged
// again.
const (
	maxFiles = 10_000
	maxBytes = 64 << 20
)

// key names what is judged and by what: a student's files as they are, and a column's
// scripts, on whatever machine. "" if that can't be said.
func (g *grading) key(i int) string {
	s, c := g.class.Students[i/len(g.columns)], g.columns[i%len(g.columns)]
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %q %v\n", s.Name, c.Name, g.judged, g.limits)
	for _, p := range c.parts {
		fmt.Fprintf(h, "%q\n", p.text)
	}
	root, err := os.OpenRoot(s.Dir)
	if err != nil {
		return ""
	}
	defer root.Close()
	files, left := 0, int64(maxBytes)
	err = fs.WalkDir(root.FS(), ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && slices.Contains([]string{".git", "__pycache__"}, d.Name()) {
			return fs.SkipDir
		}
		if files++; files > maxFiles {
			return errors.New("too many files")
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		fmt.Fprintf(h, "%q %v\n", file, info.Mode())
		if !info.Mode().IsRegular() {
			return nil
		}
		f, err := root.Open(file)
		if err != nil {
			return err
		}
		defer f.Close()
		n, err := io.Copy(h, io.LimitReader(f, left+1))
		if left -= n; err == nil && left < 0 {
			err = errors.New("too many bytes")
		}
		return err
	})
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%s %s %x", class.Line(s.Name), class.Line(c.Name), h.Sum(nil)[:8])
}
