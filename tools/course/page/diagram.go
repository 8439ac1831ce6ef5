package page

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
)

const (
	messagesMax = 16 // most messages of a diagram: more can't be read at a glance
	messageMax  = 64 // most characters of a message
)

// A message is an arrow of a diagram.
type message struct{ from, to, arrow, what string }

// diagram draws a transcript of a stream or of packets, whose lines are
// "FROM -> TO  WHAT", as a Mermaid sequence diagram.
func diagram(transcript []string, most int) ([]string, error) {
	var messages []message
	for _, line := range transcript {
		from, rest, ok := strings.Cut(line, " -> ")
		to, what, ok2 := strings.Cut(rest, "  ")
		if !ok || !ok2 {
			if strings.TrimSpace(line) == "" {
				continue
			}
			return nil, fmt.Errorf("%.80q isn't FROM -> TO  WHAT, as the lines of a stream are", line)
		}
		arrow := "->>"
		switch strings.Fields(what)[0] {
		case "closes", "FIN":
			arrow = "-->>"
		case "resets", "refuses", "RST":
			arrow = "--x"
		}
		messages = append(messages, message{from, to, arrow, shorten(what)})
	}
	return draw(nil, messages, most)
}

// draw draws messages between parties, most of them, or messagesMax if that is 0.
// Those who speak are added to the parties.
func draw(parties []string, messages []message, most int) ([]string, error) {
	if len(messages) == 0 {
		return nil, fmt.Errorf("it has no line to draw")
	}
	left := max(len(messages)-cmp.Or(most, messagesMax), 0)
	messages = messages[:len(messages)-left]
	var arrows []string
	for _, m := range messages {
		var ends [2]string
		for i, name := range []string{m.from, m.to} {
			if !slices.Contains(parties, name) {
				parties = append(parties, name)
			}
			ends[i] = party(slices.Index(parties, name), name)
		}
		arrows = append(arrows, fmt.Sprintf("    %s%s%s: %s", ends[0], m.arrow, ends[1], mermaid(m.what)))
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
	lines = append(lines, arrows...)
	if left > 0 {
		lines = append(lines, fmt.Sprintf("    Note over %s: and so on", party(0, parties[0])))
	}
	return lines, nil
}

// keywords are Mermaid's own words in a sequence diagram.
var keywords = strings.Fields(`activate actor alt and as autonumber box break create critical deactivate destroy
	details else end left link links loop note off opt option over par par_over participant properties rect right
	sequencediagram title`)

var plainName = regexp.MustCompile(`^[A-Za-z]\w*$`)

// party is the name of a participant in a diagram: its own name, if Mermaid accepts
// it.
func party(i int, name string) string {
	if plainName.MatchString(name) && !slices.Contains(keywords, strings.ToLower(name)) {
		return name
	}
	return fmt.Sprintf("p%d", i+1)
}

func shorten(s string) string { return shortenTo(strings.Join(strings.Fields(s), " "), messageMax) }

func shortenTo(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return strings.TrimRight(string(r[:most]), `\ `) + "…" // an escape is left out whole
	}
	return s
}

// mermaid escapes characters that would end a message or begin an entity.
func mermaid(s string) string {
	return strings.NewReplacer("#", "#35;", ";", "#59;", "<", "#lt;", ">", "#gt;", "%%", "#37;%").Replace(s)
}

// unmermaid takes the escapes back.
func unmermaid(s string) string {
	return strings.NewReplacer("#35;", "#", "#59;", ";", "#lt;", "<", "#gt;", ">", "#37;%", "%%").Replace(s)
}

// drawn returns what a block with from= should hold.
func (c *checker) drawn(f fence) ([]string, error) {
	if f.callersOf() != nil {
		return c.callsDrawn(f)
	}
	transcript, err := c.source(f.from)
	if err != nil {
		return nil, err
	}
	lines, err := diagram(transcript, f.most)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.from, err)
	}
	return lines, nil
}

// diagram reports a diagram that differs from its transcript.
func (c *checker) diagram(p *page, f fence) {
	if f.actorsOf() != nil {
		return // checked when the script is played: see CheckRecorded
	}
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
	return redraw(root, stem, func(c *checker, f fence) ([]string, error) {
		if f.actorsOf() != nil {
			return nil, nil
		}
		return c.drawn(f)
	})
}

// redraw returns a lesson with other lines in its diagrams. draw returns those of
// one; nil leaves it as it is.
func redraw(root fs.FS, stem string, draw func(*checker, fence) ([]string, error)) (page []byte, changed bool, err error) {
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
		lines, err := draw(c, fences[i])
		if err != nil {
			return nil, false, err
		}
		if lines == nil {
			continue
		}
		// The block's content: after its opening line, before its closing line.
		begin := blocks[i].Info.Segment.Stop
		begin += bytes.IndexByte(src[begin:], '\n') + 1
		end := begin + len(blocks[i].Lines().Value(p.src))
		src = slices.Concat(src[:begin], []byte(strings.Join(lines, "\n")+"\n"), src[end:])
	}
	return src, !bytes.Equal(src, p.src), nil
}
