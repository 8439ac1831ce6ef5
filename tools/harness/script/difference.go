//go:build unix

package script

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"socklab/tools/harness/actor"
)

// A missing is an expectation that was not met, and what was there in its place: Text,
// and what has come since the wait was over.
type missing struct {
	actor.Miss
	unbound  *actor.Pattern // the pattern without its ^
	anyCase  *actor.Pattern // the pattern in small letters or capitals
	onScreen bool
	begun    string     // the line that Miss.OfLine goes on with, up to there
	said     []byte     // Text up to a crash
	crash    string     // what a crash behind that says, if there was one
	near     actor.Near // in said
	seen     *used      // the expectation that passed over what is expected; nil if none did
	had      *used      // the expectation that took another such text; nil if none did
}

// A used is text that an expectation has taken, up to the end of its match.
type used struct {
	line    int    // of the script; 0 if it is not known
	skipped string // before the match
	matched string
}

// usedMax bounds what is kept of used text, in bytes.
const usedMax = 64 << 10

// use notes what an expectation has taken from p.
func (p *participant) use(line int, m actor.Match) {
	skipped := strings.TrimSuffix(m.Used, m.Text)
	p.used = append(p.used, used{line, skipped, m.Text})
	size := 0
	for i := len(p.used) - 1; i >= 0; i-- {
		if size += len(p.used[i].skipped) + len(p.used[i].matched); size > usedMax {
			p.used = p.used[i+1:]
			break
		}
	}
}

// missing looks at what there was in the place of what p should have said: text is
// all that nobody has expected of it until now. It is asked once; miss stays as it is.
func (p *participant) missing(miss *actor.Miss, text []byte) *missing {
	_, isProgram := p.Actor.(*actor.Program)
	m := &missing{Miss: *miss, unbound: miss.Pattern.Unbound(), anyCase: miss.Pattern.AnyCase(), onScreen: isProgram}
	m.Add(text)
	m.said = m.Text
	if isProgram {
		m.said, m.crash = cutCrash(m.Text)
	}
	m.near = m.Pattern.Nearest(m.said)
	var all strings.Builder
	for _, u := range p.used {
		all.WriteString(u.skipped + u.matched)
	}
	m.begun = all.String()[strings.LastIndexByte(all.String(), '\n')+1:]
	for i := range p.used {
		if u := &p.used[i]; m.seen == nil && miss.Pattern.In([]byte(u.skipped)) {
			m.seen = u
		}
		if u := &p.used[i]; miss.Pattern.In([]byte(u.matched)) {
			m.had = u
		}
	}
	return m
}

// fresh is what was said, without the remainder of a line whose beginning another
// expectation has taken.
func (m *missing) fresh() []byte {
	if !m.onScreen || m.goesOn() {
		return m.said
	}
	return m.said[min(m.OfLine, len(m.said)):]
}

// anything reports whether something else was said.
func (m *missing) anything() bool { return len(m.fresh()) > 0 }

// ofServer reports whether it is the line with which a server says that it listens.
func (m *missing) ofServer() bool { return strings.HasPrefix(m.Pattern.String(), "^listening on") }

// goesOn reports whether the pattern may match within a line.
func (m *missing) goesOn() bool {
	return m.Pattern.Literal() || !strings.HasPrefix(m.Pattern.String(), "^")
}

// partly reports whether all that was said is right so far.
func (m *missing) partly() bool { return m.near.Like && m.near.At == len(m.said) }

const widest = 160 // bytes of a line that are shown

