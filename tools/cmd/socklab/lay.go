package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"socklab/tools/course/place"
	"socklab/tools/course/progress"
)

const layUsage = `usage: socklab init DIR

Lays the course out in a folder, for who has this binary and no checkout: the
pages, their scripts, the programs in Go to read, and the same in Python, C,
Bash and JavaScript. Files that are there stay as they are, so init may be
repeated. What you write yourself belongs into the folder's mine.

Lessons play the programs of this binary there: to change those, clone the
repository. A program of your own is judged with -prog, in any language.
`

// lay is socklab init.
func lay(args []string) int {
	words, code, ok := parse("init", layUsage, flag.NewFlagSet("init", flag.ContinueOnError), args)
	if !ok {
		return code
	}
	if len(words) != 1 {
		return misused("init", layUsage, "want one folder, got %d: %.200q", len(words), words)
	}
	laid, err := place.Lay(words[0])
	err = errors.Join(err, os.MkdirAll(filepath.Join(words[0], progress.Folder), 0o777))
	if err != nil {
		fmt.Fprintln(os.Stderr, "socklab init:", err)
		return 1
	}
	p := newPaper()
	p.line("", fmt.Sprintf("%s: %d files are new.", visible(words[0]), laid.New))
	for _, name := range laid.Kept {
		p.line("  ", visible(name)+" is not as this socklab has it, and stays as it is.")
	}
	p.WriteString("\n")
	p.commands([2]string{"cd " + visible(quoted(words[0])), "go there"}, [2]string{"socklab", "where you are in the course, and what comes next"})
	return say(p.String())
}
