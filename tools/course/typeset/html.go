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

// A Web sets pages for a browser. HTML in a page is shown as text, but for <details>.
type Web struct {
	Link  func(target string) string         // the target of a link or of an image, by what the page has; "": its text stands there alone
	Code  func(language, text string) string // a piece of code as HTML, coloured; nil: plain
	Below func(language, from string) string // HTML below what quotes a file, or draws it; nil: nothing
	Mark  string                             // stands before every id of the page
}

// A Section is a heading of a page, and the text below it without what is folded away.
type Section struct {
	Level           int
	ID, Title, Text string
}

// Style is the style sheet of a page that a Web sets.
func Style() string { return style }

// Body sets what stands in a page.
func (w Web) Body(source []byte) ([]byte, []Section, error) {
	source = bytes.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\r' && r != '\t' {
			return '␀' + r // as visible does
		}
		return r
	}, source)
	// Goldmark's own renderer shows the rest: it leaves HTML and dangerous links out.
	m := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithParserOptions(parser.WithAutoHeadingID()),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(web{w}, 1))))
	page := m.Parser().Parse(text.NewReader(source))
	var sections []Section
	plain := &setter{source: source}
	var nowhere []ast.Node
	folded := 0
	ast.Walk(page, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Link:
			n.Destination = []byte(w.Link(string(n.Destination)))
			if len(n.Destination) == 0 {
				nowhere = append(nowhere, n)
			}
		case *ast.Image:
			n.Destination = []byte(w.Link(string(n.Destination)))
			if len(n.Destination) == 0 {
				nowhere = append(nowhere, n)
			}
		case *ast.Heading:
			id, _ := n.AttributeString("id")
			name, _ := id.([]byte)
			n.SetAttributeString("id", []byte(w.Mark+string(name)))
			sections = append(sections, Section{Level: n.Level, ID: w.Mark + string(name), Title: plain.plain(n)})
		case *ast.HTMLBlock:
			tags := string(n.Lines().Value(source))
			folded = max(folded+strings.Count(tags, "<details")-strings.Count(tags, "</details"), 0)
		case *ast.Paragraph, *ast.TextBlock, *ast.FencedCodeBlock:
			if folded == 0 && len(sections) > 0 {
				said := plain.plain(n)
				if block, ok := n.(*ast.FencedCodeBlock); ok {
					said = visible(strings.Join(strings.Fields(string(block.Lines().Value(source))), " "))
				}
				last := &sections[len(sections)-1]
				last.Text = strings.TrimSpace(last.Text + " " + said)
			}
		}
		return ast.WalkContinue, nil
	})
	for _, link := range nowhere {
		for link.FirstChild() != nil {
			link.Parent().InsertBefore(link.Parent(), link, link.FirstChild())
		}
		link.Parent().RemoveChild(link.Parent(), link)
	}
	var body bytes.Buffer
	err := m.Renderer().Render(&body, source, page)
	return body.Bytes(), sections, err
}

// HTML sets a page for a browser: one file, which asks for no other. link gives a
// link's target another name; the target is as the page has it.
func HTML(source []byte, title string, link func(target string) string) ([]byte, error) {
	body, _, err := Web{Link: link}.Body(source)
	if err != nil {
		return nil, fmt.Errorf("set the page %s: %w", title, err)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n"+
		"<title>%s</title>\n<style>\n%s</style>\n<main>\n%s</main>\n</html>\n", html.EscapeString(title), style, body)
	return b.Bytes(), nil
}

// web renders what goldmark would show otherwise: code with the file that it is from,
// conversations, headings that can be linked to, and what is folded away.
type web struct{ Web }

func (w web) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindFencedCodeBlock, w.code)
	r.Register(ast.KindHeading, w.heading)
	r.Register(ast.KindHTMLBlock, webBlock)
	r.Register(ast.KindRawHTML, webRaw)
}

func (w web) heading(out util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	n := node.(*ast.Heading)
	id, _ := n.AttributeString("id")
	name, _ := id.([]byte)
	switch anchor := html.EscapeString(string(name)); {
	case entering:
		fmt.Fprintf(out, "<h%d id=\"%s\">", n.Level, anchor)
	case n.Level > 1:
		title := (&setter{source: source}).plain(n)
		fmt.Fprintf(out, " <a class=\"anchor\" href=\"#%s\" aria-label=\"Link to %s\">#</a></h%d>\n", anchor, html.EscapeString(title), n.Level)
	default:
		fmt.Fprintf(out, "</h%d>\n", n.Level)
	}
	return ast.WalkContinue, nil
}

func (w web) code(out util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	n := node.(*ast.FencedCodeBlock)
	lines := string(n.Lines().Value(source))
	language, from := "", ""
	if n.Info != nil {
		language, from = info(string(n.Info.Value(source)))
	}
	if language == "mermaid" {
		_, from, _ = strings.Cut(string(n.Info.Value(source)), " from=")
		from, _, _ = strings.Cut(from, " ")
		fmt.Fprintf(out, "<figure class=\"conversation\">%s", drawing(lines))
		fmt.Fprintf(out, "<details><summary>As text</summary><pre tabindex=\"0\">%s</pre></details>", Text(string(conversation(lines))))
	} else {
		class := "code"
		if language != "" {
			class += " " + language
		}
		fmt.Fprintf(out, "<figure class=\"%s\">", html.EscapeString(class))
		if from != "" {
			fmt.Fprintf(out, "<figcaption>%s</figcaption>", html.EscapeString(visible(from)))
		}
		coloured := ""
		if w.Code != nil {
			coloured = w.Code(language, lines)
		} else {
			coloured = Text(lines)
		}
		fmt.Fprintf(out, "<pre tabindex=\"0\">%s</pre>", coloured)
	}
	if w.Below != nil && from != "" {
		out.WriteString(w.Below(language, from))
	}
	out.WriteString("</figure>\n")
	return ast.WalkContinue, nil
}

// Text is a text as HTML, with what could change a terminal made visible.
func Text(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
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
			w.WriteString(Text(line))
		}
	}
	return ast.WalkContinue, nil
}

func webRaw(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if n := node.(*ast.RawHTML); entering {
		for i := range n.Segments.Len() {
			at := n.Segments.At(i)
			w.WriteString(Text(string(at.Value(source))))
		}
	}
	return ast.WalkSkipChildren, nil
}
