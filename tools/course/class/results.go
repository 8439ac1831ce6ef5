package class

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"socklab/tools/cli"
	"socklab/tools/harness/report"
	"socklab/tools/harness/script"
)

// A Column is what all students are judged by: a lesson, or a script of the teacher's.
type Column struct {
	Name   string // a lesson's number, or the script's name
	Title  string
	Hidden bool // students may not see the script, nor what became of it
}

// A Cell is what became of a student in a column.
type Cell struct {
	Plays []report.Play // of a lesson's script and of its program's; none if nobody could be judged
	Why   string        // then: why
	Steps int           // then: of how many
}

// Results are the cells of all students: a row each, in the order of the columns.
type Results struct {
	Columns  []Column
	Students []Student
	Rows     [][]Cell
}

// Score is how many steps passed, of how many.
func (c Cell) Score() (passed, of int) {
	if len(c.Plays) == 0 {
		return 0, c.Steps
	}
	for _, p := range c.Plays {
		n, m := Score(p)
		passed, of = passed+n, of+m
	}
	return passed, of
}

// Score is how many steps of a play passed, of how many the script has. What is found
// out at the end costs the last step.
func Score(p report.Play) (passed, of int) {
	for _, s := range p.Steps {
		if s.Sentence != report.Outside {
			of++
		}
	}
	of = max(of, 1)
	switch {
	case p.Verdict == script.Passed:
		passed = of
	case p.Verdict == script.Failed && p.Failure != nil && p.Failure.Step > 0:
		passed = p.Failure.Step - 1
	case p.Verdict == script.Failed && p.Failure != nil && p.Failure.Line == 0:
		passed = of - 1
	}
	return passed, of
}

// first is the first play that did not pass; nil if all did.
func (c Cell) first() *report.Play {
	for i := range c.Plays {
		if c.Plays[i].Verdict != script.Passed {
			return &c.Plays[i]
		}
	}
	return nil
}

// Verdict is failed if a play failed, else not judged if somebody was not.
func (c Cell) Verdict() script.Verdict {
	verdict := script.Passed
	for _, p := range c.Plays {
		if p.Verdict == script.Failed {
			return p.Verdict
		}
		if p.Verdict == script.NotJudged {
			verdict = p.Verdict
		}
	}
	if len(c.Plays) == 0 {
		return script.NotJudged
	}
	return verdict
}

// Cause is a word or two: the kind of the first failure. "" if all passed.
func (c Cell) Cause() string {
	p := c.first()
	switch {
	case c.Verdict() == script.NotJudged:
		return "not judged"
	case p == nil:
		return ""
	case p.Failure == nil: // it was never started
		return "does not compile"
	case p.Failure.Kind == "":
		return "failed"
	}
	return string(p.Failure.Kind)
}

// Reason says in a line why not all passed; "" if all did.
func (c Cell) Reason() string {
	p := c.first()
	switch {
	case len(c.Plays) == 0:
		return Line(c.Why)
	case p == nil:
		return ""
	case p.Failure != nil:
		return Line(p.Failure.Headline(script.View{}))
	}
	return Line(p.Reason)
}

// String is the cell of a table.
func (c Cell) String() string {
	if c.Verdict() == script.NotJudged {
		return "not judged: " + c.Reason()
	}
	passed, of := c.Score()
	return strings.TrimSpace(fmt.Sprintf("%d/%d %s", passed, of, c.Cause()))
}

// Line is a text on one line that no terminal obeys.
func Line(text string) string { return cli.Visible(strings.Join(strings.Fields(text), " ")) }

// The least and the most columns for a cell.
const (
	minCell = 12
	maxCell = 40
)