// difference shows an expectation beside what came closest to it.
func (m *missing) difference() *Difference {
	d := &Difference{Expected: m.Pattern.String()}
	got := func(format string, args ...any) { d.Got = fmt.Sprintf(format, args...) }
	hint := func(format string, args ...any) { d.Hints = append(d.Hints, fmt.Sprintf(format, args...)) }
	fresh := m.fresh()
	switch {
	case m.near.Like:
		at := m.near.At
		from := bytes.LastIndexByte(m.said[:at], '\n') + 1
		line := m.said[from:]
		if end := bytes.IndexByte(m.said[at:], '\n'); end >= 0 {
			line = m.said[from : at+end+1]
		}
		if len(line) == 0 && from > 0 {
			// What came is right, and ends with a line: show that one.
			from = bytes.LastIndexByte(m.said[:from-1], '\n') + 1
			line = m.said[from:]
		}
		if before := at - from; before > widest/2 {
			from += before - widest/2
			line = line[before-widest/2:]
		}
		line = line[:min(len(line), widest)]
		got("%s", escape(line))
		help := m.hint(string(line))
		if help == "" || strings.HasPrefix(help, "␊") {
			d.At, d.Wanted = columns(escape(m.said[from:at])), m.near.Wanted
		}
		if help != "" {
			hint("%s", help)
		}
	case len(fresh) > 0:
		line, help := m.closest(fresh)
		got("%s", shorten(line))
		switch {
		case help != "":
			hint("%s", help)
		case !m.near.Begun:
			hint("nothing that begins like it")
		}
	case len(m.said) > widest && !bytes.Contains(m.said, []byte("\n")):
		got("…%s", escape(m.said[len(m.said)-widest:]))
		hint("one line without an end, of which the last %d bytes are kept", len(m.said))
	case len(m.said) > 0 && m.unbound.In(m.said):
		got("%s", shorten([]byte(m.begun+string(m.said))))
		hint("it is there, and not at the beginning of a line, as ^ wants it")
	case len(m.said) > 0:
		got("nothing after %s", shorten([]byte(m.begun+string(m.said))))
	case m.seen != nil:
		line := []byte(m.seen.skipped)
		for one := range bytes.Lines(line) {
			if m.Pattern.In(one) {
				line = one
			}
		}
		got("%s", shorten(line))
		hint("said before what %s expects", m.seen.who())
	case m.crash == "":
		got("nothing more")
	default:
		got("nothing")
	}
	if m.had != nil && len(fresh) == 0 && m.seen == nil {
		hint("(one came before, for %s)", m.had.who())
	}
	switch {
	case m.crash == "":
	case len(fresh) > 0:
		hint("and then a crash: %s", m.crash)
	case len(m.said) > 0 || len(d.Hints) > 0:
		hint("but a crash: %s", m.crash)
	default:
		d.Got += " but a crash: " + m.crash
	}
	return d
}

// who names an expectation.
func (u *used) who() string {
	if u.line == 0 {
		return "an earlier expectation"
	}
	return fmt.Sprintf("line %d of the script", u.line)
}

// closest is the line of a text that is meant to be the one expected, and how it
// differs; else the last whole line, or on a stream, which has no lines, the text.
func (m *missing) closest(text []byte) (line []byte, hint string) {
	for line := range bytes.Lines(text) {
		if hint := m.hint(string(line)); hint != "" {
			return line, hint
		}
	}
	if !m.onScreen && len(text) <= widest {
		return text, ""
	}
	whole := text[:bytes.LastIndexByte(text, '\n')+1]
	if len(whole) == 0 {
		return text, ""
	}
	return whole[bytes.LastIndexByte(bytes.TrimSuffix(whole, []byte("\n")), '\n')+1:], ""
}

// shorten writes a long line as its beginning and its end.
func shorten(line []byte) string {
	if len(line) <= widest {
		return escape(line)
	}
	return escape(line[:widest/2]) + "…" + escape(line[len(line)-widest/2:])
}

// hint says how a line differs that has all that is expected, written in another way;
// "" of any other line.
func (m *missing) hint(line string) string {
	in := func(p *actor.Pattern, text string) bool { return p.In([]byte(text)) }
	switch {
	case m.near.Like && m.near.Wanted == "$" && tooMany.MatchString(line):
		return "␊ is a newline that was sent, and is one too many"
	case in(m.Pattern, line):
		return "" // at another place
	case meant(m.Pattern, line) != "":
		return meant(m.Pattern, line)
	case coloured(m.Pattern, line) != "":
		return coloured(m.Pattern, line)
	case !m.near.Like && m.onScreen && in(m.unbound, line):
		return "it is there, and not at the beginning of a line, as ^ wants it"
	case !m.near.Like && in(m.anyCase, line):
		return "capital and small letters are not the same"
	}
	for _, w := range writings {
		if found := w.shape.FindStringSubmatch(line); found != nil && !in(m.Pattern, found[0]) && !strings.Contains(m.Pattern.String(), found[0][:2]) {
			return w.hint
		}
	}
	return ""
}

