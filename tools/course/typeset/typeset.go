// Package typeset turns a page of Markdown into a page for a browser, or into text for
// a terminal: folded, and with colours if they are wanted. Its source is trusted no
// more than a program's output: what could change a terminal is made visible.
package typeset

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	tables "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"

	"socklab/tools/cli"
)

// Options are how a page is set.
type Options struct {
	Width  int    // columns; 80 if it is 0
	Colour bool   // bold headings, coloured code; else code has its `quotes`
	Folded string // stands in the place of what the page folds away (<details>); "": nothing
}

// widest is how wide prose is at most: longer lines are hard to read.
const widest = 80

var markdown = goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser()

// Page sets a page. What it folds away is left out: a reader asks for it.
func Page(source []byte, o Options) string {
	if o.Width <= 0 {
		o.Width = widest
	}
	s := &setter{source: source, width: max(min(o.Width, widest), 1), whole: max(o.Width, 1), colour: o.Colour, instead: o.Folded}
	s.blocks(markdown.Parse(text.NewReader(source)), "")
	return strings.TrimLeft(s.out.String(), "\n")
}

type setter struct {
	source       []byte
	width, whole int // of prose, of the terminal
	colour       bool
	folded       int // <details> that are open
	instead      string
	said         bool // instead, of the last <details>
	out          strings.Builder
}

func (s *setter) style(on, text string) string {
	if !s.colour || text == "" {
		return text
	}
	return "\x1b[" + on + "m" + text + "\x1b[m"
}

const (
	bold  = "1"
	faint = "2"
	lean  = "3"
	cyan  = "36"
)

// blocks sets the blocks below n, with indent before each line.
func (s *setter) blocks(n ast.Node, indent string) {
	for b := n.FirstChild(); b != nil; b = b.NextSibling() {
		if html, ok := b.(*ast.HTMLBlock); ok {
			tags := string(html.Lines().Value(s.source))
			s.folded = max(s.folded+strings.Count(tags, "<details")-strings.Count(tags, "</details"), 0)
			if s.folded > 0 && s.instead != "" && !s.said {
				s.said = true
				s.out.WriteString("\n")
				s.lines(s.style(faint, s.instead), indent+"▸ ", indent+"  ")
			}
			continue
		}
		if s.folded == 0 {
			s.said = false
			s.block(b, indent)
		}
	}
}

func (s *setter) block(n ast.Node, indent string) {
	switch n := n.(type) {
	case *ast.Heading:
		title := s.plain(n)
		if n.Level == 1 {
			title += "\n" + strings.Repeat("═", min(ansi.StringWidth(title), s.width))
		} else if !s.colour {
			title = strings.Repeat("#", n.Level) + " " + title
		}
		for _, line := range strings.Split(title, "\n") {
			if n.Level != 1 || !strings.HasPrefix(line, "═") {
				s.out.WriteString("\n")
			}
			s.lines(s.style(bold, line), indent, indent)
		}
	case *ast.FencedCodeBlock:
		s.code(n, indent)
	case *ast.CodeBlock:
		s.verbatim(n.Lines().Value(s.source), indent)
	case *ast.List:
		s.list(n, indent)
	case *ast.Blockquote:
		s.blocks(n, indent+"│ ")
	case *ast.ThematicBreak:
		s.out.WriteString("\n" + indent + "───\n")
	case *tables.Table:
		s.table(n, indent)
	case *ast.Paragraph:
		s.out.WriteString("\n")
		s.lines(s.inline(n), indent, indent)
	default:
		s.lines(s.inline(n), indent, indent)
	}
}

