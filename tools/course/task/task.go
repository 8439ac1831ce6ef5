// Package task finds the program that a lesson has its reader write. For a program
// NAME, testdata/exercises/STEM/task has
//
//	contract.txt                        what NAME does, for every language
//	NAME.txtar                          the script that judges it, a step for each thing learnt
//	NAME.go, NAME.py                    where to start
//	solution/NAME.go, solution/NAME.py
//	broken/*.diff                       solutions with a mistake each (package proof)
//
// The reader's own is mine/N.M/NAME.go or .py.
package task

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	coursepath "socklab/tools/course/path"
	"socklab/tools/course/progress"
	"socklab/tools/harness/script"
)

// Languages are those in which a task has files: their names, by the files' extension.
var Languages = map[string]string{".go": "Go", ".py": "Python"}

// A Task is a program to write.
type Task struct {
	Lesson coursepath.Lesson
	Name   string // of the program
}

// Of is the task of a lesson, if it has one.
func Of(files fs.FS, l coursepath.Lesson) (t Task, has bool) {
	scripts, _ := fs.Glob(files, Task{Lesson: l}.Folder()+"/*.txtar")
	if len(scripts) != 1 {
		return t, false
	}
	return Task{l, strings.TrimSuffix(path.Base(scripts[0]), ".txtar")}, true
}

// Folder is where the task is, from the root of the repository.
func (t Task) Folder() string { return t.Lesson.Exercises() + "/task" }

// Script is the file of the script that judges the program.
func (t Task) Script() string { return t.Folder() + "/" + t.Name + ".txtar" }

// Contract says what the program does.
func (t Task) Contract() string { return t.Folder() + "/contract.txt" }

// Start is the file to start from, in the language with this extension.
func (t Task) Start(ext string) string { return t.Folder() + "/" + t.Name + ext }

// Solution is the file that solves it.
func (t Task) Solution(ext string) string { return t.Folder() + "/solution/" + t.Name + ext }

// Mine is the reader's own file, from the folder of the course.
func (t Task) Mine(ext string) string {
	return progress.Folder + "/" + t.Lesson.Number + "/" + t.Name + ext
}

// Program is the program to write. It may open raw sockets where its script needs them.
func (t Task) Program() script.Program { return script.Program{Name: t.Name, Raw: true} }

// Found is the reader's own file below dir, in the language with this extension, or
// with "" the one that was saved last; "" if there is none.
func (t Task) Found(dir, ext string) (file string) {
	var last fs.FileInfo
	for other := range Languages {
		if ext != "" && ext != other {
			continue
		}
		info, err := os.Stat(filepath.Join(dir, t.Mine(other)))
		if err == nil && info.Mode().IsRegular() && (last == nil || info.ModTime().After(last.ModTime())) {
			file, last = filepath.Join(dir, t.Mine(other)), info
		}
	}
	return file
}

// Lay puts the file to start from into the reader's folder below dir. What is there
// stays.
func (t Task) Lay(files fs.FS, dir, ext string) (file string, err error) {
	text, err := fs.ReadFile(files, t.Start(ext))
	if err != nil {
		return "", err
	}
	file = filepath.Join(dir, t.Mine(ext))
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return "", err
	}
	// A module of its own: what is half written there is nothing to go test ./...
	if err := create(filepath.Join(dir, progress.Folder, "go.mod"), "module mine\n\ngo 1.26\n"); err != nil {
		return "", err
	}
	return file, create(file, string(text))
}

// create makes a file, unless there is one.
func create(file, text string) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if os.IsExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err2 := f.Close(); err == nil {
		err = err2
	}
	if err != nil {
		os.Remove(file)
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}
