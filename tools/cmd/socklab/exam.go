//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/charmbracelet/x/ansi"

	"socklab/tools/course/check"
	"socklab/tools/course/page"
	"socklab/tools/harness/netns"
	"socklab/tools/harness/script"
	"socklab/tools/harness/supervise"
	"socklab/tools/harness/tap"
)

const examUsage = `usage: socklab exam [FLAG...] N.M|FILE.txtar|DIR...
       socklab exam -table FILE [-update] [N.M|FILE.txtar|DIR...]

Which mistakes of its programs does a script notice? A relay stands between each
program and whoever it talks to over TCP. The script is played once for each
classic mistake, and the relay makes it in the program's place: an answer
without its newline, a reset where the program should close, nothing at all. A
script that passes then has not noticed the mistake. Mistakes come at the same
bytes in each play, never by chance.

One that this script has no place for is not counted: where nobody sends CRLF,
nobody can send LF for it. That bytes arrive in pieces is not counted either:
TCP may do that at any time, and a script that fails then fails by chance.

  -table FILE         a line for each script. It fails when a script notices
                      less than its line says. Without scripts, it examines
                      those of the table.
  -update             write the table anew
  -prog NAME=COMMAND  COMMAND plays the program NAME, as for socklab play
  -parallel N         how many plays at once; twice the number of processors is
                      the default
  -timeout DURATION   for one play; 1m is the default

Exit codes: 0 it was examined, 1 the script itself fails or notices less than
the table says, 2 wrong arguments, 3 a script could not be examined.
`

// A mark is what became of one mistake.
type mark struct {
	mistake tap.Mistake
	what    string // noticed, passed, or not made
	why     string
}

const (
	noticed = "noticed"
	passed  = "NOT noticed"
	notMade = "not made"
)

// An examined is a script and its marks.
type examined struct {
	file  string
	code  int    // not 0 if it could not be examined
	why   string // that is so
	short string // the same, for the table
	marks []mark
}

// harmless are the mistakes that TCP may make by itself.
var harmless = []tap.Mistake{tap.Splits}

// sum is the number of mistakes that were made and that the script noticed, and the
// names of those that it did not.
func (x examined) sum() (made, saw int, missed []string) {
	for _, m := range x.marks {
		if slices.Contains(harmless, m.mistake) || m.what == notMade {
			continue
		}
		made++
		if m.what == noticed {
			saw++
		} else {
			missed = append(missed, string(m.mistake))
		}
	}
	return made, saw, missed
}

// An exam examines scripts.
type exam struct {
	batch
	table string
	lines map[string]string // of the table, by file
	slots chan struct{}     // one for each play
	all   []examined
}

// exams is socklab exam.
func exams(args []string) int {
	e := exam{lines: map[string]string{}}
	var guests []string
	flags := flag.NewFlagSet("exam", flag.ContinueOnError)
	flags.Func("prog", "", func(s string) error { guests = append(guests, s); return nil })
	flags.Func("parallel", "", positive(&e.parallel))
	e.timeout = time.Minute
	flags.Func("timeout", "", lasting(&e.timeout))
	flags.StringVar(&e.table, "table", "", "")
	flags.BoolVar(&e.update, "update", false, "")
	words, code, ok := parse("exam", examUsage, flags, args)
	if !ok {
		return code
	}
	s, ok := here("socklab exam")
	if !ok {
		return codeFailed
	}
	var err error
	if e.table != "" {
		var listed []string
		if listed, err = e.readTable(); err != nil {
			fmt.Fprintln(os.Stderr, "socklab exam:", err)
			return codeMisused
		}
		if len(words) == 0 {
			words = listed
		}
	}
	switch {
	case e.update && e.table == "":
		return misused("exam", examUsage, "-update writes a table: -table FILE says which")
	case len(words) == 0:
		return misused("exam", examUsage, "want lessons, files or folders")
	}
	e.dir = s.Dir
	e.options = script.Options{Programs: withNamed(guests), Lesson: page.ToRead(s.Files), Network: "private", Wait: examWait, Idle: examIdle}
	files, err := s.scripts(words)
	if err == nil {
		err = e.choose(files)
	}
	if err == nil {
		e.options.Guests, err = e.options.ParseGuests(guests)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "socklab exam:", err)
		return codeMisused
	}
	return supervise.M{Tests: &e}.Run()
}

