//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/charmbracelet/x/ansi"
	"golang.org/x/term"

	"socklab/tools/course/check"
	"socklab/tools/course/exercise"
	"socklab/tools/course/page"
	"socklab/tools/course/path"
	"socklab/tools/course/place"
	"socklab/tools/course/programs"
	"socklab/tools/course/progress"
	"socklab/tools/course/task"
	"socklab/tools/harness/netns"
	"socklab/tools/harness/recording"
	"socklab/tools/harness/script"
	"socklab/tools/harness/supervise"
)

const checkUsage = `usage: socklab check [-v] [-in LANGUAGE] [-update] [-prog NAME=COMMAND]...
                     [N.M...]

Plays the scripts of lessons anew, with the programs as they are, and says what
became of each; then the program that you have written for the lesson, in
mine/N.M (socklab watch N.M begins one). A lesson is done when both pass;
mine/progress.txt remembers that. Without a number all lessons are checked; then
those you have not done stay open.

  -v                  all that is known of a failure; else it is cut to a screen
  -in LANGUAGE        of your programs those in go or python; else those saved
                      last
  -update             where only transcripts differ, write what was said into
                      the script; read the difference with git diff
  -prog NAME=COMMAND  judge COMMAND, in the place of our program NAME, or as the
                      program that a lesson has you write; without a number
                      those lessons are checked that start it

A failure begins with the step that was reached.

Exit codes: 0 passed, 1 failed, 2 wrong arguments, 3 none failed, and somebody
was not judged, 130 after ^C.
`

// idle ends a wait for what does not come, once nobody has done anything for so long.
const idle = 2 * time.Second

// A checking is what check was asked for.
type checking struct {
	setting
	lessons []path.Lesson
	one     bool // one lesson alone was named
	named   bool // the lessons were named: those that pass are done
	verbose bool
	update  bool
	options script.Options
	guests  []string // as they were typed
	in      string   // the language of the reader's programs, or ""

	mu     sync.Mutex // of all below
	stop   context.CancelFunc
	paper  *paper
	shows  *liveLine
	left   int             // lessons without an outcome
	codes  map[int]bool    // exit codes of lessons
	marked map[string]bool // lessons that have a mark already
	told   bool            // that the progress can't be kept
	ended  bool
}

// checks is socklab check.
func checks(args []string) int {
	flags := flag.NewFlagSet("check", flag.ContinueOnError)
	k := &checking{codes: map[int]bool{}, marked: map[string]bool{}}
	flags.Func("prog", "", func(s string) error { k.guests = append(k.guests, s); return nil })
	flags.StringVar(&k.in, "in", "", "")
	flags.BoolVar(&k.verbose, "v", false, "")
	flags.BoolVar(&k.update, "update", false, "")
	words, code, ok := parse("check", checkUsage, flags, args)
	if !ok {
		return code
	}
	if k.in != "" && extensions[k.in] == "" {
		return misused("check", checkUsage, "-in %.200q: want go or python; -prog judges a program in any language", k.in)
	}
	if k.setting, ok = here("socklab check"); !ok {
		return codeFailed
	}
	if k.update && (len(words) == 0 || len(k.guests) > 0) {
		fmt.Fprintln(os.Stderr, "socklab check: -update rewrites the lessons that are named, as our programs play them: say which, and no -prog")
		return codeMisused
	}
	k.options = script.Options{Programs: programs.List, Lesson: page.ToRead(k.Files), Idle: idle}
	known := k.options // and the names of the programs to write
	known.Programs = slices.Concat(programs.List, k.tasks())
	var err error
	if k.options.Guests, err = known.ParseGuests(k.guests); err != nil {
		fmt.Fprintln(os.Stderr, "socklab check:", err)
		return codeMisused
	}
	if len(k.guests) > 0 {
		k.options.Words = 1 + rand.Uint64N(99_999)
	}
	// This runs in two processes: who writes the progress says what is wrong with it.
	course, err := progress.Load(k.Dir, k.Files)
	if err != nil {
		fmt.Fprintln(os.Stderr, "socklab check:", err)
		return codeFailed
	}
	for _, l := range course.Lessons() {
		k.marked[l.Number] = l.Last != ""
	}
	if k.lessons, err = k.choose(words); err != nil {
		fmt.Fprintln(os.Stderr, "socklab check:", err)
		return codeMisused
	}
	k.named, k.one, k.left = len(words) > 0, len(k.lessons) == 1, len(k.lessons)
	var built *check.Built
	m := supervise.M{Tests: k, Before: func(dir string) []string {
		if !k.Checkout { // this binary is the programs
			built = &check.Built{}
			k.unplayed("the binary has its own programs in Go. To change those, clone the repository; -prog judges a program of yours, in any language")
		} else if built = check.Build(k.wanted(), dir); built.Unbuilt != "" {
			k.unplayed("the programs can't be built, and the binary has its own: " + built.Unbuilt)
		}
		built.Own = k.own(dir)
		if err := built.Leave(dir); err != nil {
			fmt.Fprintln(os.Stderr, "socklab check:", err)
		}
		return nil
	}}
	code = m.Run()
	if built != nil {
		built.Close()
	}
	return code
}

