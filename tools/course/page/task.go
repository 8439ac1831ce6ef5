package page

import (
	"io/fs"
	"strings"

	"socklab/tools/course/exercise"
	"socklab/tools/course/path"
	"socklab/tools/course/task"
)

const taskHints = 3

// task reports a page that has its reader write a program, and does not quote the
// contract, name the command to begin, have three hints, or show the solutions.
func (c *checker) task(p *page, stem string, fences []fence) {
	t, has := task.Of(c.root, path.Lesson{Number: number(stem), Stem: stem})
	if !has {
		return
	}
	contract, err := fs.ReadFile(c.root, t.Contract())
	if err != nil {
		c.add(p.file, 0, "task: %v", err)
		return
	}
	quotes := func(f fence) bool {
		return f.file == t.Contract() && strings.Join(f.lines, "\n")+"\n" == string(contract)
	}
	begins := func(f fence) bool {
		return f.language == "sh" && strings.Join(f.lines, "\n") == "go tool socklab watch "+t.Lesson.Number
	}
	var said, told bool
	for _, f := range fences {
		said, told = said || quotes(f), told || begins(f)
	}
	if !said {
		c.add(p.file, 0, "task: the whole contract is missing: add ```text file=%s", t.Contract())
	}
	if !told {
		c.add(p.file, 0, "task: how to begin is missing: add ```sh with go tool socklab watch %s", t.Lesson.Number)
	}
	all, _ := exercise.Read(p.src)
	for _, e := range all {
		if e.Section != "Your turn" {
			continue
		}
		if len(e.Hints) != taskHints {
			c.add(p.file, 0, "task: expected %d hints under ## Your turn, got %d", taskHints, len(e.Hints))
		}
		for ext := range task.Languages {
			if !strings.Contains(e.Answer, "file="+t.Solution(ext)) {
				c.add(p.file, 0, "task: the answer under ## Your turn lacks the solution: quote %s", t.Solution(ext))
			}
		}
		return
	}
	c.add(p.file, 0, "task: ## Your turn has no hints and no answer")
}