// Table writes all cells, a line for each student, in so many columns of a terminal, or
// as many as it takes if width is 0. style changes how a cell looks, not how wide it is.
// Of cells that had to be cut it returns what they say, in lines.
func (r Results) Table(w *strings.Builder, width int, style func(script.Verdict, string) string) (whole []string) {
	table := [][]string{{"student"}}
	for _, c := range r.Columns {
		table[0] = append(table[0], Line(c.Name))
	}
	for i, s := range r.Students {
		row := []string{Line(s.Name)}
		for _, c := range r.Rows[i] {
			row = append(row, c.String())
		}
		table = append(table, row)
	}
	widths := r.widths(table, width)
	for i, row := range table {
		line, cut := "", map[string][]string{} // the columns in which something is said
		for j, cell := range row {
			shown := ansi.Truncate(cell, widths[j], "…")
			if shown != cell && i > 0 && j > 0 {
				cut[cell] = append(cut[cell], table[0][j])
			}
			pad := strings.Repeat(" ", widths[j]-ansi.StringWidth(shown)+2)
			if i > 0 && j > 0 {
				shown = style(r.Rows[i-1][j-1].Verdict(), shown)
			}
			if j == len(row)-1 {
				pad = ""
			}
			line += shown + pad
		}
		w.WriteString(line + "\n")
		for _, text := range slices.Compact(row) {
			if where := cut[text]; where != nil {
				whole = append(whole, fmt.Sprintf("%s %s: %s", row[0], strings.Join(where, ", "), text))
				delete(cut, text)
			}
		}
	}
	return whole
}

// widths are those of a table's columns.
func (r Results) widths(table [][]string, width int) []int {
	widths := make([]int, len(table[0]))
	for _, row := range table {
		for i, cell := range row {
			widths[i] = min(max(widths[i], ansi.StringWidth(cell)), maxCell)
		}
	}
	total := -2
	for _, n := range widths {
		total += n + 2
	}
	for width > 0 && total > width { // the widest gives way
		widest := 0
		for i, n := range widths {
			if n > widths[widest] {
				widest = i
			}
		}
		if widths[widest] <= minCell {
			break
		}
		widths[widest]--
		total--
	}
	return widths
}

// CSV writes a line for each student. A spreadsheet would take 5/5 for a day in May.
func (r Results) CSV(w io.Writer) error {
	c := csv.NewWriter(w)
	head := []string{"student"}
	for _, col := range r.Columns {
		head = append(head, plain(col.Name+" passed"), plain(col.Name+" steps"), plain(col.Name+" cause"))
	}
	c.Write(append(head, "passed", "steps"))
	for i, s := range r.Students {
		row, passed, of := []string{plain(s.Name)}, 0, 0
		for _, cell := range r.Rows[i] {
			n, m := cell.Score()
			cause := cell.Cause()
			if cell.Verdict() == script.NotJudged {
				cause = cell.String()
			}
			row = append(row, fmt.Sprint(n), fmt.Sprint(m), plain(cause))
			passed, of = passed+n, of+m
		}
		c.Write(append(row, fmt.Sprint(passed), fmt.Sprint(of)))
	}
	c.Flush()
	return c.Error()
}

// plain is a text that no spreadsheet takes for a formula.
func plain(text string) string {
	text = Line(text)
	if text != "" && strings.ContainsRune("=+-@", rune(text[0])) {
		return "'" + text
	}
	return text
}

// JUnit writes a suite for each play.
func (r Results) JUnit(w io.Writer) error {
	var all []report.Play
	for i, s := range r.Students {
		for j, cell := range r.Rows[i] {
			plays := cell.Plays
			if len(plays) == 0 {
				plays = []report.Play{{Name: r.Columns[j].Name, Verdict: script.NotJudged, Reason: cell.Why, Steps: []report.Step{{Sentence: report.Outside, Verdict: script.NotJudged}}}}
			}
			for _, p := range plays {
				p.Name, p.Reason = Line(s.Name)+" "+Line(p.Name), Line(p.Reason)
				all = append(all, p)
			}
		}
	}
	return report.JUnit(w, all)
}

// outputMax is how many bytes of a failure's report Gradescope gets.
const outputMax = 32 << 10