// choose are the lessons that the words name, or all that there are.
func (k *checking) choose(words []string) ([]path.Lesson, error) {
	course, err := path.Read(k.Files)
	if err != nil {
		return nil, err
	}
	var chosen []path.Lesson
	for _, word := range words {
		l, err := course.Find(word)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(chosen, l) {
			chosen = append(chosen, l)
		}
	}
	if len(words) > 0 {
		return chosen, nil
	}
	for _, l := range course.Lessons() {
		starts := len(k.options.Guests) == 0
		for name := range k.options.Guests {
			starts = starts || slices.Contains(k.starts(l), name)
		}
		if starts {
			chosen = append(chosen, l)
		}
	}
	if len(chosen) == 0 {
		return nil, errors.New("no lesson starts the programs that -prog names")
	}
	return chosen, nil
}

// tasks are the programs to write.
func (k *checking) tasks() (all []script.Program) {
	course, _ := path.Read(k.Files)
	for _, l := range course.Lessons() {
		if t, has := task.Of(k.Files, l); has {
			all = append(all, t.Program())
		}
	}
	return all
}

// own makes ready the programs that the reader has written for these lessons. What is
// compiled lies in dir.
func (k *checking) own(dir string) map[string]task.Own {
	all := map[string]task.Own{}
	for _, l := range k.lessons {
		if t, has := task.Of(k.Files, l); has && len(k.guests) == 0 && k.Dir != "" {
			if file := t.Found(k.Dir, extensions[k.in]); file != "" {
				all[l.Number] = task.Build(file, dir)
			}
		}
	}
	return all
}

func (k *checking) starts(l path.Lesson) []string {
	if t, has := task.Of(k.Files, l); has && k.options.Guests[t.Name] != nil {
		return []string{t.Name}
	}
	text, _ := fs.ReadFile(k.Files, l.Script())
	return check.Starts(text, k.options.Programs)
}

// wanted are the programs that the lessons start.
func (k *checking) wanted() (all []script.Program) {
	for _, p := range k.options.Programs {
		if k.options.Guests[p.Name] == nil && slices.ContainsFunc(k.lessons, func(l path.Lesson) bool { return slices.Contains(k.starts(l), p.Name) }) {
			all = append(all, p)
		}
	}
	return all
}

// unplayed says which programs somebody has changed where none in Go is built, and why
// that is so.
func (k *checking) unplayed(why string) {
	if k.Dir == "" || !k.named {
		return
	}
	var changed []string
	for _, l := range k.lessons {
		files, _ := exercise.Files(k.Files, l)
		for _, file := range files {
			was, _ := place.Original(file)
			is, err := fs.ReadFile(k.Files, file)
			if strings.HasSuffix(file, ".go") && was != nil && err == nil && !bytes.Equal(is, was) && !slices.Contains(changed, file) {
				changed = append(changed, file)
			}
		}
	}
	for _, file := range changed {
		fmt.Fprintf(os.Stderr, "socklab check: %s is not as this socklab has it, and is not played here: %s\n", visible(file), visible(why))
	}
}

