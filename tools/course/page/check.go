// Package page checks the lessons against the repository. Each page is checked
// against its script, the programs that it quotes and the index.
//
// It reads lessons/*.md, testdata/scripts/*.txtar and the files that those quote or
// link. It reads through an fs.FS whose root is the repository, and writes nothing.
package page

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"

	"socklab/tools/course/exercise"
)

// A Problem is one thing wrong with a lesson, its script or the index.
type Problem struct {
	File    string // slash-separated, from the root of the repository
	Line    int    // from 1; 0 if the problem concerns the whole file
	Message string // "kind: what was expected, what is there, what to try"
}

// String formats p as "file:line: message", or "file: message" without a line.
func (p Problem) String() string {
	if p.Line == 0 {
		return fmt.Sprintf("%s: %s", p.File, p.Message)
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Message)
}

// Check returns what is wrong with the lesson and the script named stem, such
// as "1.1-echo", in the order of the files and their lines.
func Check(root fs.FS, stem string) []Problem {
	c := &checker{root: root}
	s := c.readScript(stem)
	if s != nil {
		c.script(s)
	}
	if c.paired(stem) {
		if p := c.readPage(lessonFile(stem)); p != nil {
			c.headings(p, stem)
			c.words(p)
			if _, err := exercise.Read(p.src); err != nil {
				c.add(p.file, 0, "answer: %v", err)
			}
			fences := c.fencesOf(p)
			c.fences(p, stem, fences)
			c.task(p, stem, fences)
			c.commands(p, fences)
			c.links(p)
			c.paths(p)
			c.next(p, stem)
		}
	}
	return c.sorted()
}

// CheckIndex returns what is wrong with lessons/README.md, with the links of
// the repository's README.md, and with the names in the two directories.
func CheckIndex(root fs.FS) []Problem {
	c := &checker{root: root}
	c.names(lessonDir, lessonExt)
	c.names(scriptDir, scriptExt)
	c.numbers()
	if p := c.readPage(indexFile); p != nil {
		c.links(p)
		c.index(p)
	}
	if _, err := fs.Stat(root, "README.md"); err == nil {
		if p := c.readPage("README.md"); p != nil {
			c.links(p)
		}
	}
	return c.sorted()
}

type checker struct {
	root     fs.FS
	problems []Problem
}

func (c *checker) add(file string, line int, format string, args ...any) {
	c.problems = append(c.problems, Problem{file, line, fmt.Sprintf(format, args...)})
}

func (c *checker) sorted() []Problem {
	slices.SortStableFunc(c.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return c.problems
}
