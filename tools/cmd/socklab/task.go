//go:build unix

package main

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"socklab/tools/course/path"
	"socklab/tools/course/task"
)

// extensions are those of the languages in which a task has a file to start from.
var extensions = map[string]string{"go": ".go", "python": ".py"}

// lay lays out the program that the lesson has its reader write, unless it is there
// or -prog names another.
func (w *watching) lay() (err error) {
	t, has := task.Of(w.Files, w.lesson)
	if !has || len(w.guests) > 0 || w.Dir == "" {
		return nil
	}
	w.task, w.file = t, t.Found(w.Dir, extensions[w.in])
	if w.file != "" {
		return nil
	}
	w.file, err = t.Lay(w.Files, w.Dir, extensions[w.language()])
	return err
}

// language is what was asked for, else that of the last lesson whose program was
// begun, else Go where it is installed.
func (w *watching) language() string {
	if w.in != "" {
		return w.in
	}
	last := "python"
	if _, err := exec.LookPath("go"); err == nil {
		last = "go"
	}
	course, _ := path.Read(w.Files)
	for _, l := range course.Lessons() {
		if t, has := task.Of(w.Files, l); has {
			for language, ext := range extensions {
				if filepath.Ext(t.Found(w.Dir, "")) == ext {
					last = language
				}
			}
		}
	}
	return last
}

// begin says what is to be written, and where.
func (w *watching) begin(p *paper, opened string) {
	contract, err := fs.ReadFile(w.Files, w.task.Contract())
	if w.file == "" || err != nil {
		return
	}
	for line := range strings.Lines(string(contract)) {
		p.line("", visible(strings.TrimSuffix(line, "\n")))
	}
	p.WriteString("\n")
	p.line("", "Write it in "+visible(w.short(w.file))+opened+".")
	p.line("", w.other())
}

// Two columns of 80 have room beside each other, two of half a screen's lines above
// each other.
const besides, belows = 2*80 + 1, 2*18 + 1

// open opens the file in an editor where there is room for one: in tmux. It says where,
// if that can't be seen.
func (w *watching) open() (where string) {
	editor := cmp.Or(os.Getenv("VISUAL"), os.Getenv("EDITOR"))
	if os.Getenv("TMUX") == "" || editor == "" || w.file == "" {
		return ""
	}
	program, _, _ := strings.Cut(strings.TrimSpace(editor), " ")
	if _, err := exec.LookPath(program); err != nil && !strings.ContainsAny(program, "'\"\\$=~") {
		fmt.Fprintf(os.Stderr, "socklab watch: $VISUAL or $EDITOR is %s, and there is no such program: open the file yourself\n", visible(program))
		return ""
	}
	wide, high, err := term.GetSize(int(os.Stdout.Fd()))
	if err != nil {
		wide, high = 80, 24
	}
	ours := os.Getenv("TMUX_PANE") // who types may look at another by now; "": what tmux takes for it
	args := []string{"split-window", "-h", "-t", ours}
	switch {
	case wide >= besides:
	case high >= belows:
		args[1] = "-v"
	default:
		args = []string{"new-window", "-d", "-P", "-F", "#{window_index}"}
	}
	sized := make(chan os.Signal, 1)
	signal.Notify(sized, syscall.SIGWINCH)
	defer signal.Stop(sized)
	out, err := exec.Command("tmux", append(args, editor+" "+quoted(w.file))...).CombinedOutput()
	if err != nil {
		fmt.Fprintf(os.Stderr, "socklab watch: open %s in tmux: %v %s\n", visible(editor), err, visible(string(out)))
		return ""
	}
	if args[0] == "new-window" {
		prefix, err := exec.Command("tmux", "show-options", "-gv", "prefix").Output()
		if err != nil {
			return ""
		}
		key := visible(string(prefix))
		return fmt.Sprintf(": %s %s goes to its window, %[1]s l comes back", key, visible(string(out)))
	}
	select { // what is printed next is folded to what is left
	case <-sized:
	case <-time.After(time.Second):
	}
	return ""
}

// other says how to write it in another language.
func (w *watching) other() string {
	for language, ext := range extensions {
		if ext != filepath.Ext(w.file) {
			return fmt.Sprintf("In %s: %s watch -in %s %s", task.Languages[ext], w.typed, language, w.lesson.Number)
		}
	}
	return ""
}