// lines writes a text, folded, with first before its first line and next before the
// others.
func (s *setter) lines(text, first, next string) {
	for line := range strings.Lines(Fold(text, s.width, first, next)) {
		s.out.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
}

// Fold folds a text at its spaces, with first before its first line and next before
// the others. The width counts both. What has no space is cut.
func Fold(text string, width int, first, next string) string {
	room := max(width-ansi.StringWidth(next), 1)
	folded := unbreakable.Replace(ansi.Wrap(strings.ReplaceAll(text, "-", "\u2011"), room, " "))
	var b strings.Builder
	before := first
	for _, line := range strings.Split(folded, "\n") {
		b.WriteString(before + line + "\n")
		before = next
	}
	return b.String()
}

// unbreakable are what a line is not folded at, for -flags and for code.
var unbreakable = strings.NewReplacer("\u2011", "-", "\u00a0", " ")

func (s *setter) list(list *ast.List, indent string) {
	s.out.WriteString("\n")
	number := list.Start
	for item := list.FirstChild(); item != nil; item = item.NextSibling() {
		mark := "• "
		if list.IsOrdered() {
			mark = fmt.Sprintf("%d. ", number)
			number++
		}
		next := indent + strings.Repeat(" ", ansi.StringWidth(mark))
		before := indent + mark
		for b := item.FirstChild(); b != nil; b = b.NextSibling() {
			switch b.(type) {
			case *ast.TextBlock, *ast.Paragraph:
				s.lines(s.inline(b), before, next)
			default:
				s.block(b, next)
			}
			before = next
		}
	}
}

// code sets a block of code, with the file that it is from. A diagram becomes a line
// for each message.
func (s *setter) code(n *ast.FencedCodeBlock, indent string) {
	lines := n.Lines().Value(s.source)
	language, from := "", ""
	if n.Info != nil {
		language, from = info(string(n.Info.Value(s.source)))
	}
	if language == "mermaid" {
		lines = conversation(string(lines))
	}
	s.out.WriteString("\n")
	if from != "" {
		s.out.WriteString(s.style(faint, ansi.Truncate(indent+"  ╭ "+visible(from), s.whole, "…")) + "\n")
	}
	s.verbatimLines(lines, indent)
}

// info is what the first line of a block of code says: its language, and the file that
// it quotes.
func info(words string) (language, from string) {
	for i, word := range strings.Fields(words) {
		if file, ok := strings.CutPrefix(word, "file="); ok {
			from = file
		} else if i == 0 {
			language = word
		}
	}
	return language, from
}

func (s *setter) verbatim(text []byte, indent string) {
	s.out.WriteString("\n")
	s.verbatimLines(text, indent)
}

func (s *setter) verbatimLines(text []byte, indent string) {
	room := max(s.whole-ansi.StringWidth(indent)-4, 1)
	for line := range strings.Lines(string(text)) {
		line = strings.ReplaceAll(visible(strings.TrimRight(strings.ReplaceAll(line, "\t", "    "), "\n")), "\t", "    ")
		for _, piece := range cut(line, room) {
			s.out.WriteString(strings.TrimRight(indent+"    "+s.style(cyan, piece), " ") + "\n")
		}
	}
}

// cut cuts a line of code into pieces that have room, behind a space where there is one.
func cut(line string, room int) (pieces []string) {
	for ansi.StringWidth(line) > room {
		piece := ansi.Truncate(line, room, "")
		if at := strings.LastIndexByte(piece, ' '); line[len(piece)] != ' ' && strings.TrimSpace(piece[:max(at, 0)]) != "" {
			piece = piece[:at]
		}
		if piece == "" { // no room for a wide letter
			break
		}
		pieces, line = append(pieces, piece), strings.TrimLeft(line[len(piece):], " ")
	}
	return append(pieces, line)
}

// arrows are those of a Mermaid sequence diagram.
var arrows = []struct{ mermaid, shown string }{
	{"-->>", "╌╌▶"}, {"->>", "──▶"}, {"--x", "╌╌✗"}, {"-x", "──✗"},
}

// A spoken is an arrow of a diagram; without an arrow it is a note.
type spoken struct{ from, arrow, to, what string }

// said reads a Mermaid sequence diagram: who takes part, and what they say.
func said(diagram string) (parties []string, all []spoken) {
	names := map[string]string{}
	called := func(id string) string {
		if name, ok := names[id]; ok {
			return name
		}
		return id
	}
	for line := range strings.Lines(diagram) {
		line = strings.TrimSpace(line)
		if rest, ok := strings.CutPrefix(line, "participant "); ok {
			id, name, ok := strings.Cut(rest, " as ")
			if ok {
				names[id] = unescape(name)
			}
			parties = append(parties, called(id))
			continue
		}
		if rest, ok := strings.CutPrefix(line, "Note over "); ok {
			_, what, _ := strings.Cut(rest, ": ")
			all = append(all, spoken{what: unescape(what)})
			continue
		}
		for _, a := range arrows {
			from, rest, ok := strings.Cut(line, a.mermaid)
			to, what, ok2 := strings.Cut(rest, ": ")
			if ok && ok2 {
				all = append(all, spoken{called(from), a.shown, called(to), unescape(what)})
				break
			}
		}
	}
	return parties, all
}

// conversation sets a Mermaid sequence diagram as lines.
func conversation(diagram string) []byte {
	_, all := said(diagram)
	wide, wideTo := 0, 0
	for _, m := range all {
		wide, wideTo = max(wide, ansi.StringWidth(m.from)), max(wideTo, ansi.StringWidth(m.to))
	}
	var b strings.Builder
	for _, m := range all {
		if m.arrow == "" {
			b.WriteString(m.what + "\n")
			continue
		}
		pad := func(name string, to int) string { return strings.Repeat(" ", to-ansi.StringWidth(name)) }
		b.WriteString(pad(m.from, wide) + m.from + " " + m.arrow + " " + m.to + pad(m.to, wideTo) + "  " + m.what + "\n")
	}
	return []byte(b.String())
}

// unescape takes back what a diagram writes for characters that mean something to
// Mermaid.
var unescape = strings.NewReplacer("#59;", ";", "#35;", "#", "#lt;", "<", "#gt;", ">", "#37;", "%").Replace

// table sets a table as columns, or where they have no room, as a paragraph for each
// row.
func (s *setter) table(t *tables.Table, indent string) {
	var rows [][]string
	var widths []int
	for row := t.FirstChild(); row != nil; row = row.NextSibling() {
		var cells []string
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			text := s.inline(cell)
			if len(widths) == len(cells) {
				widths = append(widths, 0)
			}
			widths[len(cells)] = max(widths[len(cells)], ansi.StringWidth(text))
			cells = append(cells, text)
		}
		rows = append(rows, cells)
	}
	all := len(indent)
	for _, w := range widths {
		all += w + 2
	}
	s.out.WriteString("\n")
	for i, cells := range rows {
		if all-2 > s.whole {
			if i > 0 {
				s.lines(strings.Join(cells, " — "), indent+"• ", indent+"  ")
			}
			continue
		}
		line := indent
		for j, cell := range cells {
			line += cell + strings.Repeat(" ", widths[j]-ansi.StringWidth(cell)+2)
		}
		line = strings.TrimRight(line, " ")
		if i == 0 {
			line = s.style(bold, line)
		}
		s.out.WriteString(line + "\n")
	}
}

