package page

import (
	"strings"

	"github.com/yuin/goldmark/ast"
)

var sections = []string{
	"Question", "Run it", "What happened", "The lines that matter", "Break it", "Your turn", "Next",
}

const minWords, maxWords = 300, 800

// asides are sections that a page may have behind another, and how many words each may
// have, which don't count for the page.
var asides = []struct {
	name, behind string
	maxWords     int
}{
	{"How to read a script", "What happened", 250},
	{"Change it", "Break it", 250},
}

// isAside is the number of an aside; -1 for any other section.
func isAside(name string) int {
	for i, a := range asides {
		if a.name == name {
			return i
		}
	}
	return -1
}

// headings reports a title or sections that differ from those of every lesson.
func (c *checker) headings(p *page, stem string) {
	title, ok := p.doc.FirstChild().(*ast.Heading)
	if !ok || title.Level != 1 {
		c.add(p.file, 1, "heading: the lesson doesn't begin with its title: write # %s and what it is about", number(stem))
		title = nil
	} else if name, ok := strings.CutPrefix(p.plain(title), number(stem)+" "); !ok || strings.TrimSpace(name) == "" {
		c.add(p.file, p.line(title), "heading: expected # %s and what the lesson is about, found # %s", number(stem), p.plain(title))
	}

	var found []*ast.Heading
	each(p.doc, ast.KindHeading, func(n ast.Node) {
		h := n.(*ast.Heading)
		switch {
		case h.Level == 1 && h != title:
			c.add(p.file, p.line(h), "heading: a second title %q: a lesson has one; write ## or ###", p.plain(h))
		case h.Level != 2:
		case isAside(p.plain(h)) >= 0 && len(found) > 0 && p.plain(found[len(found)-1]) == asides[isAside(p.plain(h))].behind:
		default:
			found = append(found, h)
		}
	})
	for i, h := range found {
		if i >= len(sections) {
			c.add(p.file, p.line(h), "heading: %q comes after ## Next, the last: move it before, as ###", p.plain(h))
			return
		}
		if got := p.plain(h); got != sections[i] {
			c.add(p.file, p.line(h), "heading: expected ## %s, found ## %s: the sections are %s, in this order", sections[i], got, list(sections))
			return
		}
		if last, ok := h.NextSibling().(*ast.Heading); h.NextSibling() == nil || ok && last.Level <= 2 {
			c.add(p.file, p.line(h), "heading: nothing stands under ## %s", sections[i])
		}
	}
	if len(found) < len(sections) {
		c.add(p.file, 0, "heading: ## %s is missing: the sections are %s, in this order", sections[len(found)], list(sections))
	}
}

// words reports a lesson that is too short or too long. What is folded away does not
// count.
func (c *checker) words(p *page) {
	n, besides, folded, beside := 0, make([]int, len(asides)), 0, -1
	for block := p.doc.FirstChild(); block != nil; block = block.NextSibling() {
		if html, ok := block.(*ast.HTMLBlock); ok {
			tags := string(html.Lines().Value(p.src))
			folded += strings.Count(tags, "<details") - strings.Count(tags, "</details")
		}
		if h, ok := block.(*ast.Heading); ok {
			if h.Level <= 2 {
				beside = isAside(p.plain(h))
			}
			continue
		}
		switch words := len(strings.Fields(p.plain(block))); {
		case folded > 0:
		case beside >= 0:
			besides[beside] += words
		default:
			n += words
		}
	}
	for i, a := range asides {
		if besides[i] > a.maxWords {
			c.add(p.file, 0, "prose: %d words under ## %s: there may be %d, code not counted", besides[i], a.name, a.maxWords)
		}
	}
	if n < minWords || n > maxWords {
		c.add(p.file, 0, "prose: %d words: a lesson has %d to %d, code and headings not counted", n, minWords, maxWords)
	}
}
