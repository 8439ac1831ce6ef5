//go:build unix

package script

import (
	"fmt"
	"slices"
	"strings"

	"socklab/tools/harness/actor"
)

// String is the report of a failure, for people and safe to print anywhere.
func (f *Failure) String() string { return f.Text(View{}) }

// Headline says in a line, or a few, what failed.
func (f *Failure) Headline(v View) string {
	var b strings.Builder
	b.WriteString(f.File + ": ")
	if f.Line > 0 {
		b.Reset()
		fmt.Fprintf(&b, "%s:%d: ", f.File, f.Line)
	}
	if about := strings.TrimSpace(f.Command + " " + f.Subject); about != "" {
		b.WriteString(about + ": ")
	}
	if f.Kind != "" {
		b.WriteString(string(f.Kind) + ": ")
	}
	b.WriteString(f.Why.in(v))
	if f.Waited != nil {
		b.WriteString("; waited " + f.Waited.in(v))
	}
	return harmless([]any{b.String()})
}

// Text is the report in a view: what failed, at which step of the script, what helps
// to see why, how every actor was, what each has said, and where to read.
func (f *Failure) Text(v View) string {
	var b strings.Builder
	head, more, _ := strings.Cut(f.Headline(v), "\n")
	b.WriteString("FAIL: " + head + "\n")
	if f.Step > 0 {
		fmt.Fprintf(&b, "step %d of %d: %s\n", f.Step, f.Steps, v.foreign(f.Sentence))
	}
	if more != "" {
		b.WriteString(more + "\n")
	}
	b.WriteString(v.foreign(f.after))
	paragraph := func(text string) {
		if text != "" {
			b.WriteString("\n" + text + "\n")
		}
	}
	paragraph(f.Errno)
	for _, note := range f.Notes {
		paragraph(note.in(v))
	}
	if f.Differs != nil {
		paragraph(v.foreign(f.Differs.String()))
	}
	if !f.Besides.IsZero() {
		paragraph("Besides, " + f.Besides.in(v))
	}
	ran := f.Command != "" && f.Kind != CouldNotTell // it leaves a gap where there are no actors, too
	if ran || f.Line > 0 && len(f.Actors) > 0 {
		b.WriteString("\n")
	}
	f.writeActors(&b, v)
	if f.Page != "" {
		b.WriteString("\nread " + f.Page + "\n")
	}
	if ran || len(f.Actors) > 0 {
		b.WriteString("\n")
	}
	return harmless([]any{b.String()})
}

// writeActors writes how the actors were, and then what each has said.
func (f *Failure) writeActors(b *strings.Builder, v View) {
	if len(f.Actors) > 0 {
		b.WriteString("actors\n")
	}
	for _, a := range f.Actors {
		role := v.foreign(a.Role)
		if a.Guest != "" {
			role += " (" + v.foreign(a.Guest) + ")"
		}
		fmt.Fprintf(b, "  %-10s %s: %s%s\n", a.Name, role, a.State.in(v), a.listening())
		for _, finding := range a.Findings {
			fmt.Fprintf(b, "  %-10s %s\n", "", finding.Text.in(v))
		}
	}
	for _, a := range f.Actors {
		b.WriteString("\n" + a.Name)
		switch {
		case a.Cut > 0 && v.NoChance:
			b.WriteString(", CUT")
		case a.Cut > 0:
			fmt.Fprintf(b, ", without its first %d lines", a.Cut)
		}
		b.WriteString("\n")
		for _, line := range v.transcript(a.Said) {
			b.WriteString("  " + line + "\n")
		}
	}
}

// listening says where a running program listens, where that can be known.
func (a *ActorState) listening() string {
	switch {
	case len(a.Listening) > 0:
		return ", listening on " + strings.Join(a.Listening, " and ")
	case a.Listening != nil:
		return ", not listening"
	}
	return ""
}

