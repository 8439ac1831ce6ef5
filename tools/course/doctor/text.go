package doctor

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"socklab/tools/harness/need"
)

// Text is the report for people, in lines of at most width columns. Commands to copy
// are not broken.
func (r Report) Text(width int) string {
	var b strings.Builder
	say := func(indent, format string, args ...any) {
		b.WriteString(wrap(indent, fmt.Sprintf(format, args...), width))
	}

	say("", "This machine: %s.", r.System)
	switch {
	case r.Playable == r.Lessons:
		say("", "All %d lessons can be played.", r.Lessons)
	default:
		say("", "%d of %d lessons can be played.", r.Playable, r.Lessons)
	}
	if has := r.has(); len(has) > 0 {
		say("  ", "Has: %s.", strings.Join(has, ", "))
	}
	if len(r.Lacks) == 0 {
		say("", "Lacks nothing.")
		return b.String()
	}
	b.WriteString("\nLacks:\n")
	var packages, minor, single []string
	var rest, each Lack
	ofOne := func(l Lack) bool { return l.Package != "" && len(l.Lessons) == 1 }
	several := len(slices.DeleteFunc(slices.Clone(r.Lacks), func(l Lack) bool { return !ofOne(l) })) > 1
	for _, l := range r.Lacks {
		if several && ofOne(l) {
			packages, single = append(packages, l.Package), append(single, l.Name+" (lesson "+l.Lessons[0]+")")
			each.Scripts += l.Scripts
			each.Guests += l.Guests
			continue
		}
		if l.Package != "" && len(l.Lessons) == 0 {
			packages, minor = append(packages, l.Package), append(minor, l.Name)
			rest.Scripts += l.Scripts
			rest.Guests += l.Guests
			continue
		}
		what := fmt.Sprintf("  %s%s", l.Name, l.costs())
		switch line := what + " -> " + l.How; {
		case l.Package != "":
			packages = append(packages, l.Package)
			say("    ", "%s", what)
		case utf8.RuneCountInString(line) <= width:
			b.WriteString(line + "\n")
		default:
			say("    ", "%s", what)
			b.WriteString("    -> " + l.How + "\n")
		}
	}
	if len(single) > 0 {
		say("    ", "  %s%s", strings.Join(single, ", "), strings.Replace(each.costs(), ": costs", ": also", 1))
	}
	if len(minor) > 0 {
		say("    ", "  %s%s", strings.Join(minor, ", "), rest.costs())
	}
	if len(packages) > 0 {
		b.WriteString("sudo " + need.Install(packages...) + "\n")
	}
	say("", "What lacks something is skipped: ok doesn't say so, go test -v does, and why.")
	return b.String()
}

// has lists what the machine has, in words. Things that are not programs come first.
// Of the limits of open files only the largest is listed.
func (r Report) has() (words []string) {
	var programs []string
	files := ""
	for _, thing := range r.Has {
		n, isFiles := strings.CutPrefix(thing, "files=")
		switch {
		case strings.HasPrefix(thing, "/"):
		case isFiles && (len(n) > len(files) || n > files):
			files = n
		case isFiles:
		case need.Name(thing) != thing:
			words = append(words, need.Name(thing))
		default:
			programs = append(programs, thing)
		}
	}
	if files != "" {
		words = append(words, need.Name("files="+files))
	}
	return append(words, programs...)
}

// costs lists what can't be played, in words.
func (l Lack) costs() string {
	var costs []string
	switch n := len(l.Lessons); {
	case n == 1 && l.Lessons[0] == "all":
		costs = append(costs, "all lessons")
	case n == 1:
		costs = append(costs, "lesson "+l.Lessons[0])
	case n > 1:
		costs = append(costs, "lessons "+strings.Join(spans(l.Lessons), " "))
	}
	for _, more := range []struct {
		n    int
		what string
	}{{l.Scripts, "script"}, {l.Guests, "guest"}} {
		if more.n > 0 {
			s := fmt.Sprintf("%d %s", more.n, more.what)
			if more.n > 1 {
				s += "s"
			}
			costs = append(costs, s)
		}
	}
	if len(costs) == 0 {
		return ""
	}
	return ": costs " + strings.Join(costs, ", ")
}

// spans writes three lessons or more whose numbers follow each other as the first and the
// last: 6.3-6.5.
func spans(lessons []string) (words []string) {
	next := func(lesson string) string {
		part, number, _ := strings.Cut(lesson, ".")
		n, _ := strconv.Atoi(number)
		return fmt.Sprintf("%s.%d", part, n+1)
	}
	for i := 0; i < len(lessons); {
		end := i + 1
		for end < len(lessons) && lessons[end] == next(lessons[end-1]) {
			end++
		}
		if end-i < 3 {
			words = append(words, lessons[i:end]...)
		} else {
			words = append(words, lessons[i]+"-"+lessons[end-1])
		}
		i = end
	}
	return words
}

// wrap breaks a text between words. Lines after the first begin with indent.
func wrap(indent, text string, width int) string {
	lead := text[:len(text)-len(strings.TrimLeft(text, " "))]
	var b strings.Builder
	line := lead
	for _, word := range strings.Fields(text) {
		if strings.TrimSpace(line) != "" {
			if utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
				b.WriteString(line + "\n")
				line = indent
			} else {
				line += " "
			}
		}
		line += word
	}
	return b.String() + line + "\n"
}