// Gradescope writes the results of the only student, as Gradescope's autograder reads
// them: a point for each step.
func (r Results) Gradescope(w io.Writer) error {
	type test struct {
		Number     string `json:"number"`
		Name       string `json:"name"`
		Score      int    `json:"score"`
		Max        int    `json:"max_score"`
		Status     string `json:"status"`
		Output     string `json:"output,omitempty"`
		Format     string `json:"output_format,omitempty"`
		Visibility string `json:"visibility"`
	}
	out := struct {
		Tests []test `json:"tests"`
	}{[]test{}}
	for i, cell := range r.Rows[0] {
		col := r.Columns[i]
		t := test{Number: Line(col.Name), Name: Line(strings.TrimSpace(col.Name + " " + col.Title)), Status: "passed", Visibility: "visible"}
		t.Score, t.Max = cell.Score()
		if col.Hidden {
			t.Visibility = "after_published"
		}
		if cell.Verdict() != script.Passed {
			t.Status, t.Format, t.Output = "failed", "text", cell.log(col)
		}
		out.Tests = append(out.Tests, t)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(out)
}

// log is what a student may read of a cell that did not pass.
func (c Cell) log(col Column) string {
	var b strings.Builder
	for _, p := range c.Plays {
		if p.Verdict != script.Passed && !col.Hidden {
			b.WriteString(strings.TrimSpace(p.Log) + "\n")
		}
	}
	text := strings.TrimSpace(b.String())
	switch {
	case col.Hidden && len(c.Plays) > 0:
		return c.Cause()
	case text == "":
		return c.String()
	}
	if len(text) > outputMax {
		text = text[:outputMax]
		for !utf8.ValidString(text) {
			text = text[:len(text)-1]
		}
		text += "\n…"
	}
	return text
}

const head = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>%s</title>
<style>
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%%; }
td, th { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid color-mix(in srgb, currentColor 20%%, transparent); vertical-align: top; }
pre { overflow-x: auto; }
.failed { color: light-dark(#b00020, #ff8a80); } .passed { color: light-dark(#1b6e2c, #8fd69a); } .not { color: light-dark(#7a5200, #ffd180); }
</style>
<h1>%[1]s</h1>
`

func class(v script.Verdict) string {
	word, _, _ := strings.Cut(string(v), " ")
	return word
}

// HTML writes the table, in which each student is a link.
func (r Results) HTML(w io.Writer, link func(student int) string) error {
	var b strings.Builder
	fmt.Fprintf(&b, head, "Class")
	b.WriteString("<table>\n<tr><th>student")
	for _, c := range r.Columns {
		b.WriteString("<th>" + html.EscapeString(Line(c.Name)))
	}
	for i, s := range r.Students {
		fmt.Fprintf(&b, "\n<tr><td><a href=%q>%s</a>", html.EscapeString(link(i)), html.EscapeString(Line(s.Name)))
		for _, c := range r.Rows[i] {
			fmt.Fprintf(&b, "<td class=%q>%s", class(c.Verdict()), html.EscapeString(c.String()))
		}
	}
	b.WriteString("\n</table>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// Page writes a student's page, with links to the pages of their failures. Of a hidden
// column it says no more than its cell.
func (r Results) Page(w io.Writer, student int) error {
	var b strings.Builder
	fmt.Fprintf(&b, head, html.EscapeString(Line(r.Students[student].Name)))
	for i, c := range r.Rows[student] {
		col := r.Columns[i]
		text := c.String()
		if col.Hidden && c.Verdict() == script.NotJudged {
			text = "not judged"
		}
		fmt.Fprintf(&b, "<h2>%s</h2>\n<p class=%q>%s</p>\n", html.EscapeString(Line(strings.TrimSpace(col.Name+" "+col.Title))), class(c.Verdict()), html.EscapeString(text))
		if col.Hidden || c.Verdict() == script.Passed {
			continue
		}
		for _, p := range c.Plays {
			if p.Page != "" {
				fmt.Fprintf(&b, "<p><a href=%q>What happened, step by step</a></p>\n", html.EscapeString(p.Page))
			}
		}
		if text := c.log(col); text != c.String() {
			fmt.Fprintf(&b, "<pre>%s</pre>\n", html.EscapeString(text))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
