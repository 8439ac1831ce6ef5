//go:build unix

package script

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReword checks which words of a script are others in a play.
func TestReword(t *testing.T) {
	for _, test := range []struct{ script, want string }{
		{`Alice, alice.want $alice (?P<alice>x) ALICE malice alices`, `Clara, clara.want $clara (?P<clara>x) CLARA malice alices`},
		{`send x 'bob\nalice\talice\x0aalice\\alice'`, `send x 'bob\nclara\tclara\x0aclara\\clara'`},
		{`"alice" örldalice aliceö`, `"clara" örldalice aliceö`},
		{`baihuixin baih Baih bai baihu huixin`, `katherine kath Kath bai kathe huixin`},
	} {
		got := reword(test.script, []swap{{"alice", "clara"}, {"baihuixin", "katherine"}})
		if got != test.want {
			t.Errorf("%s: got %s, want %s", test.script, got, test.want)
		}
	}
}

// TestWordGroups checks that each word is in one group, beside others of its length.
func TestWordGroups(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range wordGroups {
		for _, word := range k.words {
			if len(word) != len(k.words[0]) || word != strings.ToLower(word) || seen[word] {
				t.Errorf("%q: of another length than %q, or not in small letters, or there twice", word, k.words[0])
			}
			seen[word] = true
		}
	}
}

// TestChoose checks that each script says something else in each choice of
// words, that the choice is the same each time, and that no word comes to stand
// for two.
func TestChoose(t *testing.T) {
	files, err := filepath.Glob("../../../testdata/scripts/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		before := string(data)
		for seed := range uint64(20) {
			swaps := choose(before, "x", seed)
			after := reword(before, swaps)
			if len(swaps) == 0 || after == before || len(after) != len(before) || strings.Count(after, "\n") != strings.Count(before, "\n") {
				t.Errorf("%s, %d: %v: is as it was, or of another shape", file, seed, swaps)
			}
			var back []swap
			for _, s := range swaps {
				back = append(back, swap{s.to, s.from})
				if strings.Contains(strings.ToLower(before), s.to) {
					t.Errorf("%s, %d: %s is in the script already", file, seed, s.to)
				}
			}
			if reword(after, back) != before {
				t.Errorf("%s, %d: %v does not lead back", file, seed, swaps)
			}
			if again := reword(before, choose(before, "x", seed)); again != after {
				t.Errorf("%s: the choice %d is another the second time", file, seed)
			}
		}
	}
}
