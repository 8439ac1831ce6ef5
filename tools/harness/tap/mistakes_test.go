//go:build unix

package tap

import (
	"net"
	"strings"
	"testing"
)

// TestMistakes lets a program say something in pieces, and looks at what is passed on.
func TestMistakes(t *testing.T) {
	before := Seen{Calls: 1, Said: 10, First: 3, Answered: true}
	for _, test := range []struct {
		mistake Mistake
		lines   bool // in the play before
		says    string
		passes  string // and at its end, behind a |
		made    int
	}{
		{"", true, "one\r\n,two\n", "one\r\n,two\n|", 0},
		{Glues, true, "one\n,two\n", ",|one\ntwo\n", 2},
		{Late, true, "one\n,two\n", "one,\ntwo|\n", 2},
		{Late, true, "a,b", ",a|b", 2},
		{NoNewline, true, "one\n,\ntwo\n", "one,two|", 3},
		{BareNewline, true, "one\r\ntwo\r,\nthree\n\r", "one\ntwo,\nthree\n|\r", 2},
		{Twice, true, "on,e\ntwo\nthree\n", "on,e\none\ntwo\nthree\n|", 1},
		{Twice, true, "one", "one|", 0},
		{Twice, false, "on,etwo", "on,eonetwo|", 1},
		{SaysNothing, true, "one\n,two\n", ",|", 2},
		{Cuts, true, "12345,6", "12345,6|", 1}, // the cut itself is a fault
		{Cuts, true, "12345", "12345|", 0},
		{Splits, true, "1,2", "1,2|", 1},
	} {
		before.Lines = test.lines
		e := &Exam{Mistake: test.mistake, Before: before}
		asked := &Examinee{Exam: e}
		talk, _ := asked.calls()
		var got []string
		for piece := range strings.SplitSeq(test.says, ",") {
			got = append(got, string(talk.says([]byte(piece))))
		}
		rest, reset := talk.ends()
		if text := strings.Join(got, ",") + "|" + string(rest); text != test.passes || e.Made() != test.made || reset {
			t.Errorf("%s: %q became %q, and the mistake was made %d times; want %q, %d", test.mistake, test.says, text, e.Made(), test.passes, test.made)
		}
	}
}

// TestWrongCaller has an answer to the second caller go to the first, while that is
// there.
func TestWrongCaller(t *testing.T) {
	e := &Exam{Mistake: WrongCaller, Before: Seen{Calls: 2, Said: 1}}
	asked := &Examinee{Exam: e}
	var heard string
	var sides []net.Conn
	var talks []*talk
	for range 2 {
		_, client, server := call(t, "tcp", "")
		talk, _ := asked.calls()
		talk.begins(client, server, func(b []byte) error { heard += string(b); return nil })
		sides, talks = append(sides, client), append(talks, talk)
	}
	if got := string(talks[0].says([]byte("one"))); got != "one" || heard != "" {
		t.Errorf("the first caller got %q, and through the second %q", got, heard)
	}
	if got := string(talks[1].says([]byte("two"))); got != "" || heard != "two" || e.Made() != 1 {
		t.Errorf("the second caller got %q, and the first %q", got, heard)
	}
	sides[0].Close()
	for !hungUp(talks[0].other) {
	}
	if got := string(talks[1].says([]byte("three"))); got != "three" || heard != "two" {
		t.Errorf("when the first had gone, the second got %q, and the first %q", got, heard)
	}
}
