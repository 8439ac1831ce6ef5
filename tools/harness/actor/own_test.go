//go:build unix

package actor

import (
	"slices"
	"testing"
)

// TestOwnEcho checks that a line echoed by the program itself is told from its
// output.
func TestOwnEcho(t *testing.T) {
	for _, test := range []struct{ printed, screen, unmatched string }{
		{"two words\r\nanswer\r\n", "» two words\nanswer\n", "answer\n"},
		{"two words\r\r\nanswer", "» two words\nanswer\n", "answer"},
		{"two words\n", "» two words\n", ""},
		{"two wordsmiths\r\n", "two wordsmiths\n", "two wordsmiths\n"},
		{"two\r\n", "two\n", "two\n"},
		{"two words", "two words\n", "two words"},
		{"\r\ntwo words\r\n", "\ntwo words\n", "\ntwo words\n"},
	} {
		for _, size := range []int{100, 3, 1} {
			p := newTerminal(nil, "it", nil, "")
			p.own, p.recent = []byte("two words"), []byte("two words\r")
			pieces := slices.Collect(slices.Chunk([]byte(test.printed), size))
			for i, piece := range pieces {
				p.receive(piece, i == len(pieces)-1)
			}
			if p.Screen() != test.screen || string(p.Unmatched()) != test.unmatched {
				t.Errorf("%q in pieces of %d: got the screen %q and %q to match", test.printed, size, p.Screen(), p.Unmatched())
			}
		}
	}
	// Text held for a possible echo is available after the wait is over.
	p := newTerminal(nil, "it", nil, "")
	p.own = []byte("two words")
	p.receive([]byte("two w"), false)
	if m, err := p.Expect(pattern(t, "two"), soon().Add(-30e9)); err != nil {
		t.Errorf("got %q, %v", m.Text, err)
	}
}
