//go:build unix

package actor

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"socklab/tools/harness/all"
)

// rounds is the number of texts that TestCuts cuts. 100,000 take half a minute.
func rounds() int { return all.Times(2000, 500) }

// TestCuts checks that a text has the same matches however it was cut on its way:
// those that package regexp finds in the whole text.
func TestCuts(t *testing.T) {
	for seed := range uint64(rounds()) {
		chance := rand.New(rand.NewPCG(seed, 0))
		text := anyText(chance, 24)
		var patterns []*Pattern
		for range 1 + chance.IntN(3) {
			patterns = append(patterns, anyPattern(chance))
		}
		ends := chance.IntN(2) == 0
		want := inWhole(text, patterns, ends)
		for _, pieces := range [][][]byte{{text}, cut(chance, text), slices.Collect(slices.Chunk(text, 1))} {
			if got := inPieces(pieces, patterns, ends); got != want {
				t.Fatalf("round %d: %q, cut as %q, ends: %t, patterns %q:\ngot  %s\nwant %s", seed, text, pieces, ends, patterns, got, want)
			}
		}
	}
}

// inWhole lists what each pattern matches, one after the other, if the whole text is
// there at once.
func inWhole(text []byte, patterns []*Pattern, ends bool) (all string) {
	if !ends {
		text = text[:len(text)-halfCharacter(text)]
	}
	for _, p := range patterns {
		ways := []*regexp.Regexp{p.re}
		if ends {
			ways = append(ways, p.last)
		}
		found := "nothing"
		for _, re := range ways {
			if at := re.FindSubmatchIndex(text); at != nil {
				found = fmt.Sprintf("%q, group %q", text[at[0]:at[1]], re.FindSubmatch(text)[1])
				text = text[at[1]:]
				break
			}
		}
		all += found + "; "
	}
	return all
}

// halfCharacter is the number of bytes at the end of text that may begin an
// incomplete character.
func halfCharacter(text []byte) int {
	for n := 1; n <= min(3, len(text)); n++ {
		tail := text[len(text)-n:]
		for _, rest := range []string{"\x80", "\x80\x80", "\x9f\x80\x80"} {
			if utf8.ValidString(string(tail)+rest) && utf8.RuneCountInString(string(tail)+rest) == 1 {
				return n
			}
		}
	}
	return 0
}

// inPieces lists what each pattern matches in a text that comes in pieces.
func inPieces(pieces [][]byte, patterns []*Pattern, ends bool) (all string) {
	w := newBuffer()
	s := w.search(patterns[0])
	look := func(over bool) {
		for s != nil {
			m, end, miss := s.look(over)
			if over && miss != nil && miss.Open {
				s.leave()
				s = w.search(s.p.AsItIs())
				m, end, miss = s.look(true)
			}
			switch {
			case miss == nil:
				all += fmt.Sprintf("%q, group %q; ", m.Text, m.Groups["g"])
				w.consume(end)
			case over:
				all += "nothing; "
			default:
				return
			}
			s.leave()
			s = nil
			if patterns = patterns[1:]; len(patterns) > 0 {
				s = w.search(patterns[0])
			}
		}
	}
	for i, piece := range pieces {
		w.add(piece)
		if ends && i == len(pieces)-1 {
			w.end()
		}
		look(false)
	}
	if ends && len(pieces) == 0 {
		w.end()
	}
	look(true)
	return all
}

func cut(chance *rand.Rand, text []byte) (pieces [][]byte) {
	for len(text) > 0 {
		n := 1 + chance.IntN(min(len(text), 8))
		pieces = append(pieces, text[:n])
		text = text[n:]
	}
	return pieces
}

// anyText makes text with characters of one to four bytes, line ends, and invalid
// UTF-8.
func anyText(chance *rand.Rand, most int) (text []byte) {
	few := []string{"a", "b", "A", " ", "\n", "\r\n", "世", "é", "👋", "-"}
	broken := []string{"\xe4", "\xb8", "\xff", "\xf0\x9f", "\r"}
	for range chance.IntN(most) {
		if chance.IntN(10) == 0 {
			text = append(text, broken[chance.IntN(len(broken))]...)
		} else {
			text = append(text, few[chance.IntN(len(few))]...)
		}
	}
	return text
}

func anyPattern(chance *rand.Rand) *Pattern {
	for {
		if p, err := NewPattern(`(?P<g>` + anyExpression(chance, 3) + `)` + anyExpression(chance, 1)); err == nil {
			return p
		}
	}
}

