//go:build unix

package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/rogpeppe/go-internal/txtar"

	"socklab/tools/course/check"
	"socklab/tools/course/page"
	"socklab/tools/course/path"
	"socklab/tools/course/programs"
	"socklab/tools/harness/netns"
	"socklab/tools/harness/recording"
	"socklab/tools/harness/report"
	"socklab/tools/harness/script"
	"socklab/tools/harness/supervise"
	"socklab/tools/harness/viewer"
)

// A batch plays several scripts, or one several times, and says in a line what became
// of each.
type batch struct {
	files     []string
	named     *regexp.Regexp // of files those whose name matches; nil: all
	failed    bool           // those alone that failed last time
	repeat    int
	parallel  int
	timeout   time.Duration // of a play
	update    bool
	keepAll   bool // the folders of the scripts
	verbose   bool
	reports   []reportTo
	artifacts string // the folder for recordings and pages of what failed, or ""
	options   script.Options
	dir       string // of the course, which no program may change

	mu    sync.Mutex
	stop  context.CancelFunc
	ended bool
	plays []report.Play
	paper *paper
}

// A reportTo is a report and where it is written.
type reportTo struct {
	kind, where string
}

// reportKinds are the reports that are one file.
var reportKinds = map[string]func(io.Writer, []report.Play) error{"junit": report.JUnit, "tap": report.TAP, "json": report.JSON}

// parseReports reads KIND=FILE,KIND=FILE.
func (b *batch) parseReports(s string) error {
	for one := range strings.SplitSeq(s, ",") {
		kind, where, found := strings.Cut(one, "=")
		if !found || where == "" || reportKinds[kind] == nil && kind != "html" {
			return fmt.Errorf("want junit=FILE, tap=FILE, json=FILE or html=DIR, separated by commas")
		}
		b.reports = append(b.reports, reportTo{kind, where})
	}
	return nil
}

// asked reports whether more was asked for than to see one script.
func (b *batch) asked() bool {
	return b.repeat > 0 || b.named != nil || b.failed || b.update || b.options.Continue || b.keepAll || len(b.reports) > 0 || b.artifacts != ""
}

// choose finds the scripts: files, and of a folder all below it.
func (b *batch) choose(what []string) error {
	var last []string
	if b.failed {
		var err error
		if last, err = failedBefore(); err != nil {
			return err
		}
	}
	for _, name := range what {
		var found []string
		info, err := os.Stat(name)
		switch {
		case err != nil:
			return err
		case info.IsDir():
			err = filepath.WalkDir(name, func(file string, d fs.DirEntry, err error) error {
				if err == nil && !d.IsDir() && filepath.Ext(file) == ".txtar" {
					found = append(found, file)
				}
				return err
			})
			if err != nil {
				return err
			}
		default:
			found = []string{name}
		}
		for _, file := range found {
			abs, err := filepath.Abs(file)
			if err != nil {
				return err
			}
			if (b.named == nil || b.named.MatchString(file)) && (!b.failed || slices.Contains(last, abs)) && !slices.Contains(b.files, file) {
				b.files = append(b.files, file)
			}
		}
	}
	switch {
	case len(b.files) > 0:
		return nil
	case b.failed && b.named == nil:
		return errors.New("none of these scripts failed last time")
	}
	return errors.New("no script is selected")
}

// scripts are the files of scripts and of lessons, and folders as they are.
func (s setting) scripts(what []string) (files []string, err error) {
	for _, word := range what {
		if strings.HasSuffix(word, ".txtar") || isFolder(word) {
			files = append(files, word)
			continue
		}
		course, err := path.Read(s.Files)
		if err != nil {
			return nil, err
		}
		l, err := course.Find(word)
		if err == nil && s.Dir == "" {
			err = fmt.Errorf("lesson %s is in no folder here; %s init DIR lays the course out", word, s.typed)
		}
		if err != nil {
			return nil, fmt.Errorf("%w; a script's name ends in .txtar", err)
		}
		files = append(files, fromHere(filepath.Join(s.Dir, l.Script())))
	}
	return files, nil
}

// withNamed are our programs, and those that -prog names: a script of somebody's own
// starts theirs.
func withNamed(guests []string) []script.Program {
	all := slices.Clone(programs.List)
	for _, guest := range guests {
		name, _, _ := strings.Cut(guest, "=")
		if name != "" && !slices.ContainsFunc(all, func(p script.Program) bool { return p.Name == name }) {
			all = append(all, script.Program{Name: name})
		}
	}
	return all
}

// fromHere is a file as it is written in the current folder.
func fromHere(file string) string {
	if dir, err := os.Getwd(); err == nil {
		if short, err := filepath.Rel(dir, file); err == nil {
			return short
		}
	}
	return file
}

