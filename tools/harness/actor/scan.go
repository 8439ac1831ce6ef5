//go:build unix

package actor

import (
	"regexp/syntax"
	"unicode/utf8"
)

// A scan follows a pattern through text that is still arriving. It tells when the
// match is settled: when no later text can change it. For example \w+ continues with
// the next letter, and \b depends on it. Package regexp then finds the match, but it
// takes the end of the text so far for the end of all text.
//
// It is the simulation that package regexp uses to find the leftmost match, and the
// preferred one of those (swtch.com/~rsc/regexp/regexp2.html). It does not record
// where a match begins.
type scan struct {
	prog    *syntax.Prog
	threads []uint32 // the next instruction of each thread, the preferred first
	matched bool     // a match was found; only threads preferred to it are left
	prev    rune     // the character before; -1 at the beginning
	torn    bool     // no match begins at the first character

	// While no match has begun, most characters can't begin one. This table tells
	// which, by the kind of the character before.
	begins [4][utf8.RuneSelf]begin

	next    []uint32 // for step
	visited []int    // when each instruction was last followed
	visit   int
}

func newScan(prog *syntax.Prog, torn bool) *scan {
	return &scan{prog: prog, prev: -1, torn: torn, visited: make([]int, len(prog.Inst))}
}

// feed scans the whole characters of text, and an incomplete one at the end if last
// is set. It returns the number of bytes scanned.
func (s *scan) feed(text []byte, last bool) (n int) {
	for n < len(text) && (last || utf8.FullRune(text[n:])) {
		r, size := utf8.DecodeRune(text[n:])
		s.step(r)
		n += size
	}
	return n
}

// endOfText stands for the character after the last one.
const endOfText rune = -1

type begin byte

const (
	unknown begin = iota
	never
	maybe
)

// sortOf is the kind of a character, as far as it matters to the next one.
func sortOf(r rune) int {
	switch {
	case r < 0:
		return 0
	case r == '\n':
		return 1
	case syntax.IsWordChar(r):
		return 2
	}
	return 3
}

// step scans one character.
func (s *scan) step(r rune) {
	if s.matched || len(s.threads) > 0 || s.torn && s.prev < 0 || r >= utf8.RuneSelf {
		s.walk(r)
		return
	}
	known := &s.begins[sortOf(s.prev)][r]
	if *known == never {
		s.prev = r
		return
	}
	s.walk(r)
	if *known = maybe; !s.matched && len(s.threads) == 0 {
		*known = never
	}
}

// walk is step without the table.
func (s *scan) walk(r rune) {
	roots := s.roots()
	s.visit++
	s.next = s.next[:0]
	for _, pc := range roots {
		if s.follow(pc, r) {
			s.matched = true
			break // later threads are less preferred
		}
	}
	s.threads, s.next = s.next, roots
	s.prev = r
}

// roots are the threads, and a new one while nothing has matched.
func (s *scan) roots() []uint32 {
	if s.matched || s.torn && s.prev < 0 {
		return s.threads
	}
	return append(s.threads, uint32(s.prog.Start))
}

// follow runs from pc up to the instructions that consume r. It reports whether it
// reached the end of the pattern before r.
func (s *scan) follow(pc uint32, r rune) (matched bool) {
	if s.visited[pc] == s.visit {
		return false
	}
	s.visited[pc] = s.visit
	switch in := &s.prog.Inst[pc]; in.Op {
	case syntax.InstMatch:
		return true
	case syntax.InstAlt, syntax.InstAltMatch:
		return s.follow(in.Out, r) || s.follow(in.Arg, r)
	case syntax.InstCapture, syntax.InstNop:
		return s.follow(in.Out, r)
	case syntax.InstEmptyWidth:
		return syntax.EmptyOp(in.Arg)&^syntax.EmptyOpContext(s.prev, r) == 0 && s.follow(in.Out, r)
	case syntax.InstFail:
		return false
	default:
		if in.MatchRune(r) {
			s.next = append(s.next, in.Out)
		}
		return false
	}
}

// found reports whether there is a match if the text ends here.
func (s *scan) found() bool {
	roots := s.roots()
	s.visit++
	s.next = s.next[:0]
	for _, pc := range roots {
		if s.follow(pc, endOfText) {
			return true
		}
	}
	return s.matched
}

// settled reports whether there is a match that no later text can change.
func (s *scan) settled() bool {
	s.visit++
	for _, pc := range s.roots() {
		switch s.outlook(pc) {
		case ends:
			return true
		case goesOn:
			return false
		}
	}
	return s.matched
}

// An outlook is the future of a thread after all text so far.
type outlook int

const (
	fails  outlook = iota // with any text
	ends                  // here, with any text
	goesOn                // depends on later text
)

func (s *scan) outlook(pc uint32) outlook {
	if s.visited[pc] == s.visit {
		return fails // already followed, with the same result
	}
	s.visited[pc] = s.visit
	switch in := &s.prog.Inst[pc]; in.Op {
	case syntax.InstMatch:
		return ends
	case syntax.InstAlt, syntax.InstAltMatch:
		if first := s.outlook(in.Out); first != fails {
			return first
		}
		return s.outlook(in.Arg)
	case syntax.InstCapture, syntax.InstNop:
		return s.outlook(in.Out)
	case syntax.InstEmptyWidth:
		const behind = syntax.EmptyBeginLine | syntax.EmptyBeginText
		op := syntax.EmptyOp(in.Arg)
		switch {
		case op&behind&^syntax.EmptyOpContext(s.prev, -1) != 0:
			return fails
		case op&^behind != 0:
			return goesOn
		}
		return s.outlook(in.Out)
	case syntax.InstFail:
		return fails
	}
	return goesOn
}
