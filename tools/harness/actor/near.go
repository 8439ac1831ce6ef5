//go:build unix

package actor

import (
	"bytes"
	"regexp"
	"regexp/syntax"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Near is where a text came closest to a pattern.
type Near struct {
	At     int    // where the matched beginning of the pattern ends in the text
	Wanted string // the pattern's rest
	Begun  bool   // the first part of the pattern was found
	Like   bool   // the text resembles the pattern, and not by accident
}

// Nearest finds the piece of a text that matches the longest beginning of the
// pattern; of several, the last. It prefers another line that as a whole resembles
// the pattern more. For example, "*alice joined" is closer to "* alice joined" than
// "* welcome" is.
func (p *Pattern) Nearest(text []byte) Near {
	s := newPieces(p)
	best, most := s.nearest(text)
	if len(s.parts) == 0 || s.parts[0].Op != syntax.OpBeginLine {
		return best
	}
	at := 0
	for line := range bytes.Lines(text) {
		if near, same := s.nearest(line); near.Like && (same > most || same == most && best.Like && at+near.At > best.At) {
			near.At += at
			best, most = near, same
		}
		at += len(line)
	}
	return best
}

// pieces are the parts of a pattern, which match one after the other.
type pieces struct {
	parts    []*syntax.Regexp
	alone    []*regexp.Regexp // each part by itself; nil for a part that may match nothing, as it proves nothing
	prefixes []*regexp.Regexp // the first k parts, compiled when needed
}

func newPieces(p *Pattern) *pieces {
	s := &pieces{parts: split(p.tree)}
	s.prefixes = make([]*regexp.Regexp, len(s.parts)+1)
	for _, part := range s.parts {
		re, err := regexp.Compile(`\A(?:` + part.String() + `)\z`)
		if err != nil || part == lineEnd || re.MatchString("") {
			re = nil
		}
		s.alone = append(s.alone, re)
	}
	return s
}

// prefix is the last place where the first k parts match. The first k-1 match there,
// too.
func (s *pieces) prefix(text []byte, k int) []int {
	if s.prefixes[k] == nil {
		re, err := regexp.Compile(join(s.parts[:k]))
		if err != nil {
			return nil
		}
		s.prefixes[k] = re
	}
	if all := s.prefixes[k].FindAllIndex(text, -1); len(all) > 0 {
		return all[len(all)-1]
	}
	return nil
}

// nearest finds where the longest beginning matches, and how many parts match there.
func (s *pieces) nearest(text []byte) (near Near, same int) {
	k := sort.Search(len(s.parts), func(k int) bool { return s.prefix(text, k+1) == nil })
	for k > 0 && s.parts[k-1].Op == syntax.OpBeginLine {
		k-- // the beginning of a line alone proves nothing
	}
	if k == 0 || k == len(s.parts) {
		return Near{}, 0
	}
	at := s.prefix(text, k)[1]
	like, same := s.alike(k, text[:at], text[at:])
	return Near{at, asWritten(join(s.parts[k:])), true, like}, same
}

// alike reports whether a text resembles the pattern. The first k parts match the
// end of begun; rest is the text behind that. same is how many parts match at the
// beginning and the end. A letter or two in common do not count, such as the b of
// b'alice' and of bob. A whole word counts, or a sign such as "= ".
func (s *pieces) alike(k int, begun, rest []byte) (like bool, same int) {
	weight := func(parts []*regexp.Regexp) (n int) {
		for _, re := range parts {
			if re != nil {
				n++
			}
		}
		return n
	}
	line, _, _ := strings.Cut(string(rest), "\n")
	line = strings.TrimRight(line, "\r")
	matched, end := weight(s.alone[:k]), 0
	if matched > 0 && line == "" && s.parts[0].Op == syntax.OpBeginLine {
		return true, matched // the text is right so far, but incomplete
	}
	for i := len(s.parts) - 1; i >= k && line != ""; i-- {
		if s.parts[i] == lineEnd {
			continue
		}
		_, size := utf8.DecodeLastRuneInString(line)
		if s.alone[i] == nil || !s.alone[i].MatchString(line[len(line)-size:]) {
			break
		}
		line = line[:len(line)-size]
		end++
	}
	const some, plenty = 2, 3 // parts
	last, _ := utf8.DecodeLastRune(begun)
	whole := !unicode.IsLetter(last) && !unicode.IsDigit(last)
	same = matched + end
	return matched >= plenty || matched >= some && whole || 2*same >= weight(s.alone), same
}

// Unbound is p without the condition that the match begins a line.
func (p *Pattern) Unbound() *Pattern { return p.or(strings.TrimLeft(p.source, "^")) }

// AnyCase is p without regard to upper and lower case.
func (p *Pattern) AnyCase() *Pattern { return p.or("(?i)" + p.source) }

// or is the pattern of another source; p if that is not valid.
func (p *Pattern) or(source string) *Pattern {
	if other, err := NewPattern(source); err == nil {
		other.plain = p.plain
		return other
	}
	return p
}

// asWritten rewrites a pattern of package regexp as people write it: with $, and
// with . for any character except a line end.
func asWritten(pattern string) string {
	return ofLine.ReplaceAllString(strings.ReplaceAll(pattern, lineEnd.String(), "$"), "$1")
}

var ofLine = regexp.MustCompile(`\(\?-s:([^()]*)\)`)

// split splits a pattern into parts that match one after the other.
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