// start plays them all.
func (b *batch) start(what []string, p playing) int {
	if p.depth != "screen" || p.step || p.speed != 0 || p.out != "" {
		return misplayed("-depth, -step, -speed and -o are for one script, which is shown; -artifacts and -report keep what became of several")
	}
	s, ok := here("socklab play")
	if !ok {
		return codeFailed
	}
	b.dir = s.Dir
	b.options.Programs, b.options.Lesson = withNamed(p.guests), page.ToRead(s.Files)
	files, err := s.scripts(what)
	if err == nil {
		err = b.choose(files)
	}
	if err == nil {
		b.options.Guests, err = b.options.ParseGuests(p.guests)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "socklab play:", err)
		return codeMisused
	}
	return supervise.M{Tests: b}.Run()
}

// Run is what supervise.M calls, in a process that may have networks.
func (b *batch) Run() int {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // an error of the write
	bin, err := os.MkdirTemp("", "bin-")
	if err == nil {
		err = script.Install(bin, b.options.Programs, nil)
	}
	for _, dir := range b.folders() {
		if err == nil {
			err = os.MkdirAll(dir, 0o777)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "socklab play: could not tell:", err)
		return codeNotJudged
	}
	defer os.RemoveAll(bin)
	b.options.Bin = bin
	if b.keepAll {
		// Not in the folder of this run, which is removed.
		if b.options.Keep, err = os.MkdirTemp(supervise.TempDir(), "socklab-kept-"); err != nil {
			fmt.Fprintln(os.Stderr, "socklab play: -keep:", err)
			return codeNotJudged
		}
	}
	netns.Protect(b.dir)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	b.mu.Lock()
	b.stop, b.paper = stop, newPaper()
	b.mu.Unlock()
	times := max(b.repeat, 1)
	check.InOrder(ctx, len(b.files)*times, cmp.Or(b.parallel, 2*runtime.GOMAXPROCS(0)),
		func(i int) report.Play { return b.play(ctx, b.files[i/times], i%times+1) }, b.tell)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended {
		select {} // Interrupted ends the process
	}
	code := b.sum()
	if err := b.write(); err != nil {
		fmt.Fprintln(os.Stderr, "socklab play: write a report:", err)
		return codeFailed
	}
	return code
}

// folders are those in which something is left.
func (b *batch) folders() (all []string) {
	if b.artifacts != "" {
		all = append(all, b.artifacts)
	}
	for _, r := range b.reports {
		if r.kind == "html" {
			all = append(all, r.where)
		}
	}
	return all
}

// play plays a script once.
func (b *batch) play(ctx context.Context, file string, turn int) report.Play {
	ctx, cancel := context.WithTimeout(ctx, b.timeout)
	defer cancel()
	o := b.options
	o.File = file
	update := func(into *[]byte) func([]byte) error {
		return func(text []byte) error { *into = text; return nil }
	}
	var updated, again []byte
	if b.update {
		o.Update = update(&updated)
	}
	p, kept := played(ctx, os.DirFS(filepath.Dir(file)), filepath.Base(file), o)
	if updated != nil && p.Verdict == script.Passed {
		o.Update = update(&again)
		if second, _ := played(ctx, os.DirFS(filepath.Dir(file)), filepath.Base(file), o); second.Verdict != script.Passed {
			p = second
		} else if why := rewrite(file, updated, again); why != "" {
			p.Verdict, p.Reason, p.Log = script.Failed, why, why
			p.Steps = append(p.Steps, report.Step{Sentence: "its transcripts", Verdict: script.Failed})
		}
	}
	if b.repeat > 0 {
		p.Play = turn
	}
	if err := b.keep(&p, kept); err != nil {
		fmt.Fprintf(os.Stderr, "socklab play: keep the recording of %s: %v\n", visible(file), err)
	}
	return p
}

// A record is the recording of a play. Writing it may take as long as the play.
type record struct {
	header recording.Header
	events []recording.Event
}

// file is the record as a file, and as a reader has that.
func (r *record) file() (text []byte, film *recording.File, err error) {
	var b bytes.Buffer
	out, err := recording.NewWriter(&b, r.header)
	for _, e := range r.events {
		if err == nil {
			err = out.Write(e)
		}
	}
	if err == nil {
		film, err = recording.Read(bytes.NewReader(b.Bytes()))
	}
	return b.Bytes(), film, err
}