// String shows what was expected above what was there, with a caret under the first
// byte that is not as expected.
func (d *Difference) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "expected  %s\ngot       %s", d.Expected, d.Got)
	if d.Wanted != "" {
		fmt.Fprintf(&b, "\n          %s^ wanted %s", strings.Repeat(" ", d.At), d.Wanted)
	}
	for _, hint := range d.Hints {
		b.WriteString("\n          " + hint)
	}
	return b.String()
}

// Text is the log in a view.
func (r Result) Text(v View) string {
	if r.Failure == nil {
		return v.foreign(r.Log)
	}
	return v.foreign(r.before) + r.Failure.Text(v) + "\n"
}

// escape writes bytes on one line, with what can't be seen made visible.
func escape(b []byte) string {
	return strings.NewReplacer("\n", `\n`, "\t", `\t`).Replace(actor.Visible(b))
}

func columns(s string) int { return len([]rune(s)) }

// tailLines is how much of each transcript a report shows: its end, or what
// followed the first word of a crash.
const tailLines = 20

// tail is the end of a transcript, and how many lines are before it.
func tail(screen string) (said []string, cut int) {
	lines := strings.Split(strings.TrimSuffix(screen, "\n"), "\n")
	if lines[0] == "" {
		lines[0] = "(nothing)"
	}
	cut = max(len(lines)-tailLines, 0)
	if crash := slices.IndexFunc(lines, isCrash); crash >= 0 {
		cut = min(cut, crash)
	}
	for _, line := range lines[cut:min(cut+tailLines, len(lines))] {
		const widest = 400
		if len(line) > widest {
			line = fmt.Sprintf("%s… (%d bytes)", strings.ToValidUTF8(line[:widest], ""), len(line))
		}
		said = append(said, line)
	}
	return said, cut
}

// explain fills in what a failure has of the session.
func (s *session) explain(f *Failure, now *snapshot) *Failure {
	s.judgedBy(f)
	if now != nil {
		f.Actors = now.states()
	}
	if s.t.options.Lesson != nil {
		f.Page = s.t.options.Lesson(s.t.name, s.t.text.original(s.subject))
	}
	f.each(func(text string) string { return strings.ReplaceAll(s.normalize(text), s.workDir, "$WORK") })
	return f
}

// change changes both lines, and what is wanted to what then stands in Expected: a part
// of an address is not seen to be one.
func (d *Difference) change(change func(string) string) {
	before, found := strings.CutSuffix(d.Expected, d.Wanted)
	d.Expected, d.Got = change(d.Expected), change(d.Got)
	if !found || d.Wanted == "" {
		d.Wanted = change(d.Wanted)
		return
	}
	before = change(before)
	same := 0
	for same < min(len(before), len(d.Expected)) && before[same] == d.Expected[same] {
		same++
	}
	d.Wanted, d.At = d.Expected[same:], max(d.At-columns(before[same:]), 0)
}

// each changes the texts of a failure, in the order in which a report shows them.
func (f *Failure) each(change func(string) string) {
	texts := func(all ...*string) {
		for _, text := range all {
			*text = change(*text)
		}
	}
	texts(&f.Subject)
	f.Why = f.Why.each(change)
	texts(&f.Errno)
	for i := range f.Notes {
		f.Notes[i] = f.Notes[i].each(change)
	}
	if d := f.Differs; d != nil {
		d.change(change)
		for i := range d.Hints {
			texts(&d.Hints[i])
		}
	}
	f.Besides = f.Besides.each(change)
	for i := range f.Actors {
		a := &f.Actors[i]
		texts(&a.Role, &a.Guest)
		a.State = a.State.each(change)
		for i := range a.Listening {
			texts(&a.Listening[i])
		}
		for i := range a.Findings {
			a.Findings[i].Text = a.Findings[i].Text.each(change)
			texts(&a.Findings[i].Peer)
		}
	}
	for _, a := range f.Actors {
		for i := range a.Said {
			texts(&a.Said[i])
		}
	}
}
