//go:build unix

package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/charmbracelet/x/ansi"
	"golang.org/x/term"

	"socklab/tools/course/check"
	"socklab/tools/course/class"
	"socklab/tools/course/page"
	"socklab/tools/course/path"
	"socklab/tools/course/programs"
	"socklab/tools/course/task"
	"socklab/tools/harness/netns"
	"socklab/tools/harness/report"
	"socklab/tools/harness/script"
	"socklab/tools/harness/supervise"
)

const gradeUsage = `usage: socklab grade -lessons N.M,... [FLAG...] STUDENT...

Plays lessons' scripts with the programs of each student, and shows a table: a row
for each student, a column for each lesson. 2/5 says that two of five steps passed;
the words behind it are the first cause.

STUDENT is a folder. In it echo_server.py is the program echo-server; .js, .sh and
.go are known, too, and without extension what can be run. Where files have other
names, a file socklab.toml in the folder says so:

  [programs]
  echo-server = "server.py"
  echo-client = ["python3", "-u", "client.py"]

A lesson judges those of its programs that a student has, and the program that it has
its reader write.

  -lessons N.M,...    the lessons
  -hidden DIR         and the scripts (.txtar) in this folder, which students do not see
  -programs NAME,...  judge these alone; who lacks one that a lesson starts has no points
  -parallel N         how many at once; twice the number of processors is the default
  -timeout DURATION   for one script; 1m is the default
  -limits KIND=N,...  for a student's programs in a script: processes=100,
                      threads=2000 (of all processes; Linux 6.14), megabytes of
                      memory=512, written=32 by one of them, and folder=64 of files
  -words N            the choice of words that are said; by chance without it
  -resume FILE        keep in FILE what is judged, and judge no one again who is there
  -shard K/N          the K-th of N parts of the class, for a machine each. Each keeps a
                      FILE; with all of them in one, -resume shows the whole class
  -v                  the whole report of each failure
  -csv FILE           the table for a spreadsheet
  -junit FILE         a suite for each student and script, a case for each step
  -gradescope FILE    results.json, of one student: a point for each step
  -html DIR           the table, and for each student a folder with their page and the
                      recordings of their failures

Exit codes: 0 everybody passed, 1 somebody failed, 2 wrong arguments, 3 none failed, and
somebody was not judged, 130 after ^C.
`

// A grading is what grade was asked for.
type grading struct {
	setting
	columns  []column
	judged   []string // the programs that alone are judged; nil: all that there are
	class    class.Results
	parallel int
	timeout  time.Duration
	words    uint64
	verbose  bool
	journal  string
	shard    [2]int            // which part of the class, from 1, of how many; of none if it is 0
	everyone []string          // the folders of all students
	files    map[string]string // of reports, by their flag
	htmlDir  string
	hidden   string
	limits   script.Limits // of a student's programs in a script
	options  script.Options

	mu     sync.Mutex
	stop   context.CancelFunc
	shows  *gradeLine
	left   int
	ended  bool
	record *os.File // the journal
}

// A column is a lesson, or a script of the teacher's.
type column struct {
	class.Column
	parts []part
}

// A part of a column is a script and the programs that it can judge.
type part struct {
	files  fs.FS
	file   string // of files
	shown  string // what reports call it
	starts []string
	task   *task.Task
	text   []byte
}

