package typeset

import (
	"bytes"
	_ "embed"
	"fmt"
	"html"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

//go:embed page.css
var style string

// HTML sets a page for a browser: one file, which asks for no other. link gives a
// link's target another name; the target is as the page has it. HTML in the page is
// shown as text, but for <details>.
func HTML(source []byte, title string, link func(target string) string) ([]byte, error) {
	var body bytes.Buffer
	// Goldmark's own renderer shows the rest: it leaves HTML and dangerous links out.
	m := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithParserOptions(parser.WithAutoHeadingID()),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(web{}, 1))))
	page := m.Parser().Parse(text.NewReader(source))
	ast.Walk(page, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if l, ok := n.(*ast.Link); ok && entering {
			l.Destination = []byte(link(string(l.Destination)))
		}
		return ast.WalkContinue, nil
	})
	if err := m.Renderer().Render(&body, source, page); err != nil {
		return nil, fmt.Errorf("set the page %s: %w", title, err)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n"+
		"<title>%s</title>\n<style>\n%s</style>\n<main>\n%s</main>\n</html>\n", html.EscapeString(title), style, body.Bytes())
	return b.Bytes(), nil
}

// web renders what goldmark would show otherwise: code with the file that it is from,
// conversations, and what is folded away.
type web struct{}

func (web) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindFencedCodeBlock, webCode)
	r.Register(ast.KindHTMLBlock, webBlock)
	r.Register(ast.KindRawHTML, webRaw)
}

func webCode(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	n := node.(*ast.FencedCodeBlock)
	lines := n.Lines().Value(source)
	language, from := "", ""
	if n.Info != nil {
		language, from = info(string(n.Info.Value(source)))
	}
	class := "code"
	if language == "mermaid" {
		lines, class = conversation(string(lines)), "conversation"
	}
	fmt.Fprintf(w, "<figure class=%q>", class)
	if from != "" {
		fmt.Fprintf(w, "<figcaption>%s</figcaption>", html.EscapeString(from))
	}
	fmt.Fprintf(w, "<pre tabindex=\"0\">%s</pre></figure>\n", shown(lines))
	return ast.WalkContinue, nil
}

// shown is a text as a page shows it.
func shown(text []byte) string {
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		whole, ended := strings.CutSuffix(line, "\n")
		b.WriteString(html.EscapeString(visible(strings.ReplaceAll(whole, "\t", "    "))))
		if ended {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// folds are the only HTML of a page.
var folds = regexp.MustCompile(`^(?:<details><summary>([^<>&]*)</summary>|</details>)\n*$`)

func webBlock(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	n := node.(*ast.HTMLBlock)
	if !entering {
		return ast.WalkContinue, nil
	}
	raw := string(n.Lines().Value(source))
	if n.HasClosure() {
		raw += string(n.ClosureLine.Value(source))
	}
	for line := range strings.Lines(raw) {
		if folds.MatchString(line) {
			w.WriteString(line)
		} else {
			w.WriteString(shown([]byte(line)))
		}
	}
	return ast.WalkContinue, nil
}

func webRaw(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if n := node.(*ast.RawHTML); entering {
		for i := range n.Segments.Len() {
			at := n.Segments.At(i)
			w.WriteString(shown(at.Value(source)))
		}
	}
	return ast.WalkSkipChildren, nil
}