// inline sets what stands in a line.
func (s *setter) inline(n ast.Node) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			b.WriteString(visible(string(c.Value(s.source))))
			if c.HardLineBreak() {
				b.WriteString("\n")
			} else if c.SoftLineBreak() {
				b.WriteString(" ")
			}
		case *ast.String:
			b.WriteString(visible(string(c.Value)))
		case *ast.CodeSpan:
			code := s.plain(c)
			if ansi.StringWidth(code) < s.width*3/4 { // else it has no room in a line
				code = strings.ReplaceAll(code, " ", "\u00a0")
			}
			if s.colour {
				b.WriteString(s.style(cyan, code))
			} else {
				b.WriteString("`" + code + "`")
			}
		case *ast.Emphasis:
			switch {
			case !s.colour:
				mark := strings.Repeat("*", c.Level)
				b.WriteString(mark + s.inline(c) + mark)
			case c.Level == 1:
				b.WriteString(s.style(lean, s.inline(c)))
			default:
				b.WriteString(s.style(bold, s.inline(c)))
			}
		case *ast.AutoLink:
			b.WriteString(visible(string(c.Label(s.source))))
		case *ast.Link:
			b.WriteString(s.inline(c) + leadsTo(string(c.Destination)))
		case *ast.RawHTML:
		default:
			b.WriteString(s.inline(c))
		}
	}
	return b.String()
}

// leadsTo says where a link leads, unless it is another lesson, which its text names.
func leadsTo(dest string) string {
	u, err := url.Parse(dest)
	if err != nil || u.Host == "" && strings.HasSuffix(u.Path, ".md") && !strings.Contains(u.Path, "/") {
		return ""
	}
	return " (" + visible(strings.TrimPrefix(dest, "../")) + ")"
}

// plain is the text below n, without styles.
func (s *setter) plain(n ast.Node) string {
	var b strings.Builder
	ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if text, ok := n.(*ast.Text); ok && entering {
			b.Write(text.Value(s.source))
		}
		return ast.WalkContinue, nil
	})
	return visible(b.String())
}

func visible(text string) string { return cli.Visible(text) }