// A program whose answer is missing waits for ever. Then the script ends once nobody
// has done anything for examIdle.
const (
	examWait = 20 * time.Second
	examIdle = 2 * time.Second
)

// Run is what supervise.M calls, in a process that may have networks.
func (e *exam) Run() int {
	bin, err := os.MkdirTemp("", "bin-")
	if err == nil {
		err = script.Install(bin, e.options.Programs, nil)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "socklab exam: could not tell:", err)
		return codeNotJudged
	}
	defer os.RemoveAll(bin)
	e.options.Bin = bin
	netns.Protect(e.dir)
	atOnce := max(e.parallel, 1)
	if e.parallel == 0 {
		atOnce = 2 * runtime.GOMAXPROCS(0)
	}
	e.slots = make(chan struct{}, atOnce)
	e.paper = newPaper()
	worst := 0
	check.InOrder(context.Background(), len(e.files), atOnce, func(i int) examined { return e.examine(e.files[i]) }, func(x examined) {
		e.all = append(e.all, x)
		worst = max(worst, x.code)
		e.show(x)
	})
	if e.table != "" {
		return max(worst, e.compare())
	}
	return worst
}

// Interrupted is what supervise.M calls at a signal.
func (e *exam) Interrupted(sig syscall.Signal) int { return codeSignal + int(sig) }

// examine plays a script without a mistake, and then once with each.
func (e *exam) examine(file string) examined {
	x := examined{file: file}
	plain := &tap.Exam{}
	if r := e.once(file, plain); r.Verdict != script.Passed {
		if r.Verdict == script.Failed && plain.Seen().Calls == 0 && e.once(file, nil).Verdict == script.Passed {
			return x.noTCP()
		}
		x.code, x.why = codeNotJudged, at(file, r.Reason)
		x.short = x.why
		if r.Verdict == script.Failed {
			x.why = "it fails where relays stand between, which make no mistake: " + at(file, r.Reason)
			x.short = fmt.Sprintf("fails behind relays that make no mistake, at line %d", r.Failure.Line)
			if r = e.once(file, nil); r.Verdict == script.Failed {
				x.code, x.why, x.short = codeFailed, "it fails by itself: "+at(file, r.Reason), "fails"
			}
		}
		return x
	}
	before := plain.Seen()
	if before.Calls == 0 {
		return x.noTCP()
	}
	marks := make([]mark, len(tap.Mistakes))
	var plays sync.WaitGroup
	for i, m := range tap.Mistakes {
		plays.Go(func() { marks[i] = e.mark(file, m, before) })
	}
	plays.Wait()
	x.marks = marks
	return x
}

func (x examined) noTCP() examined {
	x.code, x.short = codeNotJudged, "no TCP on the script's own network"
	x.why = "nobody calls a program of it, or is called by one, over TCP on the script's own network"
	return x
}

// at is a reason with the line of the file that is examined.
func at(file, reason string) string { return strings.Replace(reason, file+":", "line ", 1) }

// mark plays a script with a mistake.
func (e *exam) mark(file string, m tap.Mistake, before tap.Seen) mark {
	if why := m.Unmakeable(before); why != "" {
		return mark{m, notMade, why}
	}
	relay := &tap.Exam{Mistake: m, Before: before}
	r := e.once(file, relay)
	switch {
	case relay.Made() == 0:
		return mark{m, notMade, m.Unmade()}
	case r.Verdict == script.Failed:
		return mark{m, noticed, at(file, r.Failure.Headline(script.View{NoChance: true}))}
	case r.Verdict == script.Passed:
		return mark{m, passed, ""}
	}
	return mark{m, notMade, r.Reason}
}

// once plays a script; nil is no exam.
func (e *exam) once(file string, x *tap.Exam) script.Result {
	e.slots <- struct{}{}
	defer func() { <-e.slots }()
	ctx, cancel := context.WithTimeout(context.Background(), e.timeout)
	defer cancel()
	o := e.options
	o.File, o.Exam = file, x
	r, err := script.Run(ctx, os.DirFS(filepath.Dir(file)), filepath.Base(file), o)
	if err != nil {
		return script.Result{Verdict: script.NotJudged, Reason: err.Error()}
	}
	return r
}

