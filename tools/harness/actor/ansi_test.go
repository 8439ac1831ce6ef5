//go:build unix

package actor

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestPlain checks which bytes are removed from texts.
func TestPlain(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"\x1b[31merror\x1b[0m: bad\n", "error: bad\n"},
		{"\x1b[1;38;5;196mred\x1b[m", "red"},
		{"a\x1b]0;title\ab\x1b]8;;http://x/\x1b\\link\x1b]8;;\x1b\\", "ablink"},
		{"a\x1b]0;no end\nnext\n", "a\nnext\n"},
		{"\x1b(Ba\x1b7b\x1b=c\x1bMd", "abcd"},
		{"\x1bPq#0\n1\x1b\\a", "a"},
		{"\x1b[?25la\x1b[?25h\x1b[2Kb\x1b[10;20H", "ab"},
		{"a\x1b[3", "a"},
		{"a\x1b", "a"},
		{"\x1b[3\n1ma", "\na"},
		{"\x1b[31\x1b[0ma", "a"},
		{"\x1b[31\x18a", "a"},
		{"世\x1b[0m界\x1b世", "世界世"},
	} {
		left, ends := plain([]byte(test.text))
		if string(left) != test.want {
			t.Errorf("%q: got %q, want %q", test.text, left, test.want)
		}
		for i, end := range ends {
			if test.text[end-1] != left[i] {
				t.Errorf("%q: byte %d of what is left is said to end at %d", test.text, i, end)
			}
		}
	}
}

// TestPlainCuts checks that plain matches don't depend on how a text was cut.
func TestPlainCuts(t *testing.T) {
	sequences := []string{"\x1b[31m", "\x1b[0m", "\x1b]0;a b\a", "\x1b[2K", "\x1b(B", "\x1b", "\x1b[1"}
	for seed := range uint64(rounds()) {
		chance := rand.New(rand.NewPCG(seed, 3))
		var text []byte
		for range chance.IntN(6) {
			text = append(append(text, anyText(chance, 6)...), sequences[chance.IntN(len(sequences))]...)
		}
		text = append(text, anyText(chance, 6)...)
		ends := chance.IntN(2) == 0
		p := anyPattern(chance).Plain()
		got := inPieces([][]byte{text}, []*Pattern{p}, ends)
		if want := inWhole(p.Of(text), []*Pattern{p}, ends); got != want {
			t.Fatalf("round %d: %q, ends: %t, pattern %q:\ngot  %s\nwant %s", seed, text, ends, p, got, want)
		}
		two := []*Pattern{p, anyPattern(chance).Plain()}
		whole := inPieces([][]byte{text}, two, ends)
		for _, pieces := range [][][]byte{cut(chance, text), slices.Collect(slices.Chunk(text, 1))} {
			if got := inPieces(pieces, two, ends); got != whole {
				t.Fatalf("round %d: %q, cut as %q, ends: %t, patterns %q:\ngot  %s\nin one %s", seed, text, pieces, ends, two, got, whole)
			}
		}
	}
}

// TestLiteral checks that a literal text matches only itself.
func TestLiteral(t *testing.T) {
	for _, text := range []string{"total (2)", "cost: $5.00", `C:\dir\new`, "a+b", "[x", "^", "a\nb"} {
		p, err := NewLiteral(text)
		if err != nil {
			t.Fatal(err)
		}
		w := newBuffer()
		w.add([]byte(strings.ReplaceAll(text, "5.00", "5x00") + "|" + text + "!"))
		m, err := w.match(p, soon())
		if err != nil || m.Text != text || p.String() != text {
			t.Errorf("%q: got %q, %v", text, m.Text, err)
		}
	}
	if _, err := NewLiteral(""); err == nil {
		t.Error("no text at all is taken for a pattern")
	}
}
