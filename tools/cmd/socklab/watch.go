//go:build unix

package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"

	"socklab/tools/course/path"
	"socklab/tools/course/progress"
	"socklab/tools/course/task"
)

const watchUsage = `usage: socklab watch [-in LANGUAGE] [-prog NAME=COMMAND]... N.M

Checks a lesson, and again each time you save. If the lesson has you write a
program, a file to start from is laid into mine/N.M, and that is checked. Saves
of the lesson's script and of our programs count, too. The first line says how
many steps have passed. A check that is going on when you save begins anew. In
tmux the file opens in $EDITOR beside it, or below, or where both have no room,
in a window of its own.

  -in LANGUAGE        the language of the program: go or python; what you have
                      begun in, else go where it is installed
  -prog NAME=COMMAND  judge COMMAND, in the place of our program NAME, or as the
                      program to write, in any language, as in
                      -prog echo-server='python3 mine/echo_server.py'

^C ends it.

Exit codes: 2 wrong arguments, 130 after ^C.
`

// settles is how long after a save a check begins: an editor saves in several moves.
const settles = 50 * time.Millisecond

// A watching checks a lesson at each save.
type watching struct {
	setting
	lesson path.Lesson
	guests []string
	in     string    // the language that was asked for, or ""
	task   task.Task // the program to write, if file is set
	file   string    // where the reader writes it

	watcher *fsnotify.Watcher
	named   []string // files of which each save counts
	beside  []string // folders, the others in which count while nothing is checked
	child   *exec.Cmd
	ended   chan int // gets the exit code of child
}

// watches is socklab watch.
func watches(args []string) int {
	flags := flag.NewFlagSet("watch", flag.ContinueOnError)
	var w watching
	flags.Func("prog", "", func(s string) error { w.guests = append(w.guests, s); return nil })
	flags.StringVar(&w.in, "in", "", "")
	words, code, ok := parse("watch", watchUsage, flags, args)
	if !ok {
		return code
	}
	if _, w.lesson, w.setting, code = lessonOf("watch", watchUsage, words); code != 0 {
		return code
	}
	for _, guest := range w.guests {
		if !strings.Contains(guest, "=") {
			return misused("watch", watchUsage, "-prog %.200q: want NAME=COMMAND", guest)
		}
	}
	if w.in != "" && extensions[w.in] == "" {
		return misused("watch", watchUsage, "-in %.200q: want go or python; -prog judges a program in any language", w.in)
	}
	if err := w.lay(); err != nil {
		fmt.Fprintln(os.Stderr, "socklab watch: lay out the program to write:", err)
		return codeFailed
	}
	if err := w.look(); err != nil {
		fmt.Fprintln(os.Stderr, "socklab watch: watch the files:", err)
		return codeFailed
	}
	defer w.watcher.Close()
	return w.run()
}

// look finds what to watch. Folders are watched: editors put a new file in the place
// of the old one.
func (w *watching) look() (err error) {
	if w.watcher, err = fsnotify.NewWatcher(); err != nil {
		return err
	}
	var folders []string
	if w.file != "" {
		w.named, w.beside, folders = []string{w.file}, []string{filepath.Dir(w.file)}, []string{filepath.Dir(w.file)}
	}
	if w.Dir != "" {
		w.named, folders = append(w.named, filepath.Join(w.Dir, w.lesson.Script())), append(folders, filepath.Join(w.Dir, "testdata/scripts"))
	}
	if w.Checkout {
		sources, err := w.sources()
		if err != nil {
			return err
		}
		folders = append(folders, sources...)
	}
	for _, guest := range w.guests {
		_, command, _ := strings.Cut(guest, "=")
		for _, word := range strings.Fields(command) {
			file, err := filepath.Abs(strings.Trim(word, `'"`))
			if err != nil || strings.HasPrefix(word, "-") || !strings.ContainsAny(word, "./") {
				continue
			}
			dir := filepath.Dir(file)
			if info, err := os.Stat(dir); err == nil && info.IsDir() && !strings.HasPrefix(dir, "/usr") {
				w.named, w.beside, folders = append(w.named, file), append(w.beside, dir), append(folders, dir)
			}
		}
	}
	if len(folders) == 0 {
		return fmt.Errorf("there is no course in this folder, and -prog names no file; %s init DIR lays the course out in a folder", w.typed)
	}
	slices.Sort(folders)
	for _, folder := range slices.Compact(folders) {
		if err := w.watcher.Add(folder); err != nil {
			return fmt.Errorf("%s: %w", folder, err)
		}
	}
	return nil
}

// sources are the folders of our programs, which a learner changes.
func (w *watching) sources() (dirs []string, err error) {
	err = fs.WalkDir(w.Files, "tools", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			if errors.Is(err, fs.ErrNotExist) {
				err = nil
			}
			return err
		}
		if slices.Contains([]string{"tools/harness", "tools/course", "tools/broken", "tools/guests"}, name) || entry.Name() == "testdata" {
			return fs.SkipDir
		}
		dirs = append(dirs, filepath.Join(w.Dir, name))
		return nil
	})
	return dirs, err
}