// grades is socklab grade.
func grades(args []string) int {
	g := &grading{files: map[string]string{}}
	flags := flag.NewFlagSet("grade", flag.ContinueOnError)
	var lessons, judged string
	flags.StringVar(&lessons, "lessons", "", "")
	flags.StringVar(&g.hidden, "hidden", "", "")
	flags.StringVar(&judged, "programs", "", "")
	flags.Func("parallel", "", positive(&g.parallel))
	flags.DurationVar(&g.timeout, "timeout", time.Minute, "")
	g.limits = script.Limits{Processes: 100, Threads: 2000, Memory: 512 << 20, Written: 32 << 20, Folder: 64 << 20}
	flags.Func("limits", "", g.parseLimits)
	flags.Uint64Var(&g.words, "words", 0, "")
	flags.StringVar(&g.journal, "resume", "", "")
	flags.Func("shard", "", g.parseShard)
	flags.BoolVar(&g.verbose, "v", false, "")
	for _, name := range []string{"csv", "junit", "gradescope"} {
		flags.Func(name, "", func(s string) error { g.files[name] = s; return nil })
	}
	flags.StringVar(&g.htmlDir, "html", "", "")
	dirs, code, ok := parse("grade", gradeUsage, flags, args)
	if !ok {
		return code
	}
	if g.setting, ok = here("socklab grade"); !ok {
		return codeFailed
	}
	g.options = script.Options{Programs: programs.List, Lesson: page.ToRead(g.Files), Idle: idle}
	err := g.choose(lessons, judged)
	switch {
	case err != nil:
	case len(dirs) == 0:
		err = errors.New("want a folder for each student")
	case g.files["gradescope"] != "" && (len(dirs) > 1 || g.shard[1] > 0):
		err = errors.New("-gradescope is for one student: Gradescope grades one at a time")
	default:
		g.class.Students, err = class.Find(dirs, g.known())
	}
	for i, s := range slices.Clone(g.class.Students) {
		g.everyone = append(g.everyone, s.Dir)
		if n := g.shard[1]; n > 0 && i%n != g.shard[0]-1 {
			g.class.Students = slices.DeleteFunc(g.class.Students, func(other class.Student) bool { return other.Dir == s.Dir })
		}
	}
	if err != nil {
		return misused("grade", gradeUsage, "%s", visible(err.Error()))
	}
	return supervise.M{Tests: g, Before: func(dir string) []string {
		g.build(dir)
		text, err := json.Marshal(g.class.Students)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, classFile), text, 0o600)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "socklab grade:", err)
		}
		return nil
	}}.Run()
}

// parseShard reads K/N.
func (g *grading) parseShard(s string) error {
	k, n, _ := strings.Cut(s, "/")
	if errors.Join(positive(&g.shard[0])(k), positive(&g.shard[1])(n)) != nil || g.shard[0] > g.shard[1] {
		return errors.New("want K/N, as 3/8")
	}
	return nil
}

// parseLimits reads KIND=N,KIND=N.
func (g *grading) parseLimits(s string) error {
	for one := range strings.SplitSeq(s, ",") {
		kind, number, _ := strings.Cut(one, "=")
		n, err := strconv.ParseInt(number, 10, 32)
		if err != nil || n < 1 {
			return errors.New("want KIND=N, and N is 1 or more")
		}
		switch kind {
		case "processes":
			g.limits.Processes = int(n)
		case "threads":
			g.limits.Threads = int(n)
		case "memory":
			g.limits.Memory = n << 20
		case "written":
			g.limits.Written = n << 20
		case "folder":
			g.limits.Folder = n << 20
		default:
			return errors.New("there are processes, threads, memory, written and folder")
		}
	}
	return nil
}

// classFile is in the run's folder: the students with their programs, which are found
// and compiled once.
const classFile = "class.json"

// known are the programs that scripts can judge.
func (g *grading) known() (names []string) {
	for _, p := range g.options.Programs {
		names = append(names, p.Name)
	}
	for _, c := range g.columns {
		for _, part := range c.parts {
			for _, name := range part.starts {
				if !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
		}
	}
	return names
}

// choose finds the scripts.
func (g *grading) choose(lessons, judged string) error {
	course, err := path.Read(g.Files)
	if err != nil {
		return err
	}
	for _, word := range strings.FieldsFunc(lessons, func(r rune) bool { return r == ',' }) {
		l, err := course.Find(word)
		if err != nil {
			return err
		}
		text, err := fs.ReadFile(g.Files, l.Script())
		if err != nil {
			return err
		}
		c := column{Column: class.Column{Name: l.Number, Title: l.Title}}
		c.parts = []part{{files: g.Files, file: l.Script(), shown: l.Script(), starts: starts(text, programs.List), text: text}}
		if t, has := task.Of(g.Files, l); has {
			if text, err = fs.ReadFile(g.Files, t.Script()); err != nil {
				return err
			}
			c.parts = append(c.parts, part{files: g.Files, file: t.Script(), shown: t.Script(), starts: []string{t.Name}, task: &t, text: text})
		}
		g.columns = append(g.columns, c)
	}
	if g.hidden != "" {
		if err := g.chooseHidden(); err != nil {
			return err
		}
	}
	if len(g.columns) == 0 {
		return errors.New("want -lessons N.M,... or -hidden DIR")
	}
	for i, c := range g.columns {
		g.class.Columns = append(g.class.Columns, c.Column)
		for _, before := range g.columns[:i] {
			if before.Name == c.Name {
				return fmt.Errorf("%s is there twice", c.Name)
			}
		}
	}
	known := g.known()
	for _, name := range strings.FieldsFunc(judged, func(r rune) bool { return r == ',' }) {
		if !slices.Contains(known, name) {
			return fmt.Errorf("-programs: there is no program %q; there are %s", name, strings.Join(known, ", "))
		}
		g.judged = append(g.judged, name)
	}
	return nil
}

func (g *grading) chooseHidden() error {
	root := os.DirFS(g.hidden)
	names, err := fs.Glob(root, "*.txtar")
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return fmt.Errorf("-hidden: there is no script in %s", g.hidden)
	}
	course, err := path.Read(g.Files)
	if err != nil {
		return err
	}
	for _, l := range course.Lessons() { // a hidden script may judge what a lesson has students write
		if t, has := task.Of(g.Files, l); has {
			g.options.Programs = append(slices.Clip(g.options.Programs), t.Program())
		}
	}
	for _, name := range names {
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		c := column{Column: class.Column{Name: strings.TrimSuffix(name, ".txtar"), Hidden: true}}
		c.parts = []part{{files: root, file: name, shown: name, starts: starts(text, g.options.Programs), text: text}}
		g.columns = append(g.columns, c)
	}
	return nil
}