// tooMany is a line of our programs that ends in a newline which they received.
var tooMany = regexp.MustCompile(`␊\n?$`)

// writings are how languages print bytes that are meant to be text.
var writings = []struct {
	shape *regexp.Regexp
	hint  string
}{
	{regexp.MustCompile(`b'[^']*'|b"[^"]*"`), "b'...' is how Python writes bytes: decode() makes text of them, before it is printed or sent"},
	{regexp.MustCompile(`<Buffer( [0-9a-f]{2})*( \.\.\. [^>]*)?>`), "<Buffer ...> is how Node writes bytes: toString() makes text of them"},
	{regexp.MustCompile(`\[[0-9]{1,3}( [0-9]{1,3})+\]`), "[...] is how Go writes a []byte: string() makes text of it, and so does %s"},
}

// crashHead is the first line of what Python and Node say of a crash: it stands before
// the line that isCrash knows, or in its place.
var crashHead = regexp.MustCompile(`^  File ".*", line \d+|^(file://)?/.*\.[cm]?js:\d+$`)

// cutCrash divides what a program said from what its language says of its crash,
// and says in a line what that is.
func cutCrash(text []byte) (said []byte, crash string) {
	at := 0
	for line := range bytes.Lines(text) {
		if l := strings.TrimRight(string(line), "\r\n"); isCrash(l) || crashHead.MatchString(l) {
			if crash = complaint(string(text[at:])); crash == "" {
				crash = l
			}
			return text[:at], crash
		}
		at += len(line)
	}
	return text, ""
}

// diffHint says how the lines of a diff differ that look nearly the same; "" if they
// don't. The diff is at the end of log.
func diffHint(log string) string {
	hunk := strings.LastIndex(log, "\n@@ ")
	if hunk < 0 {
		return ""
	}
	var was, want []string
	for line := range strings.Lines(log[hunk+1:]) {
		line = strings.TrimSuffix(line, "\n")
		if text, is := strings.CutPrefix(line, "-"); is {
			was = append(was, text)
		} else if text, is := strings.CutPrefix(line, "+"); is {
			want = append(want, text)
		}
	}
	if len(want) == 0 && len(was) > 0 && strings.Join(was, "") == "" {
		return "An empty line too many: whoever prints a line that has its newline already adds another."
	}
	if len(was) > 0 && slices.Equal(slices.Sorted(slices.Values(was)), slices.Sorted(slices.Values(want))) {
		return "The lines are the same, in another order."
	}
	for i := range min(len(was), len(want)) {
		a, b := was[i], want[i]
		switch {
		case a == b:
			continue
		case strings.ReplaceAll(a, `\n"`, `"`) == b, strings.TrimSuffix(a, "␊") == b:
			return "A newline too many was sent."
		case strings.ReplaceAll(a, `\r`, "") == b:
			return `A line ends in CR LF (\r\n) and should in LF alone.`
		case strings.TrimRight(a, " \t") == strings.TrimRight(b, " \t"):
			return "Two lines differ in blanks at their end."
		case strings.EqualFold(a, b):
			return "Capital and small letters are not the same."
		}
		for _, w := range writings {
			if w.shape.MatchString(a) && !w.shape.MatchString(b) {
				return w.hint + "."
			}
		}
	}
	return ""
}

// firstUnlike shows the first line of a transcript that is not as in another.
func firstUnlike(got, want string) *Difference {
	is, should := strings.SplitAfter(got, "\n"), strings.SplitAfter(want, "\n")
	for i := 0; ; i++ {
		line := func(of []string) string {
			if i >= len(of) || of[i] == "" {
				return "(no more lines)"
			}
			return escape([]byte(strings.TrimSuffix(of[i], "\n")))
		}
		if i < len(is) && i < len(should) && is[i] == should[i] {
			continue
		}
		d := &Difference{Expected: line(should), Got: line(is)}
		expected := []rune(d.Expected)
		for _, r := range d.Got {
			if d.At == len(expected) || r != expected[d.At] {
				break
			}
			d.At++
		}
		return d
	}
}