// played plays a script once. Whoever is to be judged and is not started is not judged.
func played(ctx context.Context, files fs.FS, name string, o script.Options) (p report.Play, kept *record) {
	began := time.Now()
	o.Recording = recording.New()
	events := o.Recording.Follow(recording.Whole)
	kept = &record{}
	o.Begins = func(h recording.Header) { kept.header = h }
	r, err := script.Run(ctx, files, name, o)
	o.Recording.Close()
	if err != nil {
		r = script.Result{Verdict: script.NotJudged, Reason: err.Error()}
	}
	for name := range o.Guests {
		if r.Verdict == script.Passed && !slices.Contains(r.Started, name) {
			r.Verdict, r.Reason = script.NotJudged, "the script does not start "+name
		}
	}
	var steps []int64
	for {
		e, err := events.Next(context.Background())
		if err != nil { // the end
			break
		}
		kept.events = append(kept.events, e)
		if e.Layer == "script" && e.Kind == "step" {
			steps = append(steps, e.At)
		}
	}
	if n := len(kept.events); n > 0 {
		steps = append(steps, kept.events[n-1].At)
	}
	p = report.Of(strings.TrimSuffix(filepath.Base(name), ".txtar"), o.File, r.Played, steps, r)
	p.Began, p.Took = began, time.Since(began)
	return p, kept
}

// rewrite writes new transcripts into a script if two plays agree on them, and says
// which. Otherwise it returns why nothing is written.
func rewrite(file string, first, second []byte) (why string) {
	before, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	const missing = "\x00"
	text := func(archive []byte, name string) string {
		for _, f := range txtar.Parse(archive).Files {
			if f.Name == name {
				return string(f.Data)
			}
		}
		return missing
	}
	if second == nil {
		second = before
	}
	var wrote []string
	for _, f := range txtar.Parse(first).Files {
		switch is, was := string(f.Data), text(before, f.Name); {
		case is != text(second, f.Name):
			return fmt.Sprintf("-update: %s is another in each play, and so nothing was written; pick and replace take out what differs", f.Name)
		case was == missing:
			wrote = append(wrote, f.Name+" (new)")
		case is != was:
			wrote = append(wrote, f.Name)
		}
	}
	if err := os.WriteFile(file, first, 0o666); err != nil {
		return err.Error()
	}
	fmt.Fprintf(os.Stderr, "socklab play: wrote into %s: %s\n", visible(file), visible(strings.Join(wrote, ", ")))
	return ""
}

// pageName is what the page of a script is called.
func pageName(file string) string {
	return strings.Trim(nameless.ReplaceAllString(strings.TrimSuffix(file, ".txtar"), "-"), "-")
}

// keep writes the recording and the page of a script that failed, among the artifacts,
// and a page of each for the report that has them.
func (b *batch) keep(p *report.Play, kept *record) error {
	artifact := b.artifacts != "" && p.Verdict == script.Failed
	if !artifact && !slices.ContainsFunc(b.reports, func(r reportTo) bool { return r.kind == "html" }) {
		return nil
	}
	text, film, err := kept.file()
	if err != nil {
		return err
	}
	name := pageName(p.File)
	if i := slices.Index(b.files, p.File); slices.ContainsFunc(b.files[:i], func(file string) bool { return pageName(file) == name }) {
		name = fmt.Sprintf("%s-file%d", name, i+1) // as x/y and x-y
	}
	if p.Play > 0 {
		name = fmt.Sprintf("%s-%d", name, p.Play)
	}
	page := func(dir string) error { return filmed(filepath.Join(dir, name+".html"), film) }
	if artifact {
		if err := errors.Join(os.WriteFile(filepath.Join(b.artifacts, name+".jsonl"), text, 0o666), page(b.artifacts)); err != nil {
			return err
		}
		p.Page = filepath.Join(b.artifacts, name+".html")
	}
	for _, r := range b.reports {
		if r.kind == "html" {
			if err := page(r.where); err != nil {
				return err
			}
			p.Page = name + ".html" // from the list
		}
	}
	return nil
}

// filmed writes the page of a recording.
func filmed(file string, film *recording.File) error {
	var text bytes.Buffer
	if err := viewer.Write(&text, film, viewer.Options{}); err != nil {
		return err
	}
	return os.WriteFile(file, text.Bytes(), 0o666)
}