// Run is what supervise.M calls, in a process that may have networks.
func (k *checking) Run() int {
	// A closed pipe is an error of the write, not the end of this process.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	built, err := check.Find(os.TempDir())
	if err != nil {
		built = &check.Built{}
	}
	bin, err := os.MkdirTemp("", "bin-")
	if err == nil {
		err = script.Install(bin, k.options.Programs, built.Paths)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "socklab check: could not tell: install the programs:", err)
		return codeNotJudged
	}
	// Programs are kept for other runs, and the progress is the learner's: programs of
	// scripts may not change them.
	netns.Protect(built.Store, k.Dir)
	k.options.Bin = bin
	ctx, stop := context.WithCancel(context.Background())
	k.mu.Lock()
	k.stop, k.paper, k.shows = stop, newPaper(), newLiveLine()
	k.mu.Unlock()
	c := check.Checker{Root: k.Files, Options: k.options, Broken: built.Broken, Own: built.Own, AtOnce: 2 * runtime.GOMAXPROCS(0)}
	if k.shows != nil {
		c.Begins = k.shows.begins
	}
	if k.update {
		c.Update = func(l path.Lesson, script []byte) error {
			return os.WriteFile(filepath.Join(k.Dir, l.Script()), script, 0o666)
		}
	}
	c.Run(ctx, k.lessons, k.tell)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.shows.clear()
	switch {
	case k.ended:
		select {} // Interrupted ends the process
	case k.codes[codeSignal+int(syscall.SIGPIPE)]:
		return codeSignal + int(syscall.SIGPIPE)
	case k.codes[codeFailed]:
		return codeFailed
	case k.codes[codeNotJudged]:
		return codeNotJudged
	}
	return 0
}

// tell shows an outcome, and remembers it.
func (k *checking) tell(o check.Outcome) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.ended {
		return
	}
	k.left--
	k.shows.ends(o.Lesson)
	k.shows.clear()
	p := k.paper
	p.Reset()
	took := fmt.Sprintf("%.1f s", o.Took.Seconds())
	if o.Own != "" {
		took += ", " + visible(k.short(o.Own))
	}
	head := func(mark, style, rest string) {
		p.line(p.style(style, mark)+strings.Repeat(" ", 12-len(mark)), p.style("1", o.Lesson.Name())+": "+rest)
	}
	result := progress.NotJudged
	switch o.Verdict {
	case script.Passed:
		result = progress.Passed
		if o.Updated {
			took += ", transcripts rewritten"
		}
		head("passed", "32", fmt.Sprintf("%d of %d steps, %s", o.Passed, o.Steps, took))
		if o.Task != "" && k.named && k.Dir != "" {
			p.line("            ", fmt.Sprintf("Now write %s: %s watch %s", o.Task, k.typed, o.Lesson.Number))
		}
	case script.Failed:
		result = progress.Failed
		k.codes[codeFailed] = true
		if o.Failure == nil {
			head("failed", "31", visible(o.Reason))
			break
		}
		head("failed", "31", fmt.Sprintf("%d of %d steps passed, %s", o.Passed, o.Steps, took))
	default:
		k.codes[codeNotJudged] = true
		head("not judged", "33", visible(o.Reason))
	}
	if o.Verdict == script.Failed || o.Verdict == script.NotJudged && o.Failure != nil {
		switch {
		case k.verbose:
			p.WriteString("\n" + folded(strings.TrimSpace(o.Report), p.width) + "\n\n")
		case k.one && k.untouched(o):
			p.WriteString(o.Start(p.width))
		case k.one:
			p.WriteString(o.Brief(p.width))
			p.line("", p.style("2", k.again(o.Lesson)+" shows all"))
		default:
			p.WriteString(ansi.Truncate("            "+visible(strings.SplitN(o.Reason, "\n", 2)[0]), p.width, "…") + "\n")
		}
	}
	if _, err := os.Stdout.WriteString(p.String()); errors.Is(err, syscall.EPIPE) {
		k.codes[codeSignal+int(syscall.SIGPIPE)] = true // nobody reads any more
		k.stop()
	}
	if o.Script == "" || !k.named && !k.marked[o.Lesson.Number] {
		return
	}
	if k.Dir == "" {
		if !k.told {
			k.told = true
			fmt.Fprintf(os.Stderr, "socklab check: there is no course in this folder, so nothing is remembered; %s init DIR lays it out in a folder\n", k.typed)
		}
		return
	}
	if o.Task != "" {
		return
	}
	entry := progress.Entry{Lesson: o.Lesson.Number, Result: result, Date: time.Now(), Script: o.Script}
	if err := progress.Add(k.Dir, entry); err != nil && !k.told {
		k.told = true
		fmt.Fprintln(os.Stderr, "socklab check:", err)
	}
}

