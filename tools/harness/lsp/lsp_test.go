//go:build unix

package lsp

import (
	"bytes"
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write the grammar of the extension for VS Code")

// TestGrammar compares the extension's grammar with the language as it is.
func TestGrammar(t *testing.T) {
	const file = "../../editors/vscode/socklab.tmLanguage.json"
	want, err := Grammar()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, want, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is not what the language is (%v): go test ./tools/harness/lsp -update writes it", file, err)
	}
}

// TestLayout looks for places in lines that end in LF, CR LF and CR, and for places that
// are not there.
func TestLayout(t *testing.T) {
	l := lay("aü𝄞b\r\nc\rd\n-- file --\nx")
	for _, test := range []struct {
		offset int
		position
	}{
		{0, position{0, 0}}, {1, position{0, 1}}, {3, position{0, 2}}, {7, position{0, 4}}, {8, position{0, 5}},
		{10, position{1, 0}}, {12, position{2, 0}}, {14, position{3, 0}}, {25, position{4, 0}}, {26, position{4, 1}},
	} {
		if got := l.at(test.offset); got != test.position {
			t.Errorf("byte %d is at %v, want %v", test.offset, got, test.position)
		}
		if got := l.offset(test.position); got != test.offset {
			t.Errorf("%v is byte %d, want %d", test.position, got, test.offset)
		}
	}
	for p, want := range map[position]int{{0, 3}: 3, {0, 99}: 8, {1, 9}: 11, {4, 9}: 26, {5, 0}: 26, {-1, 0}: 26, {0, -1}: 0} {
		if got := l.offset(p); got != want {
			t.Errorf("%v is byte %d, want %d", p, got, want)
		}
	}
	if l.command != 2 || l.of(1) != "c\rd" {
		t.Errorf("%d lines of commands, the second is %q", l.command, l.of(1))
	}
	if got := l.line(2); got != (span{position{1, 0}, position{2, 1}}) {
		t.Errorf("%v", got)
	}
}
