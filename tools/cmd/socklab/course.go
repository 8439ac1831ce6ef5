package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"
	"golang.org/x/term"
	"mvdan.cc/sh/v3/syntax"

	"socklab/tools/cli"
	"socklab/tools/course/exercise"
	"socklab/tools/course/path"
	"socklab/tools/course/place"
	"socklab/tools/course/progress"
	"socklab/tools/course/task"
	"socklab/tools/course/typeset"
)

// A setting is the place where somebody works, and how they call this command there.
type setting struct {
	place.Place
	typed string
}

// here is the place around the current folder.
func here(verb string) (s setting, ok bool) {
	dir, err := os.Getwd()
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: where are we? %v\n", verb, err)
		return s, false
	}
	s = setting{place.Around(dir), "socklab"}
	if s.Checkout {
		s.typed = "go tool socklab"
	} else if _, err := exec.LookPath(s.typed); err != nil {
		s.typed = quoted(os.Args[0])
	}
	return s, true
}

// course is the path with the learner's progress. It says what is wrong with that.
func (c setting) course(verb string) (*progress.Course, bool) {
	course, err := progress.Load(c.Dir, c.Files)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", verb, err)
		return nil, false
	}
	for _, note := range course.Notes {
		fmt.Fprintf(os.Stderr, "%s: %s\n", verb, note)
	}
	return course, true
}

// parse parses the flags of a verb, which may stand anywhere, and returns the other
// words. If there is nothing to do, ok is false and code is the exit code.
func parse(verb, usage string, flags *flag.FlagSet, args []string) (words []string, code int, ok bool) {
	flags.SetOutput(io.Discard)
	for {
		if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
			return nil, say(usage), false
		} else if err != nil {
			return nil, misused(verb, usage, "%v", err), false
		}
		if flags.NArg() == 0 {
			return words, 0, true
		}
		words, args = append(words, flags.Arg(0)), flags.Args()[1:]
	}
}

// positive reads a number of 1 or more.
func positive(n *int) func(string) error {
	return func(s string) (err error) {
		if *n, err = strconv.Atoi(s); err != nil || *n < 1 {
			return errors.New("want a number of 1 or more")
		}
		return nil
	}
}

// lasting reads a duration above 0.
func lasting(d *time.Duration) func(string) error {
	return func(s string) (err error) {
		if *d, err = time.ParseDuration(s); err != nil || *d <= 0 {
			return errors.New("want a time above 0, as 30s or 2m")
		}
		return nil
	}
}

// misused says what is wrong with the words behind a verb.
func misused(verb, usage, format string, args ...any) int {
	fmt.Fprintf(os.Stderr, "%s: %s\n%s", strings.TrimSpace("socklab "+verb), fmt.Sprintf(format, args...), usage)
	return 2
}

// visible is a text on one line, which no terminal obeys.
func visible(text string) string { return cli.Visible(strings.Join(strings.Fields(text), " ")) }

