package actor

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"sort"
	"strings"
)

// A Pattern is a regular expression over text that is still arriving. ^ and $
// mean the beginning and the end of a line, and $ waits for that end to come:
// the half of a line that has arrived is not taken for the whole, unless it is
// the last of all.
type Pattern struct {
	source string
	re     *regexp.Regexp
	last   *regexp.Regexp // for when no more can come
	tree   *syntax.Regexp

	// The same for text that begins within a line, whose beginning is forgotten.
	torn, lastTorn *regexp.Regexp
}

// NewPattern compiles a pattern in the syntax of package regexp.
func NewPattern(source string) (*Pattern, error) {
	tree, err := syntax.Parse(source, syntax.Perl&^syntax.OneLine)
	if err != nil {
		return nil, err
	}
	lineEnds(tree)
	re, err := regexp.Compile(tree.String())
	if err != nil {
		return nil, err
	}
	last, err := regexp.Compile("(?m:" + source + ")")
	if err != nil {
		return nil, err
	}
	if re.MatchString("") {
		return nil, fmt.Errorf("%q matches no text at all, so it can't fail", source)
	}
	p := &Pattern{source: source, re: re, last: last, tree: tree}
	if p.torn, err = behind(re); err != nil {
		return nil, err
	}
	if p.lastTorn, err = behind(last); err != nil {
		return nil, err
	}
	return p, nil
}

// behind finds what re does, from the second character on, as its first group:
// package regexp takes the first for the first of a line.
func behind(re *regexp.Regexp) (*regexp.Regexp, error) {
	return regexp.Compile(`\A(?s:.+?)(` + re.String() + `)`)
}

func (p *Pattern) String() string { return p.source }

// lineEnd is what $ stands for.
var lineEnd, _ = syntax.Parse(`\r?\n`, syntax.Perl)

func lineEnds(t *syntax.Regexp) {
	for i, sub := range t.Sub {
		if sub.Op == syntax.OpEndLine {
			t.Sub[i] = lineEnd
		}
		lineEnds(t.Sub[i])
	}
	if t.Op == syntax.OpEndLine {
		*t = *lineEnd
	}
}

// In reports whether text holds the pattern, as if no more could come.
func (p *Pattern) In(text []byte) bool { return p.last.Match(text) }

// result makes a Match of goexpect's submatches.
func (p *Pattern) result(groups []string) Match {
	m := Match{Text: groups[0], Groups: map[string]string{}}
	for i, name := range p.re.SubexpNames() {
		if name != "" {
			m.Groups[name] = groups[i]
		}
	}
	return m
}

// Nearest finds where text came closest to the pattern: the position after the
// longest piece that its beginning matches, and what it wanted there. It is
// false when not even the first thing in the pattern is to be found.
func (p *Pattern) Nearest(text []byte) (at int, wanted string, ok bool) {
	parts := split(p.tree)
	// What the first k parts match, the first k-1 match too.
	prefix := func(k int) []int {
		re, err := regexp.Compile(join(parts[:k]))
		if err != nil {
			return nil
		}
		if all := re.FindAllIndex(text, -1); len(all) > 0 {
			return all[len(all)-1]
		}
		return nil
	}
	k := sort.Search(len(parts), func(k int) bool { return prefix(k+1) == nil })
	for k > 0 && parts[k-1].Op == syntax.OpBeginLine {
		k-- // a line began somewhere: that says nothing
	}
	if k == 0 || k == len(parts) {
		return 0, "", false
	}
	return prefix(k)[1], strings.ReplaceAll(join(parts[k:]), lineEnd.String(), "$"), true
}

// split takes a pattern apart into pieces that match one after the other.
func split(t *syntax.Regexp) []*syntax.Regexp {
	switch {
	case t == lineEnd:
		return []*syntax.Regexp{t}
	case t.Op == syntax.OpConcat:
		var parts []*syntax.Regexp
		for _, sub := range t.Sub {
			parts = append(parts, split(sub)...)
		}
		return parts
	case t.Op == syntax.OpLiteral:
		var parts []*syntax.Regexp
		for _, r := range t.Rune {
			parts = append(parts, &syntax.Regexp{Op: syntax.OpLiteral, Flags: t.Flags, Rune: []rune{r}})
		}
		return parts
	}
	return []*syntax.Regexp{t}
}

func join(parts []*syntax.Regexp) string {
	var b strings.Builder
	for _, part := range parts {
		b.WriteString(part.String())
	}
	return b.String()
}
