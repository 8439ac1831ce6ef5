//go:build unix

package main

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

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

// begin says what is to be written, and opens it in an editor where there is room for
// one: in tmux.
func (w *watching) begin(p *paper) {
	contract, err := fs.ReadFile(w.Files, w.task.Contract())
	if w.file == "" || err != nil {
		return
	}
	for line := range strings.Lines(string(contract)) {
		p.line("", visible(strings.TrimSuffix(line, "\n")))
	}
	p.WriteString("\n")
	p.line("", "Write it in "+visible(w.short(w.file))+".")
	p.line("", w.other())
	editor := cmp.Or(os.Getenv("VISUAL"), os.Getenv("EDITOR"))
	if os.Getenv("TMUX") == "" || editor == "" {
		return
	}
	open := exec.Command("tmux", "split-window", "-h", editor+" "+quoted(w.file))
	if out, err := open.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "socklab watch: open %s in tmux: %v %s\n", visible(editor), err, visible(string(out)))
	}
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
