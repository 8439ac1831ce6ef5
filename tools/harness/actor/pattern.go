//go:build unix

package actor

import (
	"fmt"
	"regexp"
	"regexp/syntax"
)

// A Pattern is a regular expression over text that is still arriving. ^ and $ mean
// the beginning and the end of a line. $ waits for the line end to arrive, or for
// the end of all text: an incomplete line does not match as a whole one. An
// incomplete character does not match either. A match that later text might change
// must wait: \w+ waits for a character that is no letter.
type Pattern struct {
	text   string // as the script has it
	source string
	re     *regexp.Regexp
	last   *regexp.Regexp // for text that has ended
	tree   *syntax.Regexp
	prog   *syntax.Prog // of re
	asItIs bool
	plain  bool

	// The same for text that begins within a line whose beginning was dropped.
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
	whole, err := syntax.Parse(re.String(), syntax.Perl)
	if err != nil {
		return nil, err
	}
	prog, err := syntax.Compile(whole.Simplify())
	if err != nil {
		return nil, err
	}
	p := &Pattern{text: source, source: source, re: re, last: last, tree: tree, prog: prog}
	if p.torn, err = behind(re); err != nil {
		return nil, err
	}
	if p.lastTorn, err = behind(last); err != nil {
		return nil, err
	}
	return p, nil
}

// NewLiteral makes a pattern that matches only this text.
func NewLiteral(text string) (*Pattern, error) {
	p, err := NewPattern(regexp.QuoteMeta(text))
	if err == nil {
		p.text = text
	}
	return p, err
}

// behind finds the match of re from the second character on, as its first group. It
// is needed because package regexp takes the first character for the beginning of a
// line.
func behind(re *regexp.Regexp) (*regexp.Regexp, error) {
	return regexp.Compile(`\A(?s:.+?)(` + re.String() + `)`)
}

func (p *Pattern) String() string { return p.text }

// Literal reports whether p matches its own text literally.
func (p *Pattern) Literal() bool { return p.text != p.source }

// AsItIs is p with any match accepted, even if later text might extend it.
func (p *Pattern) AsItIs() *Pattern {
	now := *p
	now.asItIs = true
	return &now
}

// Plain is p for text without the sequences that begin with ESC, such as those that
// set colours.
func (p *Pattern) Plain() *Pattern {
	bare := *p
	bare.plain = true
	return &bare
}

// Of is the part of a text that p looks at.
func (p *Pattern) Of(text []byte) []byte {
	if p.plain {
		text, _ = plain(text)
	}
	return text
}

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

// In reports whether text contains a match of the pattern, if the text has ended.
func (p *Pattern) In(text []byte) bool { return p.last.Match(p.Of(text)) }

// result makes a Match from goexpect's submatches.
func (p *Pattern) result(groups []string) Match {
	m := Match{Text: groups[0], Groups: map[string]string{}}
	for i, name := range p.re.SubexpNames() {
		if name != "" {
			m.Groups[name] = groups[i]
		}
	}
	return m
}