// show says what became of a script: all, or where there are several a line.
func (e *exam) show(x examined) {
	out := e.paper
	out.Reset()
	made, saw, missed := x.sum()
	switch {
	case x.code != 0:
		fmt.Fprintf(out, "%-12s%s\n", "-", visible(x.file))
		out.line(strings.Repeat(" ", 12), visible(oneLine([]byte(x.why))))
	case len(e.files) > 1:
		fmt.Fprintf(out, "%-12s%s\n", fmt.Sprintf("%d of %d", saw, made), visible(x.file))
		if len(missed) > 0 {
			out.line(strings.Repeat(" ", 12), "not: "+strings.Join(missed, ", "))
		}
	default:
		for _, m := range x.marks {
			if !slices.Contains(harmless, m.mistake) {
				e.row(out, m, m.what)
			}
		}
		out.line("\n", fmt.Sprintf("%s notices %d of %d mistakes.", visible(x.file), saw, made))
		for _, m := range x.marks {
			if slices.Contains(harmless, m.mistake) && m.what == noticed {
				out.line("\n", "TCP may split what a program sends, at any byte. The script fails then, and so it may fail by chance:")
				e.row(out, m, "fails")
			}
		}
	}
	io.WriteString(os.Stdout, out.String())
}

func (e *exam) row(out *paper, m mark, what string) {
	colour := map[string]string{noticed: "32", passed: "31"}[what]
	text := out.style(colour, what) + strings.Repeat(" ", len(passed)+2-len(what)) + string(m.mistake)
	why := visible(oneLine([]byte(m.why)))
	if column := len(passed) + 2 + 26; why != "" && column+20 <= out.width {
		out.line(text+strings.Repeat(" ", column-ansi.StringWidth(text)), why)
		return
	}
	out.line("", text)
	if why != "" {
		out.line("    ", why)
	}
}

// readTable reads the table, and returns the scripts in it.
func (e *exam) readTable() (files []string, err error) {
	text, err := os.ReadFile(e.table)
	if errors.Is(err, fs.ErrNotExist) && e.update {
		return nil, nil
	}
	for line := range strings.Lines(string(text)) {
		if file, rest, ok := strings.Cut(strings.TrimSpace(line), " "); ok && !strings.HasPrefix(line, "#") {
			files = append(files, file)
			e.lines[file] = strings.TrimSpace(rest)
		}
	}
	return files, err
}

// entry is a script's line of the table, without its name.
func (x examined) entry() string {
	if x.code != 0 {
		return "-     " + x.short
	}
	made, saw, missed := x.sum()
	text := fmt.Sprintf("%d/%d", saw, made)
	if len(missed) > 0 {
		text = fmt.Sprintf("%-5s not: %s", text, strings.Join(missed, ", "))
	}
	return text
}

// unnoticed are the mistakes that an entry says are not noticed.
func unnoticed(entry string) []string {
	_, list, _ := strings.Cut(entry, "not: ")
	return strings.Split(list, ", ")
}

// compare compares the scripts with the table, or writes it.
func (e *exam) compare() int {
	if e.update {
		for _, x := range e.all {
			e.lines[filepath.ToSlash(x.file)] = x.entry()
		}
		var text bytes.Buffer
		text.WriteString("# How many mistakes each script notices, of those that it has a place for.\n# socklab exam -table " + filepath.ToSlash(e.table) + " -update writes it.\n")
		var files []string
		for file := range e.lines {
			files = append(files, file)
		}
		slices.Sort(files)
		for _, file := range files {
			fmt.Fprintf(&text, "%-45s %s\n", file, e.lines[file])
		}
		if err := os.WriteFile(e.table, text.Bytes(), 0o666); err != nil {
			fmt.Fprintln(os.Stderr, "socklab exam:", err)
			return codeFailed
		}
		return 0
	}
	code := 0
	for _, x := range e.all {
		line, listed := e.lines[filepath.ToSlash(x.file)]
		if !listed {
			fmt.Fprintf(os.Stderr, "socklab exam: %s is not in %s; -update adds it\n", visible(x.file), visible(e.table))
			code = codeFailed
			continue
		}
		if x.code != 0 {
			continue
		}
		_, _, missed := x.sum()
		before := unnoticed(line)
		if missed = slices.DeleteFunc(missed, func(m string) bool { return slices.Contains(before, m) }); len(missed) > 0 {
			fmt.Fprintf(os.Stderr, "socklab exam: %s no longer notices: %s\n", visible(x.file), strings.Join(missed, ", "))
			code = codeFailed
		}
	}
	return code
}
