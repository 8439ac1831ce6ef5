package main

import (
	"bufio"
	"cmp"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"

	"socklab/tools/course/aside"
	"socklab/tools/course/exercise"
	"socklab/tools/course/path"
	"socklab/tools/course/place"
	"socklab/tools/course/progress"
	"socklab/tools/course/task"
	"socklab/tools/course/typeset"
)

const hintUsage = `usage: socklab hint N.M

One more hint for a lesson's Break it, Change it and Your turn, each time. They
are those that the page folds away. Once you have begun the program of Your
turn, in mine/N.M, the next hint is for that. After the last it shows all of
them again.
`

// exercises are those of the one lesson that a verb is given.
func exercises(verb, usage string, words []string) (all []exercise.Exercise, l path.Lesson, c setting, code int) {
	_, l, c, code = lessonOf(verb, usage, words)
	if code != 0 {
		return nil, l, c, code
	}
	page, err := fs.ReadFile(c.Files, l.Page())
	if err == nil {
		all, err = exercise.Read(page)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "socklab %s: %s: %v\n", verb, l.Page(), err)
		return nil, l, c, 1
	}
	return all, l, c, 0
}

func (p *paper) markdown(text string) {
	p.WriteString(typeset.Page([]byte(text), typeset.Options{Width: p.width, Colour: p.colour}))
}

// hint is socklab hint.
func hint(args []string) int {
	words, code, ok := parse("hint", hintUsage, flag.NewFlagSet("hint", flag.ContinueOnError), args)
	if !ok {
		return code
	}
	all, l, c, code := exercises("hint", hintUsage, words)
	if code != 0 {
		return code
	}
	type one struct{ section, text string }
	var hints []one
	for _, e := range all {
		for _, text := range e.Hints {
			hints = append(hints, one{e.Section, text})
		}
	}
	if len(hints) == 0 {
		fmt.Fprintf(os.Stderr, "socklab hint: lesson %s has no hints yet\n", l.Number)
		return 1
	}
	known, err := progress.Read(c.Dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, "socklab hint:", err)
	}
	from := known.Hints(l.Number)
	if t, has := task.Of(c.Files, l); has && t.Found(c.Dir, "") != "" {
		for from < len(hints) && hints[from].section != "Your turn" {
			from++
		}
	}
	to := from + 1
	if from >= len(hints) || c.Dir == "" {
		from, to = 0, len(hints)
	}
	p := newPaper()
	for i := from; i < to; i++ {
		if i > from {
			p.WriteString("\n")
		}
		p.line("", p.style("1", fmt.Sprintf("%s, hint %d of %d: %s", l.Number, i+1, len(hints), hints[i].section)))
		p.WriteString("\n")
		p.markdown(hints[i].text)
	}
	p.WriteString("\n")
	if to < len(hints) {
		p.commands([2]string{c.typed + " hint " + l.Number, "one more"})
	} else {
		p.commands([2]string{c.typed + " solution " + l.Number, "the answer"})
	}
	if code := say(p.String()); code != 0 {
		return code
	}
	if to > known.Hints(l.Number) && c.Dir != "" {
		if err := progress.SetHints(c.Dir, l.Number, to); err != nil {
			fmt.Fprintln(os.Stderr, "socklab hint:", err)
		}
	}
	return 0
}

const solutionUsage = `usage: socklab solution [-y] N.M

The answers to a lesson's Break it, Change it and Your turn. They are those that
the page folds away, and each is tested. Once you have begun the program of Your
turn, in mine/N.M, its answer comes first. On a terminal it asks first, unless
the lesson is done.

  -y  don't ask

Exit codes: 0 shown, 1 not shown, 2 wrong arguments.
`