// starts are the programs that a script starts. (packets is a command, too.)
func starts(text []byte, programs []script.Program) []string {
	return check.Starts(bytes.Join(starting.FindAll(text, -1), []byte("\n")), programs)
}

var starting = regexp.MustCompile(`(?m)^[^#\n]*\b(spawn|exec)\b.*`)

// build compiles the students' programs that are Go.
func (g *grading) build(dir string) {
	for i, s := range g.class.Students {
		for name, p := range s.Programs {
			if p.File == "" || p.Command != nil || !g.asks(name) {
				continue
			}
			out := filepath.Join(dir, fmt.Sprintf("student%d-%s", i, name))
			own := task.Own{}
			if err := os.Mkdir(out, 0o700); err != nil {
				own.Missing = err.Error()
			} else {
				own = task.Build(p.File, out)
			}
			p.Command, p.Wrong, p.Broken = own.Command, own.Missing, own.Broken
			s.Programs[name] = p
		}
	}
}

// asks reports whether a script judges a program.
func (g *grading) asks(name string) bool {
	return slices.ContainsFunc(g.columns, func(c column) bool {
		return slices.ContainsFunc(c.parts, func(p part) bool { return slices.Contains(p.starts, name) })
	}) && (g.judged == nil || slices.Contains(g.judged, name))
}

