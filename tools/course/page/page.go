package page

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	mdtext "github.com/yuin/goldmark/text"
)

// maxPage is the size of the largest Markdown file, in bytes. The parser's time can
// grow with the square of the size.
const maxPage = 64 << 10

// page is one parsed Markdown file.
type page struct {
	file string
	src  []byte
	doc  ast.Node
}

var markdown = goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser()

// openPage opens a page; it returns an error if a person can't read the file.
func (c *checker) openPage(file string) (*page, error) {
	data, err := c.read(file)
	if err != nil {
		return nil, err
	}
	if len(data) > maxPage {
		return nil, fmt.Errorf("%s has %d bytes, and a page has %d at most: divide it", file, len(data), maxPage)
	}
	return &page{file, data, markdown.Parse(mdtext.NewReader(data))}, text(file, data)
}

// readPage reports a file that can't be read as text, and returns nil.
func (c *checker) readPage(file string) *page {
	p, err := c.openPage(file)
	if err != nil {
		c.add(file, 0, "text: %v", err)
		return nil
	}
	c.ends(file, p.src)
	return p
}

// line returns the number of the line that n begins on.
func (p *page) line(n ast.Node) int {
	for ; n != nil; n = n.Parent() {
		if pos := n.Pos(); pos >= 0 && pos <= len(p.src) {
			return 1 + bytes.Count(p.src[:pos], []byte("\n"))
		}
	}
	return 1
}

// each calls f for every node of kind below n, in the order of the page.
func each(n ast.Node, kind ast.NodeKind, f func(ast.Node)) {
	ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering && n.Kind() == kind {
			f(n)
		}
		return ast.WalkContinue, nil
	})
}

// plain returns n's text as a reader sees it; blocks of code and HTML have none.
func (p *page) plain(n ast.Node) string {
	var b strings.Builder
	ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Text:
			if entering {
				b.Write(n.Value(p.src))
				if n.SoftLineBreak() || n.HardLineBreak() {
					b.WriteByte(' ')
				}
			}
		case *ast.String:
			if entering {
				b.Write(n.Value)
			}
		case *ast.AutoLink:
			if entering {
				b.Write(n.Label(p.src))
			}
		default:
			if !entering && n.Type() == ast.TypeBlock {
				b.WriteByte(' ')
			}
		}
		return ast.WalkContinue, nil
	})
	return strings.TrimSpace(b.String())
}