// solution is socklab solution.
func solution(args []string) int {
	flags := flag.NewFlagSet("solution", flag.ContinueOnError)
	yes := flags.Bool("y", false, "")
	words, code, ok := parse("solution", solutionUsage, flags, args)
	if !ok {
		return code
	}
	all, l, c, code := exercises("solution", solutionUsage, words)
	if code != 0 {
		return code
	}
	if len(all) == 0 {
		fmt.Fprintf(os.Stderr, "socklab solution: lesson %s has no answers yet\n", l.Number)
		return 1
	}
	asks := term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stdout.Fd()))
	if asks && !*yes && !done(c, l) {
		fmt.Printf("Show the answers of lesson %s? [y/N] ", l.Number)
		answer, err := bufio.NewReaderSize(os.Stdin, 16).ReadString('\n')
		if err != nil {
			fmt.Println()
		}
		if answer = strings.ToLower(strings.TrimSpace(answer)); answer != "y" && answer != "yes" {
			p := newPaper()
			p.commands([2]string{c.typed + " hint " + l.Number, "a hint, not yet the answer"})
			fmt.Print(p.String())
			return 1
		}
	}
	if t, has := task.Of(c.Files, l); has && t.Found(c.Dir, "") != "" {
		// Who has begun the program compares it, and may not have done the others.
		begun := func(e exercise.Exercise) int { return strings.Count(e.Section, "Your turn") }
		slices.SortStableFunc(all, func(a, b exercise.Exercise) int {
			return cmp.Compare(begun(b), begun(a))
		})
	}
	p := newPaper()
	for i, e := range all {
		if i > 0 {
			p.WriteString("\n")
		}
		p.markdown("## " + l.Name() + ": " + e.Section + "\n\n" + e.Answer)
	}
	return paged("solution", p.String())
}

// done reports whether a lesson is marked as done.
func done(c setting, l path.Lesson) bool {
	known, _ := progress.Read(c.Dir)
	hash, err := l.Hash(c.Files)
	return err == nil && known.State(l, hash).Mark == progress.Done
}

const resetUsage = `usage: socklab reset N.M

Puts back the files that a lesson names, its script and the programs on its
page, as they are in git's last commit, or as socklab init has laid them out.
Your versions are kept, in mine/kept. Other files and everything else in mine
stay as they are.

Exit codes: 0 put back or nothing to do, 1 not possible, 2 wrong arguments.
`

// reset is socklab reset.
func reset(args []string) int {
	words, code, ok := parse("reset", resetUsage, flag.NewFlagSet("reset", flag.ContinueOnError), args)
	if !ok {
		return code
	}
	_, l, c, code := lessonOf("reset", resetUsage, words)
	if code != 0 {
		return code
	}
	files, err := exercise.Files(c.Files, l)
	if err != nil {
		fmt.Fprintln(os.Stderr, "socklab reset:", err)
		return 1
	}
	if c.Dir == "" {
		fmt.Fprintf(os.Stderr, "socklab reset: there is no course in this folder, and nothing to put back\n")
		return 1
	}
	original := place.Original
	if c.Checkout {
		original = aside.Committed(c.Dir)
	}
	back, err := aside.Reset(c.Dir, l.Number, files, original)
	p := newPaper()
	for _, f := range back {
		kept := "it was missing"
		if f.Kept != "" {
			kept = "yours is " + f.Kept
		}
		p.line("", p.style("1", visible(f.Name))+" is as it was; "+kept)
		if f.Name == l.Script() && f.Kept != "" {
			// Who has passed it with a script of their own need not do so again.
			if err := progress.Moved(c.Dir, l.Number, l.HashWith(c.Files, f.Was), l.HashWith(c.Files, f.Is)); err != nil {
				fmt.Fprintln(os.Stderr, "socklab reset:", err)
			}
		}
	}
	if err == nil && len(back) == 0 {
		p.line("", fmt.Sprintf("Nothing to put back: what lesson %s names is as it was.", l.Number))
	}
	code = say(p.String())
	if err != nil {
		fmt.Fprintln(os.Stderr, "socklab reset:", err)
		return 1
	}
	return code
}