// Run is what supervise.M calls, in a process that may have networks.
func (g *grading) Run() int {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // an error of the write
	fail := func(err error) int {
		fmt.Fprintln(os.Stderr, "socklab grade: could not tell:", visible(err.Error()))
		return codeNotJudged
	}
	text, err := os.ReadFile(filepath.Join(os.TempDir(), classFile))
	if g.class.Students = nil; err == nil {
		err = json.Unmarshal(text, &g.class.Students)
	}
	bin := ""
	if err == nil {
		bin, err = os.MkdirTemp("", "bin-")
	}
	if err == nil {
		err = script.Install(bin, programs.List, nil)
	}
	if err == nil && g.htmlDir != "" {
		err = os.MkdirAll(g.htmlDir, 0o777)
	}
	var before map[string]class.Cell
	if err == nil && g.journal != "" {
		if before, err = g.resume(); err == nil {
			g.record, err = os.OpenFile(g.journal, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
		}
	}
	if err != nil {
		return fail(err)
	}
	defer os.RemoveAll(bin)
	if why := netns.Exposed(); why != "" {
		fmt.Fprintf(os.Stderr, "socklab grade: %s; and nothing keeps them from starting more and more processes. Let nobody be graded here whom you don't trust.\n", why)
	}
	g.options.Bin = bin
	g.options.Words = cmp.Or(g.words, 1+rand.Uint64N(99_999))
	netns.Protect(g.Dir)
	netns.Protect(g.everyone...)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	n := len(g.class.Students) * len(g.columns)
	g.class.Rows = make([][]class.Cell, len(g.class.Students))
	g.mu.Lock()
	g.stop, g.left = stop, n
	g.shows = newGradeLine(n)
	g.mu.Unlock()
	keys := make([]string, n)
	if g.journal != "" {
		for i := range keys {
			keys[i] = g.key(i)
		}
	}
	check.InOrder(ctx, n, cmp.Or(g.parallel, 2*runtime.GOMAXPROCS(0)), func(i int) class.Cell {
		student, c := i/len(g.columns), i%len(g.columns)
		if cell, is := before[keys[i]]; is && keys[i] != "" {
			g.shows.skips()
			return cell
		}
		g.shows.begins(g.class.Students[student].Name + " " + g.columns[c].Name)
		cell := g.cell(ctx, student, c)
		g.shows.ends(g.class.Students[student].Name + " " + g.columns[c].Name)
		if ctx.Err() == nil {
			g.keep(keys[i], cell)
		}
		return cell
	}, func(cell class.Cell) {
		g.mu.Lock()
		defer g.mu.Unlock()
		i := n - g.left
		g.left--
		g.class.Rows[i/len(g.columns)] = append(g.class.Rows[i/len(g.columns)], cell)
	})
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shows.clear()
	if g.ended {
		select {} // Interrupted ends the process
	}
	code := g.say()
	if err := g.write(); err != nil {
		fmt.Fprintln(os.Stderr, "socklab grade: write a report:", err)
		return codeFailed
	}
	return code
}

// cell judges a student in a column.
func (g *grading) cell(ctx context.Context, student, c int) (cell class.Cell) {
	s, col := g.class.Students[student], g.columns[c]
	_, cell.Steps = class.Score(report.Of("", "", col.parts[0].text, nil, script.Result{Verdict: script.NotJudged}))
	if s.Wrong != "" {
		cell.Why = s.Wrong
		return cell
	}
	var wanted []string
	for _, part := range col.parts {
		guests := script.Guests{}
		broken := ""
		for _, name := range part.starts {
			if g.judged != nil && !slices.Contains(g.judged, name) {
				continue
			}
			wanted = append(wanted, class.Usual(name)+".py")
			p, has := s.Programs[name]
			switch {
			case !has && g.judged != nil:
				cell.Why = "no " + class.Usual(name) + ".py"
			case !has:
			case p.Broken != "":
				broken = p.Broken
				guests[name] = nil
			case p.Wrong == "":
				guests[name], p.Wrong = g.guest(name, p.Command)
				fallthrough
			default:
				if p.Wrong != "" {
					cell.Why = p.Wrong
				}
			}
		}
		switch {
		case cell.Why != "":
			return class.Cell{Why: cell.Why, Steps: cell.Steps}
		case len(guests) == 0:
		case broken != "":
			r := script.Result{Verdict: script.Failed, Reason: "it does not compile", Log: shownLines(broken), Played: part.text}
			cell.Plays = append(cell.Plays, report.Of(playName(part), part.shown, part.text, nil, r))
		default:
			cell.Plays = append(cell.Plays, g.play(ctx, student, c, part, guests))
		}
	}
	if len(cell.Plays) == 0 {
		cell.Why = "its script starts none of the programs to judge"
		if last := len(wanted) - 1; last >= 0 {
			cell.Why = "no " + strings.TrimPrefix(strings.Join(wanted[:last], ", ")+" or "+wanted[last], " or ")
		}
	}
	return cell
}

func playName(p part) string { return strings.TrimSuffix(filepath.Base(p.file), ".txtar") }

// shownLines are the words of a compiler.
func shownLines(words string) string {
	var b strings.Builder
	for line := range strings.Lines(words) {
		b.WriteString(visible(strings.TrimSuffix(line, "\n")) + "\n")
	}
	return b.String()
}

// guest is a student's command, or what is wrong with it.
func (g *grading) guest(name string, command []string) (words []string, wrong string) {
	var line []string
	for _, word := range command {
		line = append(line, quoted(word))
	}
	assignment := name + "=" + strings.Join(line, " ")
	o := script.Options{Programs: append(slices.Clip(g.options.Programs), script.Program{Name: name}), Bin: g.options.Bin}
	guests, err := o.ParseGuests([]string{assignment})
	if err != nil {
		return nil, strings.TrimPrefix(err.Error(), fmt.Sprintf("-prog %q: ", assignment))
	}
	return guests[name], ""
}

// play plays a part of a column.
func (g *grading) play(ctx context.Context, student, c int, part part, guests script.Guests) report.Play {
	ctx, cancel := context.WithTimeout(ctx, g.timeout)
	defer cancel()
	o := g.options
	o.File, o.Guests, o.Limits = part.shown, guests, g.limits
	o.Hidden = g.away(student)
	if t := part.task; t != nil {
		o.Programs = append(slices.Clip(o.Programs), t.Program())
		o.Lesson = func(string, string) string { return t.Lesson.Page() + `, "Your turn"` }
	}
	p, _, film, err := played(ctx, part.files, part.file, o)
	if err == nil && g.htmlDir != "" && p.Verdict == script.Failed && !g.columns[c].Hidden {
		file := filepath.Join(g.htmlDir, g.folder(student), pageName(playName(part))+".html")
		if err = os.MkdirAll(filepath.Dir(file), 0o777); err == nil {
			err = filmed(file, film)
		}
		p.Page = filepath.Base(file)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "socklab grade: keep the recording of %s: %v\n", visible(part.shown), err)
	}
	return p
}

