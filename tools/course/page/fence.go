package page

import (
	"slices"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
)

var (
	quoted = []string{"go", "console", "txtar", "diff"}  // always from a file
	free   = []string{"sh", "python", "text", "mermaid"} // file= when they quote, from= when they draw
)

// fence is a block of code, and the attributes in its first line.
type fence struct {
	line     int // of the opening ```
	language string
	file     string // after file=, or ""
	from     string // after from=: the transcript that a diagram draws, or ""
	most     int    // after most=: how many arrows it draws; 0: messagesMax
	lines    []string
}

// fencesOf returns p's blocks of code, reporting those that can't be checked.
func (c *checker) fencesOf(p *page) []fence {
	var fences []fence
	each(p.doc, ast.KindFencedCodeBlock, func(n ast.Node) {
		block := n.(*ast.FencedCodeBlock)
		f := fence{line: p.line(block), lines: lines(block.Lines().Value(p.src))}
		var info []string
		if block.Info != nil {
			info = strings.Fields(string(block.Info.Value(p.src)))
		}
		for i, word := range info {
			file, isFile := strings.CutPrefix(word, "file=")
			from, isFrom := strings.CutPrefix(word, "from=")
			most, isMost := strings.CutPrefix(word, "most=")
			number, err := strconv.Atoi(most)
			switch {
			case isMost && f.from != "" && err == nil && 0 < number && number <= messagesMax:
				f.most = number
			case isFrom && f.language == "mermaid" && f.from == "" && from != "":
				f.from = from
			case isFile && f.file == "" && file != "":
				f.file = file
			case i == 0 && !isFile:
				f.language = word
			default:
				c.add(p.file, f.line, "fence: %q isn't understood: write ```LANGUAGE, ```LANGUAGE file=PATH, or ```mermaid from=STEM/MEMBER (or from=STEM/recording:ACTOR,ACTOR, from=STEM/calls:ACTOR,ACTOR.SOCKET)", word)
			}
		}
		fences = append(fences, f)
	})
	return fences
}

// fences reports blocks of code that differ from their source, or that name no
// source.
func (c *checker) fences(p *page, stem string, fences []fence) {
	code, transcripts := 0, 0
	for _, f := range fences {
		switch {
		case f.language == "":
			c.add(p.file, f.line, "fence: it has no language: write one of %s", list(append(slices.Clone(quoted), free...)))
		case !slices.Contains(quoted, f.language) && !slices.Contains(free, f.language):
			c.add(p.file, f.line, "fence: unknown language %q: write one of %s", f.language, list(append(slices.Clone(quoted), free...)))
		case f.language == "mermaid" && f.from == "":
			c.add(p.file, f.line, "fence: a diagram is drawn from what happened: write ```mermaid from=%s/NAME, from=%[1]s/recording:ACTOR,ACTOR, or from=%[1]s/calls:ACTOR,ACTOR.SOCKET", stem)
		case f.file == "" && slices.Contains(quoted, f.language):
			c.add(p.file, f.line, "fence: ```%s without file=: quote a file, like ```go file=tools/echo/server.go or ```console file=%s/NAME.want", f.language, stem)
		}
		if f.file != "" {
			c.quotation(p, f)
		}
		if f.from != "" {
			c.diagram(p, f)
		}
		switch {
		case f.language == "go" && f.file != "":
			code++
		case f.language == "console" && strings.HasPrefix(f.file, stem+"/"):
			transcripts++
		}
	}
	each(p.doc, ast.KindCodeBlock, func(n ast.Node) {
		c.add(p.file, p.line(n), "fence: a block of code by indentation alone can't be checked: put it between ``` lines")
	})
	if code == 0 {
		c.add(p.file, 0, "quotation: the lesson quotes no line of a program: add ```go file=PATH")
	}
	if transcripts == 0 {
		c.add(p.file, 0, "quotation: the lesson quotes nothing from its own script: add ```console file=%s/NAME.want", stem)
	}
}