// quoted is a word as a shell reads it.
func quoted(word string) string {
	text, err := syntax.Quote(word, syntax.LangPOSIX)
	if err != nil { // for a control character it has no words
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	return text
}

// A paper is what is printed: folded to the terminal, and styled if it may be.
type paper struct {
	strings.Builder
	width  int
	colour bool
}

func newPaper() *paper {
	terminal := term.IsTerminal(int(os.Stdout.Fd())) && os.Getenv("TERM") != "dumb"
	return &paper{width: columns(), colour: terminal && os.Getenv("NO_COLOR") == ""} // no-color.org
}

func (p *paper) style(on, text string) string {
	if !p.colour || text == "" {
		return text
	}
	return "\x1b[" + on + "m" + text + "\x1b[m"
}

// line prints a line, or more: the others are indented.
func (p *paper) line(indent, text string) {
	next := strings.Repeat(" ", ansi.StringWidth(indent))
	p.WriteString(typeset.Fold(text, p.width, indent, next))
}

// commands prints what may be typed, and what each does.
func (p *paper) commands(all ...[2]string) {
	wide := 0
	for _, c := range all {
		wide = max(wide, len(c[0]))
	}
	for _, c := range all {
		if 2+wide+2+20 > p.width {
			p.line("  ", c[0])
			p.line("      ", p.style("2", c[1]))
		} else {
			p.line(fmt.Sprintf("  %-*s  ", wide, c[0]), p.style("2", c[1]))
		}
	}
}

const homeUsage = `usage: socklab [-json]

Where you are in the course, what comes next, and how far you are with each
part. On a terminal a menu stands below: its keys start the verbs. Your progress
is in mine/progress.txt.

  -json  the same for programs: parts, their lessons with their marks, and next

`

// home is socklab alone.
func home(args []string) int {
	flags := flag.NewFlagSet("socklab", flag.ContinueOnError)
	asJSON := flags.Bool("json", false, "")
	words, code, ok := parse("", homeUsage, flags, args)
	if !ok {
		return code
	}
	if len(words) > 0 {
		return misused("", homeUsage, "-json stands alone, got %.200q too", words)
	}
	c, ok := here("socklab")
	if !ok {
		return 1
	}
	course, ok := c.course("socklab")
	if !ok {
		return 1
	}
	if *asJSON {
		return sayJSON(course)
	}
	p := newPaper()
	p.line("", "Sockets, from conversations that really happen.")
	p.WriteString("\n")
	wide := 0
	for _, part := range course.Parts {
		wide = max(wide, ansi.StringWidth(part.Title))
	}
	for _, part := range course.Parts {
		row := ""
		for _, l := range part.Lessons {
			row += p.sign(l.Mark)
		}
		row = fmt.Sprintf("%s %-*s  %s", part.Number, wide, part.Title, row)
		if ansi.StringWidth(row) > p.width {
			row = fmt.Sprintf("%s %s  %d of %d", part.Number, part.Title, part.Done(), len(part.Lessons))
		}
		p.WriteString(ansi.Truncate(row, p.width, "…") + "\n")
	}
	p.line("", p.style("2", "■ done  ▣ changed since  □ open"))
	if interactive() {
		p.nowhere(c)
		if code := say(p.String()); code != 0 {
			return code
		}
		return c.choose(course)
	}
	p.WriteString("\n")
	p.next(c, course)
	return say(p.String())
}

func (p *paper) sign(m progress.Mark) string {
	switch m {
	case progress.Done:
		return p.style("32", "■")
	case progress.Changed:
		return p.style("33", "▣")
	}
	return "□"
}

// next prints the lesson that comes next, and what to type.
func (p *paper) next(c setting, course *progress.Course) {
	done := 0
	for _, part := range course.Parts {
		done += part.Done()
	}
	all := len(course.Lessons())
	if course.Next == nil {
		if left := all - done; left > 0 {
			p.line("", fmt.Sprintf("%d of %d lessons are done; this machine can't play the others.", done, all))
			p.commands([2]string{c.typed + " doctor", "what it lacks, and what to type"})
			return
		}
		p.line("", fmt.Sprintf("All %d lessons are done.", all))
		return
	}
	l := course.Next
	before := "Next: "
	if done == 0 {
		before = "Begin with "
	}
	p.line(before, p.style("1", l.Name())+about(l.Lesson))
	switch {
	case l.Mark == progress.Changed:
		p.line("", "It was done, and its script has changed since: check it again.")
	case l.Last == progress.Failed:
		p.line("", fmt.Sprintf("When it was last checked (%s), it failed.", l.LastAt.Local().Format("2 January, 15:04")))
	}
	p.WriteString("\n")
	p.commands(c.commands(l.Lesson)...)
	p.nowhere(c)
}

// nowhere says what to do in a folder without the course.
func (p *paper) nowhere(c setting) {
	if c.Dir == "" {
		p.WriteString("\n")
		p.line("", "There is no course in this folder, so nothing is remembered.")
		p.commands([2]string{c.typed + " init DIR", "lays it out in a folder"})
	}
}

// about is what a lesson is about, behind its name.
func about(l path.Lesson) string {
	if l.About == "" {
		return ""
	}
	return ": " + l.About
}

// commands are those for a lesson, in the order in which they are needed.
func (c setting) commands(l path.Lesson) [][2]string {
	watch := "the same, at each save"
	if t, has := task.Of(c.Files, l); has {
		watch = "write " + t.Name + ", its program; each save is checked"
	}
	all := [][2]string{
		{c.typed + " read " + l.Number, "the page"},
		{c.typed + " lab " + l.Number, "a shell for what the page has you type"},
		{c.typed + " play " + l.Number, "its conversation, while it goes on"},
		{c.typed + " check " + l.Number, "is it done?"},
		{c.typed + " watch " + l.Number, watch},
	}
	page, _ := fs.ReadFile(c.Files, l.Page())
	if exercises, _ := exercise.Read(page); len(exercises) > 0 {
		all = append(all, [2]string{c.typed + " hint " + l.Number, "when you are stuck"})
	}
	return all
}

const nextUsage = `usage: socklab next

The first lesson that is not done, and what to type.
`

// courseFor reads the course for a verb that takes flags alone. takes says so.
func courseFor(verb, usage, takes string, flags *flag.FlagSet, args []string) (c setting, course *progress.Course, code int) {
	words, code, ok := parse(verb, usage, flags, args)
	if !ok {
		return c, nil, code
	}
	if len(words) > 0 {
		return c, nil, misused(verb, usage, "takes no %s, got %.200q", takes, words)
	}
	if c, ok = here("socklab " + verb); !ok {
		return c, nil, 1
	}
	if course, ok = c.course("socklab " + verb); !ok {
		return c, nil, 1
	}
	return c, course, 0
}

// next is socklab next.
func next(args []string) int {
	c, course, code := courseFor("next", nextUsage, "argument", flag.NewFlagSet("next", flag.ContinueOnError), args)
	if course == nil {
		return code
	}
	p := newPaper()
	p.next(c, course)
	return say(p.String())
}

const listUsage = `usage: socklab list [-json]

All lessons, a line each, with their marks. On a terminal
they are paged, as by read.

  done     you have checked it, and it passed
  changed  it was done, and its script has changed since: check again
  open     neither

  -json  the same for programs
`

// list is socklab list.
func list(args []string) int {
	flags := flag.NewFlagSet("list", flag.ContinueOnError)
	asJSON := flags.Bool("json", false, "")
	_, course, code := courseFor("list", listUsage, "lesson", flags, args)
	if course == nil {
		return code
	}
	if *asJSON {
		return sayJSON(course)
	}
	p := newPaper()
	for i, part := range course.Parts {
		if i > 0 {
			p.WriteString("\n")
		}
		p.line("", p.style("1", part.Number+" "+part.Title))
		for _, l := range part.Lessons {
			mark := fmt.Sprintf("%-7s", l.Mark)
			switch l.Mark {
			case progress.Done:
				mark = p.style("32", mark)
			case progress.Changed:
				mark = p.style("33", mark)
			}
			p.line("  "+mark+"  "+l.Number+" ", l.Title+about(l.Lesson))
		}
	}
	return paged("list", p.String())
}

func sayJSON(what any) int {
	text, err := json.MarshalIndent(what, "", "  ")
	if err != nil {
		fmt.Fprintln(os.Stderr, "socklab: write as JSON:", err)
		return 1
	}
	return say(string(text) + "\n")
}
