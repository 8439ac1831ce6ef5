package page

import (
	"path"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// index reports lessons that p's lists don't link exactly once, in their order.
func (c *checker) index(p *page) {
	var links []link
	for n := p.doc.FirstChild(); n != nil; n = n.NextSibling() {
		if n.Kind() == ast.KindList {
			below, _ := p.linksBelow(n)
			links = append(links, below...)
		}
	}
	first := map[string]int{}
	last := ""
	for _, l := range links {
		stem, ok := lessonStem(l.target)
		switch {
		case !ok:
		case first[stem] > 0:
			c.add(p.file, l.line, "index: %s is linked already in line %d: link each lesson once", stem, first[stem])
		case last != "" && compareStems(last, stem) > 0:
			c.add(p.file, l.line, "index: %s stands after %s: put the lessons in the order of their numbers", stem, last)
			first[stem] = l.line
		default:
			last, first[stem] = stem, l.line
		}
	}
	for _, stem := range stemsIn(c.root, lessonDir, lessonExt) {
		if first[stem] == 0 {
			c.add(p.file, 0, "index: %s isn't linked: add [%s](%s)", lessonFile(stem), number(stem), path.Base(lessonFile(stem)))
		}
	}
}

// next reports a last section that doesn't link the lesson after stem.
func (c *checker) next(p *page, stem string) {
	stems := stemsIn(c.root, lessonDir, lessonExt)
	i := slices.Index(stems, stem) + 1
	if i == 0 || i == len(stems) {
		return
	}
	under := ""
	for n := p.doc.FirstChild(); n != nil; n = n.NextSibling() {
		if h, ok := n.(*ast.Heading); ok && h.Level <= 2 {
			under = p.plain(h)
		}
		if under != "Next" {
			continue
		}
		links, _ := p.linksBelow(n)
		if slices.ContainsFunc(links, func(l link) bool { return l.target == lessonFile(stems[i]) }) {
			return
		}
	}
	c.add(p.file, 0, "link: ## Next doesn't link the next lesson: add [%s](%s)", number(stems[i]), path.Base(lessonFile(stems[i])))
}

// lessonStem returns the stem of a lesson's file.
func lessonStem(file string) (string, bool) {
	stem, ok := strings.CutSuffix(path.Base(file), lessonExt)
	return stem, ok && path.Dir(file) == lessonDir && stemShape.MatchString(stem)
}