// tell says in a line what became of a play, and of a failure in some more, if it is
// the only script.
func (b *batch) tell(p report.Play) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended {
		return
	}
	b.plays = append(b.plays, p)
	out := b.paper
	out.Reset()
	passed := 0
	for _, s := range p.Steps {
		if s.Verdict == script.Passed {
			passed++
		}
	}
	name := visible(p.File)
	if p.Play > 0 {
		name += fmt.Sprintf(" (play %d of %d)", p.Play, b.repeat)
	}
	colour := map[script.Verdict]string{script.Passed: "32", script.Failed: "31", script.NotJudged: "33"}[p.Verdict]
	out.line(out.style(colour, string(p.Verdict))+strings.Repeat(" ", 12-len(p.Verdict)),
		fmt.Sprintf("%s: %d of %d steps, %.1f s", name, passed, len(p.Steps), p.Took.Seconds()))
	switch {
	case p.Verdict == script.Failed && (b.verbose || len(b.files) == 1 && b.repeat == 0):
		out.WriteString("\n" + strings.TrimSpace(p.Log) + "\n\n")
	case p.Verdict != script.Passed:
		out.WriteString(ansi.Truncate("            "+visible(oneLine([]byte(why(p)))), out.width, "…") + "\n")
	}
	if p.Folder != "" {
		out.WriteString("            its folder: " + visible(p.Folder) + "\n")
	}
	if _, err := os.Stdout.WriteString(out.String()); errors.Is(err, syscall.EPIPE) {
		b.stop()
	}
	if p.Verdict == script.Failed && os.Getenv("GITHUB_ACTIONS") == "true" {
		line := 0
		if p.Failure != nil {
			line = p.Failure.Line
		}
		fmt.Printf("::error file=%s,line=%d::%s\n", annotated(p.File), line, annotated(why(p)))
	}
}

// why is the cause of a play that did not pass, in a line.
func why(p report.Play) string {
	if p.Failure != nil {
		return p.Failure.Headline(script.View{})
	}
	return p.Reason
}

// annotated is a text as GitHub's workflow commands want it.
func annotated(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}

// sum says how many passed, and where plays of one script differed, and returns the
// exit code.
func (b *batch) sum() int {
	verdicts, ends := map[script.Verdict]int{}, map[string]map[string]int{}
	for _, p := range b.plays {
		verdicts[p.Verdict]++
		if ends[p.File] == nil {
			ends[p.File] = map[string]int{}
		}
		end := "passed"
		if p.Failure != nil {
			end = p.Failure.Headline(script.View{NoChance: true})
		} else if p.Verdict != script.Passed {
			end = p.Reason
		}
		ends[p.File][end]++
	}
	out := b.paper
	out.Reset()
	for _, file := range b.files {
		if all := ends[file]; len(all) > 1 || b.repeat > 0 {
			out.line("\n", fmt.Sprintf("%s: passed %d of %d times", visible(file), all["passed"], b.repeat))
			for _, end := range slices.Sorted(maps.Keys(all)) {
				if end != "passed" {
					out.line(fmt.Sprintf("  %d: ", all[end]), visible(oneLine([]byte(end))))
				}
			}
		}
	}
	if len(b.plays) > 1 {
		out.line("\n", fmt.Sprintf("%d passed, %d failed, %d not judged", verdicts[script.Passed], verdicts[script.Failed], verdicts[script.NotJudged]))
	}
	os.Stdout.WriteString(out.String())
	if err := b.remember(); err != nil && !errors.Is(err, errNoCache) {
		fmt.Fprintln(os.Stderr, "socklab play: note what failed, for -failed:", err)
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
func (b *batch) write() error {
	for _, r := range b.reports {
		var text bytes.Buffer
		name, fill := r.where, reportKinds[r.kind]
		if r.kind == "html" {
			name, fill = filepath.Join(r.where, "index.html"), report.HTML
		}
		if err := fill(&text, b.plays); err != nil {
			return err
		}
		if err := os.WriteFile(name, text.Bytes(), 0o666); err != nil {
			return err
		}
	}
	return nil
}

// Interrupted is what supervise.M calls at a signal.
func (b *batch) Interrupted(sig syscall.Signal) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = true
	if b.stop != nil {
		b.stop()
		fmt.Fprintf(os.Stderr, "interrupted: %d of %d plays were not seen\n", len(b.files)*max(b.repeat, 1)-len(b.plays), len(b.files)*max(b.repeat, 1))
	}
	return codeSignal + int(sig)
}

// memory is the file that knows which scripts failed last time, a path in each line.
func memory() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("%w: %w", errNoCache, err)
	}
	return filepath.Join(dir, "socklab", "failed"), nil
}

var errNoCache = errors.New("there is no folder for it")

// failedBefore are the scripts that failed last time, by their absolute paths.
func failedBefore() (files []string, err error) {
	name, err := memory()
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return strings.Split(string(text), "\n"), err
}

// remember notes for -failed what became of these scripts; of others it keeps what it
// knows.
func (b *batch) remember() error {
	name, err := memory()
	if err != nil {
		return err
	}
	before, _ := failedBefore()
	var failed []string
	for _, file := range b.files {
		abs, err := filepath.Abs(file)
		if err != nil {
			return err
		}
		before = slices.DeleteFunc(before, func(other string) bool { return other == abs || other == "" })
		if slices.ContainsFunc(b.plays, func(p report.Play) bool { return p.File == file && p.Verdict == script.Failed }) {
			failed = append(failed, abs)
		}
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(strings.Join(append(before, failed...), "\n")+"\n"), 0o666)
}