func anyExpression(chance *rand.Rand, depth int) string {
	atoms := []string{"a", "b", "世", "é", "👋", ".", `[^a]`, `\w`, `\b`, `\B`, "^", "$", `\s`, `(?s:.)`, `(?i:A)`, `\z`, `\A`, " ", `\n`, "-"}
	if depth == 0 {
		return atoms[chance.IntN(len(atoms))]
	}
	sub := func() string { return anyExpression(chance, depth-1) }
	switch chance.IntN(8) {
	case 0:
		return "(?:" + sub() + "|" + sub() + ")"
	case 1:
		return "(?:" + sub() + ")" + []string{"*", "+", "?", "*?", "+?", "??", "{2}"}[chance.IntN(7)]
	case 2, 3, 4:
		return sub() + sub()
	case 5:
		return "^" + sub()
	case 6:
		return sub() + "$"
	}
	return sub()
}

// TestCutsOfMuch is TestCuts with more text than is kept, while a search waits.
func TestCutsOfMuch(t *testing.T) {
	for seed := range uint64(all.Times(30, 10)) {
		chance := rand.New(rand.NewPCG(seed, 1))
		var text []byte
		for len(text) < 200_000 {
			text = append(text, strings.Repeat(string(anyText(chance, 40)), 1+chance.IntN(200))...)
		}
		wanted := []string{"^needle$", "^(?P<g>世 a.*)", `(?P<g>b\w+)$`, "(?P<g>é.{3})é", "(?s)(?P<g>needle.*)"}
		p := pattern(t, wanted[chance.IntN(len(wanted))])
		at := chance.IntN(len(text))
		text = slices.Concat(text[:at], []byte("\nneedle\n"), text[at:])
		whole := inTime(text, len(text), p)
		for _, size := range []int{32 << 10, 4095, 1000} {
			if got := inTime(text, size, p); got != whole {
				t.Fatalf("seed %d, %s, in pieces of %d: got %.300s\nin one %.300s", seed, p, size, got, whole)
			}
		}
	}
}

// inTime says what p matches, and where, while text comes in pieces of size bytes.
func inTime(text []byte, size int, p *Pattern) string {
	w := newBuffer()
	s := w.search(p)
	found := make(chan string, 1)
	go func() {
		defer s.leave()
		m, end, err := s.wait(soon())
		if err != nil {
			found <- fmt.Sprintf("nothing, in %q", err.(*Miss).Text)
			return
		}
		w.consume(end)
		found <- fmt.Sprintf("up to %d %q", end, m.Text)
	}()
	for piece := range slices.Chunk(text, size) {
		w.add(piece)
	}
	w.end()
	return <-found
}

// TestCutsOfEcho checks that the screen and the text to match don't depend on how
// echoes and output were cut.
func TestCutsOfEcho(t *testing.T) {
	for seed := range uint64(rounds()) {
		chance := rand.New(rand.NewPCG(seed, 4))
		var text []byte
		var typed []string
		for range chance.IntN(4) {
			typed = append(typed, []string{"^C", "^[[A", "\b \b\b \b", "hi\r\n", "^U\r\n"}[chance.IntN(5)])
			text = append(append(text, anyText(chance, 6)...), typed[len(typed)-1]...)
		}
		text = append(text, anyText(chance, 6)...)
		play := func(pieces [][]byte) string {
			p := newTerminal(nil, "it", nil, "")
			for i, echo := range typed {
				e := newEcho(echo)
				if i == len(typed)-1 {
					e.shown, e.done = []byte(echo), make(chan struct{})
				}
				p.echoes = append(p.echoes, e)
			}
			for i, piece := range pieces {
				p.receive(piece, i == len(pieces)-1)
			}
			return fmt.Sprintf("%q, to match %q", p.Screen(), p.Unmatched())
		}
		whole := play([][]byte{text})
		for _, pieces := range [][][]byte{cut(chance, text), slices.Collect(slices.Chunk(text, 1))} {
			if got := play(pieces); len(text) > 0 && got != whole {
				t.Fatalf("round %d: %q, cut as %q:\ngot    %s\nin one %s", seed, text, pieces, got, whole)
			}
		}
		if _, unmatched, _ := strings.Cut(whole, "to match "); strings.Contains(unmatched, "^") {
			t.Fatalf("round %d: %q: an echo may be matched in %s", seed, text, unmatched)
		}
	}
}
