//go:build unix

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"socklab/tools/course/class"
	"socklab/tools/harness/script"
)

const mergeUsage = `usage: socklab merge [FLAG...] DIR...

Puts together what grade has found out on several machines, each with -shard K/N
and -part DIR, and shows it as one grade of the whole class does. Parts may
share a folder, or have one each. Who is in a part that is missing was not
judged.

` + gradedUsage + `
Exit codes: 0 everybody passed, 1 somebody failed, 2 wrong arguments, 3 none
failed, and somebody was not judged, or the parts are not of one class.
`

// merges is socklab merge.
func merges(args []string) int {
	var g graded
	flags := flag.NewFlagSet("merge", flag.ContinueOnError)
	g.flags(flags)
	dirs, code, ok := parse("merge", mergeUsage, flags, args)
	if !ok {
		return code
	}
	if len(dirs) == 0 {
		return misused("merge", mergeUsage, "want the folders of grade's -part")
	}
	parts, err := class.ReadParts(dirs)
	var from []string
	var missing []int
	if err == nil {
		g.class, from, missing, err = class.Merge(parts)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "socklab merge: could not tell:", visible(err.Error()))
		return codeNotJudged
	}
	if g.files["gradescope"] != "" && len(g.class.Students) != 1 {
		return misused("merge", mergeUsage, "%v", errNotOne)
	}
	for _, k := range missing {
		fmt.Fprintf(os.Stderr, "socklab merge: part %d of %d is missing: grade it with -shard %[1]d/%[2]d -part DIR\n", k, parts[0].N)
	}
	g.folders = folders(parts[0].Students)
	code = g.say()
	if err := errors.Join(g.write(), g.copyPages(from)); err != nil {
		fmt.Fprintln(os.Stderr, "socklab merge: write a report:", visible(err.Error()))
		return codeFailed
	}
	return code
}

// copyPages brings the pages of failures from the folders of the students' parts.
func (g *graded) copyPages(from []string) error {
	for i, row := range g.class.Rows {
		for _, cell := range row {
			for _, p := range cell.Plays {
				if g.htmlDir == "" || p.Page == "" || p.Verdict != script.Failed {
					continue
				}
				if !class.PlainFile(p.Page) {
					return fmt.Errorf("%q is no page", p.Page)
				}
				file := filepath.Join(g.folders[i], p.Page)
				if err := copyFile(filepath.Join(from[i], file), filepath.Join(g.htmlDir, file)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	if a, err := in.Stat(); err != nil {
		return err
	} else if b, err := os.Stat(to); err == nil && os.SameFile(a, b) {
		return nil
	}
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
