//go:build unix

package main

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/term"

	"socklab/tools/course/class"
	"socklab/tools/harness/script"
)

const gradedUsage = `  -v                  the whole report of each failure
  -csv FILE           the table for a spreadsheet
  -junit FILE         a suite for each student and script, a case for each step
  -gradescope FILE    results.json, of one student: a point for each step
  -html DIR           the table, and for each student a folder with their page
                      and the recordings of their failures
`

// A graded class is shown and written in the same forms by grade and by merge.
type graded struct {
	class   class.Results
	folders []string // of the students' pages, in htmlDir
	verbose bool
	files   map[string]string // of reports, by their flag
	htmlDir string
}

var errNotOne = errors.New("-gradescope is for one student: Gradescope grades one at a time")

func (g *graded) flags(flags *flag.FlagSet) {
	flags.BoolVar(&g.verbose, "v", false, "")
	g.files = map[string]string{}
	for _, name := range []string{"csv", "junit", "gradescope"} {
		flags.Func(name, "", func(s string) error { g.files[name] = s; return nil })
	}
	flags.StringVar(&g.htmlDir, "html", "", "")
}

// folders are where the pages of students of these names are.
func folders(names []string) (all []string) {
	for i, name := range names {
		folder := cmp.Or(pageName(name), "student")
		if slices.ContainsFunc(names[:i], func(before string) bool { return strings.EqualFold(pageName(before), folder) }) {
			folder = fmt.Sprintf("%s-student%d", folder, i+1)
		}
		all = append(all, folder)
	}
	return all
}

// say prints the table, and of one student, or if asked, what failed. It returns the
// exit code.
func (g *graded) say() int {
	p := newPaper()
	width := 0
	if term.IsTerminal(int(os.Stdout.Fd())) {
		width = p.width
	}
	cut := g.class.Table(&p.Builder, width, func(v script.Verdict, text string) string {
		return p.style(map[script.Verdict]string{script.Passed: "32", script.Failed: "31", script.NotJudged: "33"}[v], text)
	})
	verdicts, all := map[script.Verdict]int{}, g.verbose || len(g.class.Rows) == 1
	if len(cut) > 0 && !all {
		p.WriteString("\n")
		for _, line := range cut {
			p.line("", line)
		}
	}
	for i, row := range g.class.Rows {
		for j, cell := range row {
			verdicts[cell.Verdict()]++
			if cell.Verdict() == script.Passed || !all {
				continue
			}
			p.WriteString("\n" + p.style("1", class.Line(g.class.Students[i].Name)+" "+class.Line(g.class.Columns[j].Name)) + "\n")
			for _, play := range cell.Plays {
				if play.Verdict != script.Passed {
					p.WriteString(cmp.Or(strings.TrimSpace(play.Log), visible(play.Reason)) + "\n")
				}
			}
			if len(cell.Plays) == 0 {
				p.WriteString(cell.String() + "\n")
			}
		}
	}
	if _, err := os.Stdout.WriteString(p.String()); errors.Is(err, syscall.EPIPE) {
		return codeSignal + int(syscall.SIGPIPE)
	}
	switch {
	case verdicts[script.Failed] > 0:
		return codeFailed
	case verdicts[script.NotJudged] > 0:
		return codeNotJudged
	}
	return 0
}

// write writes the reports.
func (g *graded) write() error {
	for kind, fill := range map[string]func(io.Writer) error{"csv": g.class.CSV, "junit": g.class.JUnit, "gradescope": g.class.Gradescope} {
		if g.files[kind] == "" {
			continue
		}
		var text bytes.Buffer
		if err := errors.Join(fill(&text), os.WriteFile(g.files[kind], text.Bytes(), 0o666)); err != nil {
			return err
		}
	}
	if g.htmlDir == "" {
		return nil
	}
	page := func(file string, fill func(io.Writer) error) error {
		var text bytes.Buffer
		if err := fill(&text); err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			return err
		}
		return os.WriteFile(file, text.Bytes(), 0o666)
	}
	for i := range g.class.Students {
		if err := page(filepath.Join(g.htmlDir, g.folders[i], "index.html"), func(w io.Writer) error { return g.class.Page(w, i) }); err != nil {
			return err
		}
	}
	return page(filepath.Join(g.htmlDir, "index.html"), func(w io.Writer) error {
		return g.class.HTML(w, func(i int) string { return g.folders[i] + "/index.html" })
	})
}
