//go:build unix

package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
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
	"socklab/tools/harness/recording"
	"socklab/tools/harness/report"
	"socklab/tools/harness/script"
	"socklab/tools/harness/supervise"
)

const gradeUsage = `usage: socklab grade -lessons N.M,... [FLAG...] STUDENT...

Plays lessons' scripts with the programs of each student, and shows a table: a
row for each student, a column for each lesson. 2/5 says that two of five steps
passed; the words behind it are the first cause.

STUDENT is a folder. In it echo_server.py is the program echo-server; .js, .sh
and .go are known, too, and without extension what can be run. Where files have
other names, a file socklab.toml in the folder says so:

  [programs]
  echo-server = "server.py"
  echo-client = ["python3", "-u", "client.py"]

A lesson judges those of its programs that a student has, and the program that
it has its reader write.

  -lessons N.M,...    the lessons
  -hidden DIR         and the scripts (.txtar) in this folder, which students do
                      not see
  -programs NAME,...  judge these alone; who lacks one that a lesson starts has
                      no points
  -parallel N         how many at once; twice the number of processors is the
                      default
  -timeout DURATION   for one script; 1m is the default
  -limits KIND=N,...  for a student's programs in a script: processes=100,
                      threads=2000 (of all processes; Linux 6.14 or control
                      groups), megabytes of memory=512, written=32 by one of
                      them, and folder=64 of files
  -words N            the choice of words that are said; by chance without it
  -resume FILE        keep in FILE what is judged, and judge no one again who is
                      there
  -shard K/N          the K-th of N parts of the class, for a machine each; K is
                      job in a pod of an Indexed Job of Kubernetes, whose place
                      it is
  -part DIR           keep there what socklab merge puts together. The exit code
                      is then 0 when the part is judged: who passed is merge's
                      to say
` + gradedUsage + `
Exit codes: 0 everybody passed, 1 somebody failed, 2 wrong arguments, 3 none
failed, and somebody was not judged, 130 after ^C.
`

