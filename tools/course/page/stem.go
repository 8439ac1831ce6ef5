package page

import (
	"cmp"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	lessonDir = "lessons"
	lessonExt = ".md"
	scriptDir = "testdata/scripts"
	scriptExt = ".txtar"
	indexFile = lessonDir + "/README.md"
	embedFile = lessonDir + "/embed.go" // carries the pages inside a binary
)

func lessonFile(stem string) string { return lessonDir + "/" + stem + lessonExt }
func scriptFile(stem string) string { return scriptDir + "/" + stem + scriptExt }

var stemShape = regexp.MustCompile(`^[1-9][0-9]{0,2}\.[1-9][0-9]{0,2}-[a-z0-9]+(-[a-z0-9]+)*$`)

// Stems returns the stem of every lesson and every script in the order of their
// numbers: 1.9-a before 1.10-b. CheckIndex reports files with other names.
func Stems(root fs.FS) []string {
	all := append(stemsIn(root, lessonDir, lessonExt), stemsIn(root, scriptDir, scriptExt)...)
	slices.SortFunc(all, compareStems)
	return slices.Compact(all)
}

func stemsIn(root fs.FS, dir, ext string) []string {
	var stems []string
	entries, _ := fs.ReadDir(root, dir)
	for _, e := range entries {
		if stem, ok := strings.CutSuffix(e.Name(), ext); ok && stemShape.MatchString(stem) {
			stems = append(stems, stem)
		}
	}
	slices.SortFunc(stems, compareStems)
	return stems
}

// number returns the "1.4" of "1.4-many-callers".
func number(stem string) string {
	n, _, _ := strings.Cut(stem, "-")
	return n
}

func compareStems(a, b string) int {
	part := func(stem string) (int, int) {
		p, l, _ := strings.Cut(number(stem), ".")
		major, _ := strconv.Atoi(p)
		minor, _ := strconv.Atoi(l)
		return major, minor
	}
	a1, a2 := part(a)
	b1, b2 := part(b)
	return cmp.Or(cmp.Compare(a1, b1), cmp.Compare(a2, b2), cmp.Compare(a, b))
}

// names reports files in dir that are neither a lesson nor a script.
func (c *checker) names(dir, ext string) {
	entries, err := fs.ReadDir(c.root, dir)
	if err != nil {
		c.add(dir, 0, "name: no such directory: the lessons are in %s, their scripts in %s", lessonDir, scriptDir)
		return
	}
	for _, e := range entries {
		file := path.Join(dir, e.Name())
		stem, ok := strings.CutSuffix(e.Name(), ext)
		if file != indexFile && file != embedFile && !(ok && stemShape.MatchString(stem)) {
			c.add(file, 0, "name: expected N.M-name%s, like 1.4-many-callers%s: rename it or move it elsewhere", ext, ext)
		}
	}
}

// numbers reports two lessons that have the same number.
func (c *checker) numbers() {
	stems := Stems(c.root)
	for i := 1; i < len(stems); i++ {
		if number(stems[i-1]) == number(stems[i]) {
			file := lessonFile(stems[i])
			if !c.exists(file) {
				file = scriptFile(stems[i])
			}
			c.add(file, 0, "name: %s has the number %s already: give one of them another", stems[i-1], number(stems[i]))
		}
	}
}

// paired reports a lesson without its script or a script without its lesson. It
// returns whether there is a lesson.
func (c *checker) paired(stem string) bool {
	page, script := lessonFile(stem), scriptFile(stem)
	hasPage, hasScript := c.exists(page), c.exists(script)
	switch {
	case !hasPage && !hasScript:
		c.add(page, 0, "pair: neither this lesson nor its script exists; there is %s", list(Stems(c.root)))
	case !hasPage:
		c.add(script, 0, "pair: no lesson explains this script: write %s", page)
	case !hasScript:
		c.add(page, 0, "pair: no script plays this lesson: write %s", script)
	}
	return hasPage
}

func (c *checker) exists(name string) bool {
	_, err := fs.Stat(c.root, name)
	return err == nil
}

// list joins names, a dozen at most.
func list(names []string) string {
	if len(names) == 0 {
		return "nothing"
	}
	if len(names) > 12 {
		return strings.Join(names[:12], ", ") + ", ..."
	}
	return strings.Join(names, ", ")
}
