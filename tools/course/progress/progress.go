// Package progress remembers which lessons somebody has passed. It keeps that in a
// file which a person can read, change and delete:
//
//	# LESSON RESULT DATE SCRIPT. A lesson is forgotten when its lines are deleted.
//	1.1 passed 2026-11-28T23:40:05Z 3fa9c1d2e4b5a607
//	1.2 failed 2026-11-28T23:52:40Z 11bc09d2e4b5a601
//
// SCRIPT is the hash of the script that was played (path.Hash). A lesson has a line
// for each result: the latest. A line of hints has the number of those that were read:
//
//	1.1 hints 2026-11-28T23:41:00Z 2
package progress

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"

	"socklab/tools/course/path"
)

// Folder is the learner's own, in a checkout. Git ignores it, and nothing in it is
// ever deleted.
const Folder = "mine"

// File is where the progress is, in a checkout.
const File = Folder + "/progress.txt"

const head = "# LESSON RESULT DATE SCRIPT. A lesson is forgotten when its lines are deleted.\n"

// maxSize is the size in bytes of the largest file that is read.
const maxSize = 1 << 20

// A Result is what became of a lesson's script.
type Result string

const (
	Passed    Result = "passed"
	Failed    Result = "failed"
	NotJudged Result = "unjudged" // the machine lacks something
	hinted    Result = "hints"    // its line has the number of hints that were read, in place of a script
)

var results = []Result{Passed, Failed, NotJudged, hinted}

// An Entry is the latest play of a lesson with a result.
type Entry struct {
	Lesson string // its number
	Result Result
	Date   time.Time
	Script string // the hash of the script that was played
}

func (e Entry) line() string {
	return fmt.Sprintf("%s %s %s %s\n", e.Lesson, e.Result, e.Date.UTC().Format(time.RFC3339), e.Script)
}

// A Progress is what the file says.
type Progress struct {
	entries []Entry
	others  []string // lines that are no entries, which stay as they are
	Notes   []string // what is wrong with the file, a sentence each
}

// Read reads the progress of the course at root. Without a file there is none, nor
// without a root: "".
func Read(root string) (*Progress, error) {
	if root == "" {
		return &Progress{}, nil
	}
	file, err := os.Open(filepath.Join(root, File))
	if errors.Is(err, fs.ErrNotExist) {
		return &Progress{}, nil
	}
	if err != nil {
		return &Progress{}, fmt.Errorf("read the progress: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxSize+1))
	if err == nil && len(text) > maxSize {
		err = fmt.Errorf("%s: expected %d bytes at most, got more: delete it to begin anew", File, maxSize)
	}
	if err != nil {
		return &Progress{}, fmt.Errorf("read the progress: %w", err)
	}
	return parse(text), nil
}

func parse(text []byte) *Progress {
	p := &Progress{}
	number := 0
	for line := range bytes.Lines(text) {
		number++
		line := strings.TrimRight(string(line), "\r\n")
		if line == strings.TrimSuffix(head, "\n") {
			continue
		}
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			p.others = append(p.others, line)
			continue
		}
		var date time.Time
		var err error
		if len(words) == 4 {
			date, err = time.Parse(time.RFC3339, words[2])
		}
		if len(words) != 4 || err != nil || !slices.Contains(results, Result(words[1])) {
			p.others = append(p.others, line)
			p.Notes = append(p.Notes, fmt.Sprintf("%s:%d: expected LESSON RESULT DATE SCRIPT, got %.80q: the line is passed over", File, number, line))
			continue
		}
		p.set(Entry{words[0], Result(words[1]), date, words[3]})
	}
	return p
}

// set puts an entry in the place of an older one.
func (p *Progress) set(e Entry) {
	i := slices.IndexFunc(p.entries, func(old Entry) bool { return old.Lesson == e.Lesson && old.Result == e.Result })
	switch {
	case i < 0:
		p.entries = append(p.entries, e)
	case !e.Date.Before(p.entries[i].Date):
		p.entries[i] = e
	}
}

func (p *Progress) text() []byte {
	slices.SortStableFunc(p.entries, func(a, b Entry) int { return path.Compare(a.Lesson, b.Lesson) })
	var b strings.Builder
	b.WriteString(head)
	for _, line := range p.others {
		b.WriteString(line + "\n")
	}
	for _, e := range p.entries {
		b.WriteString(e.line())
	}
	return []byte(b.String())
}

// Add adds entries to the progress of the course at root, which is not "". Others may do so at the
// same time: nothing is lost, and a reader always finds a whole file.
func Add(root string, entries ...Entry) error {
	return change(root, func(p *Progress) {
		for _, e := range entries {
			p.set(e)
		}
	})
}

// Hints is how many hints of a lesson were read.
func (p *Progress) Hints(lesson string) (n int) {
	for _, e := range p.entries {
		if e.Lesson == lesson && e.Result == hinted {
			n, _ = strconv.Atoi(e.Script)
		}
	}
	return max(n, 0)
}

// SetHints remembers how many hints of a lesson were read.
func SetHints(root, lesson string, n int) error {
	return Add(root, Entry{lesson, hinted, time.Now(), strconv.Itoa(n)})
}

// Moved says that the script of a lesson has another text now, and that who has
// passed it need not check it again.
func Moved(root, lesson, from, to string) error {
	return change(root, func(p *Progress) {
		for i, e := range p.entries {
			if e.Lesson == lesson && e.Result != hinted && e.Script == from {
				p.entries[i].Script = to
			}
		}
	})
}

func change(root string, f func(*Progress)) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("keep the progress: %w", err)
		}
	}()
	dir := filepath.Join(root, Folder)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	unlock, err := lockedfile.MutexAt(filepath.Join(dir, ".progress.lock")).Lock()
	if err != nil {
		return err
	}
	defer unlock()
	p, err := Read(root)
	if err != nil {
		return err
	}
	f(p)
	return replace(filepath.Join(root, File), p.text())
}

// replace gives a file another content, all at once.
func replace(name string, text []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(name), ".progress-")
	if err != nil {
		return err
	}
	_, err = temp.Write(text)
	if err = errors.Join(err, temp.Chmod(0o644), temp.Sync(), temp.Close()); err == nil {
		err = os.Rename(temp.Name(), name)
	}
	if err != nil {
		os.Remove(temp.Name())
	}
	return err
}
