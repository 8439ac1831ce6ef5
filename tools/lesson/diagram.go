package lesson

import (
	"bytes"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
)

const (
	messagesMax = 16 // messages of a diagram: more can't be read at a glance
	messageMax  = 48 // characters of a message
)

// diagram draws a transcript of a stream or of packets, whose lines are
// "FROM -> TO  WHAT", as a Mermaid sequence diagram.
func diagram(transcript []string) ([]string, error) {
	var parties, messages []string
	left := 0
	for _, line := range transcript {
		from, rest, ok := strings.Cut(line, " -> ")
		to, what, ok2 := strings.Cut(rest, "  ")
		if !ok || !ok2 {
			if strings.TrimSpace(line) == "" {
				continue
			}
			return nil, fmt.Errorf("%.80q isn't FROM -> TO  WHAT, as the lines of a stream are", line)
		}
		if len(messages) == messagesMax {
			left++
			continue
		}
		var ends [2]string
		for i, name := range []string{from, to} {
			if !slices.Contains(parties, name) {
				parties = append(parties, name)
			}
			ends[i] = party(slices.Index(parties, name), name)
		}
		arrow := "->>"
		switch strings.Fields(what)[0] {
		case "closes", "FIN":
			arrow = "-->>"
		case "resets", "refuses", "RST":
			arrow = "--x"
		}
		messages = append(messages, fmt.Sprintf("    %s%s%s: %s", ends[0], arrow, ends[1], mermaid(shorten(what))))
	}
	if len(messages) == 0 {
		return nil, fmt.Errorf("it has no line to draw")
	}
	lines := []string{"sequenceDiagram"}
	for i, name := range parties {
		id := party(i, name)
		if id == name {
			lines = append(lines, "    participant "+id)
		} else {
			lines = append(lines, "    participant "+id+" as "+mermaid(name))
		}
	}
	lines = append(lines, messages...)
	if left > 0 {
		lines = append(lines, fmt.Sprintf("    Note over %s: %d lines more are left out", party(0, parties[0]), left))
	}
	return lines, nil
}

var plainName = regexp.MustCompile(`^[A-Za-z]\w*$`)

// party is what a diagram calls somebody: the name, when Mermaid can take it.
func party(i int, name string) string {
	if plainName.MatchString(name) && name != "end" {
		return name
	}
	return fmt.Sprintf("p%d", i+1)
}

func shorten(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > messageMax {
		return string(r[:messageMax]) + "…"
	}
	return s
}

// mermaid escapes what ends a message or begins an entity there.
func mermaid(s string) string {
	return strings.NewReplacer("#", "#35;", ";", "#59;", "<", "#lt;", ">", "#gt;", "%%", "#37;%").Replace(s)
}

// drawn returns what a block with from= should hold.
func (c *checker) drawn(f fence) ([]string, error) {
	transcript, err := c.source(f.from)
	if err != nil {
		return nil, err
	}
	lines, err := diagram(transcript)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.from, err)
	}
	return lines, nil
}

// diagram reports a diagram that isn't what its transcript shows.
func (c *checker) diagram(p *page, f fence) {
	want, err := c.drawn(f)
	if err != nil {
		c.add(p.file, f.line, "diagram: %v", err)
		return
	}
	if !slices.Equal(f.lines, want) {
		c.add(p.file, f.line, "diagram: it isn't what %s shows: go test . -run TestLessons -update draws it anew", f.from)
	}
}

// Redraw returns the lesson of stem with its diagrams drawn anew from their
// transcripts, and whether that changes it.
func Redraw(root fs.FS, stem string) (page []byte, changed bool, err error) {
	c := &checker{root: root}
	p, err := c.openPage(lessonFile(stem))
	if err != nil {
		return nil, false, err
	}
	var blocks []*ast.FencedCodeBlock
	each(p.doc, ast.KindFencedCodeBlock, func(n ast.Node) { blocks = append(blocks, n.(*ast.FencedCodeBlock)) })
	fences := c.fencesOf(p)
	src := p.src
	for i := len(blocks) - 1; i >= 0; i-- {
		if fences[i].from == "" || blocks[i].Info == nil {
			continue
		}
		lines, err := c.drawn(fences[i])
		if err != nil {
			return nil, false, err
		}
		// Between the line that opens the block and the one that closes it.
		begin := blocks[i].Info.Segment.Stop
		begin += bytes.IndexByte(src[begin:], '\n') + 1
		end := begin + len(blocks[i].Lines().Value(p.src))
		src = slices.Concat(src[:begin], []byte(strings.Join(lines, "\n")+"\n"), src[end:])
	}
	return src, !bytes.Equal(src, p.src), nil
}