// untouched reports whether what was judged is the file to start from.
func (k *checking) untouched(o check.Outcome) bool {
	t, has := task.Of(k.Files, o.Lesson)
	if !has || o.Own == "" {
		return false
	}
	is, err := os.ReadFile(o.Own)
	start, err2 := fs.ReadFile(k.Files, t.Start(filepath.Ext(o.Own)))
	return err == nil && err2 == nil && bytes.Equal(is, start)
}

// again is the command that shows all of a failure.
func (k *checking) again(l path.Lesson) string {
	text := k.typed + " check -v "
	if k.in != "" {
		text += "-in " + k.in + " "
	}
	for _, guest := range k.guests {
		text += "-prog " + quoted(guest) + " "
	}
	return visible(text + l.Number)
}

// Interrupted is what supervise.M calls at a signal.
func (k *checking) Interrupted(sig syscall.Signal) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ended = true
	if k.stop != nil {
		k.stop()
		text := "interrupted"
		if !k.one {
			text = fmt.Sprintf("interrupted: %d of %d lessons were not checked", k.left, len(k.lessons))
		} else if where := k.shows.where(k.lessons[0]); where != "" {
			text += ": " + where
		}
		k.shows.clear()
		if sig == syscall.SIGTERM {
			return codeSignal + int(sig) // nobody sits there who has pressed a key
		}
		fmt.Fprintln(os.Stderr, ansi.Truncate(text, columns(), "…"))
	}
	return codeSignal + int(sig)
}

// A liveLine is the last line of a terminal, which says what is going on, and is
// taken back before anything else is written. It is nil where there is no terminal.
type liveLine struct {
	mu      sync.Mutex
	playing []*state
	shown   bool
}

// A state is where a script is.
type state struct {
	lesson path.Lesson
	step   int
	line   int
	words  string // of the command that runs
	since  time.Time
}

func newLiveLine() *liveLine {
	if !term.IsTerminal(int(os.Stdout.Fd())) || os.Getenv("TERM") == "dumb" {
		return nil
	}
	v := &liveLine{}
	go func() {
		tick := time.NewTicker(500 * time.Millisecond)
		defer tick.Stop()
		for range tick.C {
			v.show()
		}
	}()
	return v
}

// begins follows a script.
func (v *liveLine) begins(l path.Lesson, r *recording.Recording) {
	s := &state{lesson: l, since: time.Now()}
	v.mu.Lock()
	v.playing = append(v.playing, s)
	v.mu.Unlock()
	events := r.Follow(recording.Whole)
	go func() {
		for {
			e, err := events.Next(context.Background())
			if err != nil {
				return
			}
			v.mu.Lock()
			switch {
			case e.Layer != "script":
			case e.Kind == "step":
				s.step++
			case e.Kind == "begin":
				s.line, s.words, s.since = e.Line, oneLine(e.Text), time.Now()
			case e.Kind == "end":
				s.since = time.Now()
			}
			v.mu.Unlock()
		}
	}()
}

func (v *liveLine) ends(l path.Lesson) {
	if v == nil {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.playing = slices.DeleteFunc(v.playing, func(s *state) bool { return s.lesson == l })
}

// where says where the script of a lesson is; "" if that is not known.
func (v *liveLine) where(l path.Lesson) string {
	if v == nil {
		return ""
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, s := range v.playing {
		if s.lesson == l {
			return s.String()
		}
	}
	return ""
}

func (s *state) String() string {
	if s.line == 0 {
		return s.lesson.Number + " begins"
	}
	return fmt.Sprintf("%s step %d, line %d: %s", s.lesson.Number, s.step, s.line, s.words)
}

// show shows the script that has waited longest.
func (v *liveLine) show() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.playing) == 0 {
		return
	}
	first := v.playing[0]
	for _, s := range v.playing {
		if s.since.Before(first.since) {
			first = s
		}
	}
	text := fmt.Sprintf("… %d s: %v", int(time.Since(first.since).Seconds()), first)
	if os.Getenv("NO_COLOR") == "" {
		text = "\x1b[2m" + ansi.Truncate(text, max(columns()-3, 1), "…") + "\x1b[m"
	} else {
		text = ansi.Truncate(text, max(columns()-3, 1), "…")
	}
	fmt.Print("\r" + text + "\x1b[K")
	v.shown = true
}

func (v *liveLine) clear() {
	if v == nil {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.shown {
		fmt.Print("\r\x1b[K")
		v.shown = false
	}
}
