package check

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"socklab/tools/cli"
	"socklab/tools/course/typeset"
	"socklab/tools/harness/script"
)

// BriefLines is how many lines Brief has at most.
const BriefLines = 18

// Brief says of an outcome, in lines of that width, why a script failed: at which
// step, the cause, what was expected above what was there, and where to read on.
func (o Outcome) Brief(width int) string {
	b := brief{width: max(width, 20)}
	f := o.Failure
	if f == nil {
		report := strings.Split(strings.TrimSpace(o.Report), "\n")
		if o.Report == "" {
			report = []string{o.Reason}
		}
		for i, line := range report {
			if i == BriefLines-1 && len(report) > BriefLines {
				b.add(1, fmt.Sprintf("… %d lines more", len(report)-i))
				break
			}
			b.add(1, line)
		}
		return b.text()
	}
	if f.Step > 0 {
		b.add(2, fmt.Sprintf("step %d of %d: %s", f.Step, f.Steps, f.Sentence))
	}
	cause := f.Headline(script.View{})
	for _, before := range []string{f.File, fmt.Sprintf(":%d", f.Line), ": "} {
		cause = strings.TrimPrefix(cause, before)
	}
	if f.Unlike != nil {
		// No - and + are shown here.
		cause, _, _ = strings.Cut(cause, ": - is")
	}
	b.add(3, cause)
	where := f.File
	if f.Line > 0 {
		where += fmt.Sprintf(":%d", f.Line)
	}
	if f.Page != "" {
		where += "; read " + f.Page
	}
	foot := b.folded(2, where)
	d := f.Differs
	if d == nil {
		d = f.Unlike
	}
	room := func() int { return BriefLines - 1 - len(foot) - len(b.lines) }
	if d != nil {
		b.difference(d)
		for _, hint := range d.Hints {
			if room() > 0 {
				b.advice(room(), hint)
			}
		}
	}
	more := []string{f.Errno}
	for _, note := range f.Notes {
		more = append(more, note.String())
	}
	for _, text := range more {
		if text != "" && room() > 1 {
			b.lines = append(b.lines, "")
			b.add(room(), text)
		}
	}
	b.lines = append(b.lines, "")
	b.lines = append(b.lines, foot...)
	return b.text()
}

// Start says of an outcome, in two lines of that width at most, where a program stands
// that nobody has changed yet: at which step, and what that wants.
func (o Outcome) Start(width int) string {
	f := o.Failure
	if f == nil || f.Step == 0 || f.Differs == nil {
		return o.Brief(width)
	}
	b := brief{width: max(width, 20)}
	b.add(2, fmt.Sprintf("step %d of %d: %s Expected %s", f.Step, f.Steps, f.Sentence, f.Differs.Expected))
	return b.text()
}

type brief struct {
	width int
	lines []string
}

func (b *brief) text() string { return strings.Join(b.lines, "\n") + "\n" }

// folded is a text in so many lines at most.
func (b *brief) folded(most int, text string) []string {
	text = strings.ReplaceAll(strings.TrimSpace(text), "\n", " ")
	lines := strings.Split(strings.TrimSuffix(typeset.Fold(safe(text), b.width, "", ""), "\n"), "\n")
	if most > 0 && len(lines) > most {
		lines = lines[:most]
		lines[most-1] = ansi.Truncate(lines[most-1]+"…", b.width, "…")
	}
	return lines
}

func (b *brief) add(most int, text string) { b.lines = append(b.lines, b.folded(most, text)...) }

const label = "expected  "

// advice is a text below what differs, as far in.
func (b *brief) advice(most int, text string) {
	inner := brief{width: max(b.width-len(label), 10)}
	for _, line := range inner.folded(most, text) {
		b.lines = append(b.lines, strings.Repeat(" ", len(label))+line)
	}
}

// difference shows both lines around the place where they differ, with a caret under
// it.
func (b *brief) difference(d *script.Difference) {
	room := b.width - len(label)
	got, at := []rune(safe(d.Got)), d.At
	if len(got) > room {
		from := min(max(at-room*2/3, 0), len(got)-room+1)
		got = got[from:]
		if at -= from; from > 0 {
			got[0] = '…'
		}
	}
	b.lines = append(b.lines, "", label+ansi.Truncate(safe(d.Expected), room, "…"), "got       "+ansi.Truncate(string(got), room, "…"))
	marked := d.Wanted != "" || d.At > 0
	if caret := strings.Repeat(" ", len(label)+at) + "^"; marked {
		if d.Wanted != "" {
			caret += " wanted " + safe(d.Wanted)
		}
		b.lines = append(b.lines, ansi.Truncate(caret, b.width, "…"))
	}
}

func safe(text string) string { return cli.Visible(text) }