// A grading is what grade was asked for.
type grading struct {
	setting
	graded
	columns  []column
	judged   []string // the programs that alone are judged; nil: all that there are
	parallel int
	timeout  time.Duration
	words    uint64
	journal  string
	part     class.Part // of the class; it is written if it has a folder
	everyone []string   // the folders of all students
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
	g := &grading{part: class.Part{K: 1, N: 1}}
	flags := flag.NewFlagSet("grade", flag.ContinueOnError)
	var lessons, judged string
	flags.StringVar(&lessons, "lessons", "", "")
	flags.StringVar(&g.hidden, "hidden", "", "")
	flags.StringVar(&judged, "programs", "", "")
	flags.Func("parallel", "", positive(&g.parallel))
	g.timeout = time.Minute
	flags.Func("timeout", "", lasting(&g.timeout))
	g.limits = script.Limits{Processes: 100, Threads: 2000, Memory: 512 << 20, Written: 32 << 20, Folder: 64 << 20}
	flags.Func("limits", "", g.parseLimits)
	flags.Uint64Var(&g.words, "words", 0, "")
	flags.StringVar(&g.journal, "resume", "", "")
	flags.Func("shard", "", g.parseShard)
	flags.StringVar(&g.part.Dir, "part", "", "")
	g.flags(flags)
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
	case g.files["gradescope"] != "" && (len(dirs) > 1 || g.part.N > 1):
		err = errNotOne
	default:
		err = g.find(dirs)
	}
	if err != nil {
		return misused("grade", gradeUsage, "%s", visible(err.Error()))
	}
	unsettle := func() {}
	code = supervise.M{Tests: g, Before: func(dir string) []string {
		unsettle = netns.Settle()
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
	unsettle()
	return code
}

// find finds the students, and chooses those of the part.
func (g *grading) find(dirs []string) error {
	all, err := class.Find(dirs, g.known())
	if err != nil {
		return err
	}
	for _, s := range all {
		g.everyone = append(g.everyone, s.Dir)
		g.part.Students = append(g.part.Students, s.Name)
	}
	for i, folder := range folders(g.part.Students) {
		if g.part.Holds(i) {
			g.class.Students, g.folders = append(g.class.Students, all[i]), append(g.folders, folder)
		}
	}
	return nil
}

// jobIndex is what Kubernetes calls the place of a pod in an Indexed Job, from 0.
const jobIndex = "JOB_COMPLETION_INDEX"

// parseShard reads K/N. Of a pod, K is job: its place in its Indexed Job.
func (g *grading) parseShard(s string) error {
	k, n, _ := strings.Cut(s, "/")
	if k == "job" {
		index, err := strconv.Atoi(os.Getenv(jobIndex))
		if err != nil || index < 0 {
			return fmt.Errorf("job is the place of a pod in an Indexed Job of Kubernetes, want it in %s, from 0; it is %q", jobIndex, os.Getenv(jobIndex))
		}
		k = strconv.Itoa(index + 1)
	}
	if errors.Join(positive(&g.part.K)(k), positive(&g.part.N)(n)) != nil || g.part.K > g.part.N {
		return fmt.Errorf("want K/N, as 3/8 or job/8; it is %s/%s", k, n)
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
	for _, dir := range []string{g.htmlDir, g.part.Dir} {
		if err == nil && dir != "" {
			err = os.MkdirAll(dir, 0o777)
		}
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
		if cell, is := before[keys[i]]; is && keys[i] != "" && g.paged(student, cell) {
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
	err = g.graded.write()
	if g.part.Dir != "" {
		g.part.Columns, g.part.Rows = g.class.Columns, g.class.Rows
		for _, c := range g.columns {
			g.part.Steps = append(g.part.Steps, c.steps())
		}
		g.part.By = g.by()
		err = errors.Join(err, g.part.Write())
		if code == codeFailed || code == codeNotJudged {
			code = 0 // that is merge's to say
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "socklab grade: write a report:", err)
		return codeFailed
	}
	return code
}

// by is a hash of what students are judged by.
func (g *grading) by() string {
	h := sha256.New()
	fmt.Fprintf(h, "%q %v\n", g.judged, g.limits)
	for _, c := range g.columns {
		for _, p := range c.parts {
			fmt.Fprintf(h, "%q %q\n", p.shown, p.text)
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:8])
}

// steps is how many steps those have who are not judged in the column.
func (c column) steps() int {
	_, of := class.Score(report.Of("", "", c.parts[0].text, nil, script.Result{Verdict: script.NotJudged}))
	return of
}

// pages are the folders that get the pages of a student's failures.
func (g *grading) pages(student int) (dirs []string) {
	for _, dir := range []string{g.htmlDir, g.part.Dir} {
		if dir != "" {
			dirs = append(dirs, filepath.Join(dir, g.folders[student]))
		}
	}
	return dirs
}

// paged reports whether the pages of a cell from before are where they are wanted.
func (g *grading) paged(student int, cell class.Cell) bool {
	for _, p := range cell.Plays {
		for _, dir := range g.pages(student) {
			if _, err := os.Stat(filepath.Join(dir, p.Page)); p.Failure != nil && (p.Page == "" || err != nil) {
				return false
			}
		}
	}
	return true
}

// cell judges a student in a column.
func (g *grading) cell(ctx context.Context, student, c int) (cell class.Cell) {
	s, col := g.class.Students[student], g.columns[c]
	cell.Steps = col.steps()
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
	p, kept := played(ctx, part.files, part.file, o)
	var err error
	if dirs := g.pages(student); len(dirs) > 0 && p.Verdict == script.Failed && !g.columns[c].Hidden {
		p.Page = pageName(playName(part)) + ".html"
		var film *recording.File
		_, film, err = kept.file()
		for _, dir := range dirs {
			if err == nil {
				err = os.MkdirAll(dir, 0o777)
			}
			if err == nil {
				err = filmed(filepath.Join(dir, p.Page), film)
			}
		}
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
	for _, dir := range []string{g.hidden, g.htmlDir, g.part.Dir} {
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