// counts reports whether a change of a file asks for a check.
func (w *watching) counts(e fsnotify.Event) bool {
	base := filepath.Base(e.Name)
	switch {
	case e.Op == fsnotify.Chmod, strings.HasPrefix(base, "."), strings.HasSuffix(base, "~"):
		return false
	case slices.Contains(w.named, e.Name):
		return true
	case filepath.Ext(base) == ".go" && strings.HasPrefix(e.Name, filepath.Join(w.Dir, "tools")+"/"):
		return !strings.HasSuffix(base, "_test.go")
	case e.Name == filepath.Join(w.Dir, progress.File), w.child != nil:
		return false // a program may write beside itself
	}
	ignored := base == "__pycache__" || slices.Contains([]string{".pyc", ".swp", ".swx", ".log", ".tmp"}, filepath.Ext(base))
	return !ignored && slices.Contains(w.beside, filepath.Dir(e.Name))
}

func (w *watching) run() int {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	w.ended = make(chan int, 1)
	opened := w.open()
	p := newPaper()
	w.begin(p, opened)
	p.line("", fmt.Sprintf("Watching %s. Each save checks %s again; ^C ends.", w.watched(), w.lesson.Number))
	fmt.Print(p.String())
	var due <-chan time.Time
	saved := ""
	w.check()
	for {
		select {
		case e, ok := <-w.watcher.Events:
			if ok && w.counts(e) {
				saved, due = e.Name, time.After(settles)
			}
		case err := <-w.watcher.Errors:
			fmt.Fprintln(os.Stderr, "socklab watch:", err)
		case <-due:
			due = nil
			w.quit(syscall.SIGTERM)
			w.says(saved)
			w.check()
		case code := <-w.ended:
			w.child = nil
			if code == codeSignal+int(syscall.SIGPIPE) || code == codeSignal+int(syscall.SIGINT) {
				return code
			}
			w.after(code)
		case sig := <-signals:
			if sig != syscall.SIGINT {
				w.quit(sig.(syscall.Signal))
			}
			if w.child != nil { // the terminal has told it, too
				select {
				case <-w.ended:
				case <-time.After(3 * time.Second):
					w.quit(syscall.SIGTERM)
				}
			}
			return codeSignal + int(sig.(syscall.Signal))
		}
	}
}

// watched names the script, and the programs.
func (w *watching) watched() string {
	var all []string
	for _, file := range w.named {
		all = append(all, visible(w.short(file)))
	}
	if w.Checkout {
		all = append(all, "our programs in tools")
	}
	return strings.Join(all, ", ")
}

// short is the path of a file from the folder of the course, if it lies in there or
// beside it.
func (c setting) short(file string) string {
	if short, err := filepath.Rel(c.Dir, file); err == nil && c.Dir != "" && (filepath.IsLocal(short) || filepath.Dir(short) == "..") {
		return short
	}
	return file
}

// says separates a check from the one before.
func (w *watching) says(saved string) {
	p := newPaper()
	p.WriteString("\n")
	p.line("── ", p.style("2", time.Now().Format("15:04:05")+" "+visible(w.short(saved))))
	fmt.Print(p.String())
}

// check starts a check, as a process of its own: whatever a program under test does,
// this one goes on.
func (w *watching) check() {
	self, err := os.Executable()
	if err != nil {
		fmt.Fprintln(os.Stderr, "socklab watch: which program is this?", err)
		return
	}
	args := []string{"check", "-in", w.in}
	for _, guest := range w.guests {
		args = append(args, "-prog", guest)
	}
	w.child = exec.Command(self, append(args, w.lesson.Number)...)
	w.child.Args[0] = os.Args[0]
	w.child.Stdout, w.child.Stderr = os.Stdout, os.Stderr
	if err := w.child.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "socklab watch: start a check:", err)
		w.child = nil
		return
	}
	go func(cmd *exec.Cmd) {
		cmd.Wait()
		code := cmd.ProcessState.ExitCode()
		if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			code = codeSignal + int(status.Signal())
		}
		w.ended <- code
	}(w.child)
}

// quit ends a check that is going on, and waits for its end.
func (w *watching) quit(sig syscall.Signal) {
	if w.child == nil {
		return
	}
	w.child.Process.Signal(sig)
	select {
	case <-w.ended:
	case <-time.After(5 * time.Second):
		w.child.Process.Kill()
		<-w.ended
	}
	w.child = nil
}

// after says what follows a check.
func (w *watching) after(code int) {
	p := newPaper()
	if code != 0 {
		text := "Save to check again; ^C ends."
		if w.file != "" {
			text += " Stuck? " + w.typed + " hint " + w.lesson.Number
		}
		p.line("", p.style("2", text))
	} else {
		p.line("", w.lesson.Name()+" is done.")
		if w.file != "" {
			p.line("", "Compare: "+w.typed+" solution "+w.lesson.Number)
		}
		if course, err := progress.Load(w.Dir, w.Files); err == nil && course.Next != nil {
			p.line("", "Next: "+w.typed+" read "+course.Next.Number)
		}
	}
	fmt.Print(p.String())
}
