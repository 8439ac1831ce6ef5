// Package path is the course in its order: the parts and their lessons, as
// lessons/README.md lists them. A heading "## 1 Hello" begins a part. A line below
// it is a lesson:
//
//   - [1.1 Echo](1.1-echo.md): how does one program say a word to another?
package path

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A Lesson is a page and its script, which have the same stem.
type Lesson struct {
	Number string `json:"number"` // as "1.1"
	Title  string `json:"title"`
	About  string `json:"about,omitempty"` // a sentence, or ""
	Stem   string `json:"stem"`            // as "1.1-echo"
}

// Name is the number and the title.
func (l Lesson) Name() string { return l.Number + " " + l.Title }

// Page is the file of the lesson's page, from the root of the repository.
func (l Lesson) Page() string { return "lessons/" + l.Stem + ".md" }

// Exercises is the folder of the lesson's exercises, from the root of the repository.
func (l Lesson) Exercises() string { return "testdata/exercises/" + l.Stem }

// Script is the file of the lesson's script, from the root of the repository.
func (l Lesson) Script() string { return "testdata/scripts/" + l.Stem + ".txtar" }

// Hash is the hash of the lesson's script as it is now, and of its task's (package
// task) if it has one, in hexadecimal digits.
func (l Lesson) Hash(root fs.FS) (string, error) {
	text, err := fs.ReadFile(root, l.Script())
	if err != nil {
		return "", fmt.Errorf("read the script of lesson %s: %w", l.Number, err)
	}
	return l.HashWith(root, text), nil
}

// HashWith is Hash with another text of the lesson's script.
func (l Lesson) HashWith(root fs.FS, script []byte) string {
	tasks, _ := fs.Glob(root, l.Exercises()+"/task/*.txtar")
	for _, file := range tasks {
		text, _ := fs.ReadFile(root, file)
		script = slices.Concat(script, text)
	}
	return Hash(script)
}

// Hash is the hash of a text.
func Hash(text []byte) string { return fmt.Sprintf("%x", sha256.Sum256(text))[:16] }

// A Part is some lessons, under a heading.
type Part struct {
	Number  string   `json:"number"` // as "1"
	Title   string   `json:"title"`
	Lessons []Lesson `json:"lessons"`
}

// A Path is the course.
type Path []Part

const index = "lessons/README.md"

var (
	heading = regexp.MustCompile(`^## ([1-9][0-9]*) (.+)$`)
	item    = regexp.MustCompile(`^- \[([1-9][0-9]*\.[1-9][0-9]*) ([^\]]+)\]\(([^)]+)\.md\)(?:: (.+))?$`)
)

// Read reads the path of the repository at root. Lessons without a link, which are
// still to come, are left out.
func Read(root fs.FS) (Path, error) {
	text, err := fs.ReadFile(root, index)
	if err != nil {
		return nil, fmt.Errorf("read the path: %w", err)
	}
	var path Path
	for i, line := range strings.Split(string(text), "\n") {
		line = strings.TrimRight(line, "\r")
		bad := func(what string) error { return fmt.Errorf("%s:%d: %s, got %.100q", index, i+1, what, line) }
		switch h, l := heading.FindStringSubmatch(line), item.FindStringSubmatch(line); {
		case h != nil:
			path = append(path, Part{Number: h[1], Title: h[2]})
		case strings.HasPrefix(line, "## "):
			return path, path.whole() // what follows the parts
		case l != nil && len(path) == 0:
			return nil, bad("expected a part (## 1 TITLE) before its lessons")
		case l != nil:
			part := &path[len(path)-1]
			lesson := Lesson{Number: l[1], Title: l[2], About: l[4], Stem: l[3]}
			if !strings.HasPrefix(lesson.Number, part.Number+".") || !strings.HasPrefix(lesson.Stem, lesson.Number+"-") {
				return nil, bad("expected a lesson of part " + part.Number + " and a file of the same number")
			}
			part.Lessons = append(part.Lessons, lesson)
		case len(path) > 0 && strings.HasPrefix(line, "- ["):
			return nil, bad("expected - [N.M TITLE](N.M-name.md): ABOUT")
		}
	}
	return path, path.whole()
}

func (p Path) whole() error {
	if len(p.Lessons()) == 0 {
		return fmt.Errorf("%s: expected parts (## 1 TITLE) and lessons, got none", index)
	}
	return nil
}

// Lessons are those of all parts, in order.
func (p Path) Lessons() (all []Lesson) {
	for _, part := range p {
		all = append(all, part.Lessons...)
	}
	return all
}

// Find returns the lesson with a number, such as 1.1, or a stem, such as 1.1-echo.
// The error says which numbers there are.
func (p Path) Find(what string) (Lesson, error) {
	all := p.Lessons()
	i := slices.IndexFunc(all, func(l Lesson) bool { return l.Number == what || l.Stem == what })
	if i < 0 {
		var numbers []string
		for _, l := range all {
			numbers = append(numbers, l.Number)
		}
		return Lesson{}, fmt.Errorf("no lesson %.100q; there are %s", what, strings.Join(numbers, " "))
	}
	return all[i], nil
}

// Compare orders numbers of lessons: 1.9 comes before 1.10.
func Compare(a, b string) int {
	var of [2][2]int
	for i, number := range []string{a, b} {
		part, lesson, _ := strings.Cut(number, ".")
		of[i][0], _ = strconv.Atoi(part)
		of[i][1], _ = strconv.Atoi(lesson)
	}
	return cmp.Or(cmp.Compare(of[0][0], of[1][0]), cmp.Compare(of[0][1], of[1][1]), cmp.Compare(a, b))
}