// away are the folders that a student may not look into: the other students', the scripts
// that they have not seen, and the pages of failures.
func (g *grading) away(student int) (dirs []string) {
	for _, dir := range g.everyone {
		if dir != g.class.Students[student].Dir {
			dirs = append(dirs, dir)
		}
	}
	for _, dir := range []string{g.hidden, g.htmlDir} {
		if abs, err := filepath.Abs(dir); err == nil && dir != "" {
			if real, err := filepath.EvalSymlinks(abs); err == nil && !isIn(g.class.Students[student].Dir, real) && !isIn(os.TempDir(), real) {
				dirs = append(dirs, real)
			}
		}
	}
	return dirs
}

func isIn(file, dir string) bool {
	rel, err := filepath.Rel(dir, file)
	return err == nil && filepath.IsLocal(rel)
}

// folder is where the pages of a student are.
func (g *grading) folder(student int) string {
	name := cmp.Or(pageName(g.class.Students[student].Name), "student")
	for _, before := range g.class.Students[:student] {
		if strings.EqualFold(pageName(before.Name), name) {
			return fmt.Sprintf("%s-student%d", name, student+1)
		}
	}
	return name
}

// say prints the table, and of one student, or if asked, what failed. It returns the
// exit code.
func (g *grading) say() int {
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
			p.WriteString("\n" + p.style("1", class.Line(g.class.Students[i].Name)+" "+class.Line(g.columns[j].Name)) + "\n")
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
func (g *grading) write() error {
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
		if err := page(filepath.Join(g.htmlDir, g.folder(i), "index.html"), func(w io.Writer) error { return g.class.Page(w, i) }); err != nil {
			return err
		}
	}
	return page(filepath.Join(g.htmlDir, "index.html"), func(w io.Writer) error {
		return g.class.HTML(w, func(i int) string { return g.folder(i) + "/index.html" })
	})
}

// Interrupted is what supervise.M calls at a signal.
func (g *grading) Interrupted(sig syscall.Signal) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.ended = true
	if g.stop != nil {
		g.stop()
		g.shows.clear()
		text := "interrupted"
		if g.journal != "" {
			text += "; the same command goes on where this was"
		}
		fmt.Fprintln(os.Stderr, text)
	}
	return codeSignal + int(sig)
}

// A gradeLine is the last line of a terminal: how many were judged, and who is being
// judged. It is nil where stderr is no terminal.
type gradeLine struct {
	mu      sync.Mutex
	n, done int
	who     []string
	shown   bool
	over    bool
}

func newGradeLine(n int) *gradeLine {
	if !term.IsTerminal(int(os.Stderr.Fd())) || os.Getenv("TERM") == "dumb" {
		return nil
	}
	v := &gradeLine{n: n}
	go func() {
		for range time.Tick(300 * time.Millisecond) {
			v.show()
		}
	}()
	return v
}

func (v *gradeLine) begins(who string) {
	if v != nil {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.who = append(v.who, visible(who))
	}
}

func (v *gradeLine) ends(who string) {
	if v != nil {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.done++
		if i := slices.Index(v.who, visible(who)); i >= 0 {
			v.who = slices.Delete(v.who, i, i+1)
		}
	}
}

func (v *gradeLine) skips() { v.ends("") }

func (v *gradeLine) show() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.over {
		return
	}
	width := 80
	if w, _, err := term.GetSize(int(os.Stderr.Fd())); err == nil && w > 0 {
		width = w
	}
	text := ansi.Truncate(fmt.Sprintf("… %d of %d: %s", v.done, v.n, strings.Join(v.who, ", ")), max(width-1, 1), "…")
	fmt.Fprint(os.Stderr, "\r"+text+"\x1b[K")
	v.shown = true
}

// clear takes the line back, for good.
func (v *gradeLine) clear() {
	if v != nil {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.over = true
		if v.shown {
			fmt.Fprint(os.Stderr, "\r\x1b[K")
		}
	}
}
