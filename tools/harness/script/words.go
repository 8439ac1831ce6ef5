//go:build unix

package script

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A wordGroup is words of one length that can replace each other. So an answer that
// a program has hard-coded is wrong, and every count of bytes stays right.
type wordGroup struct {
	words  []string
	people bool   // names, which the script's own sentences use, too
	unless string // a script with this text keeps its words: our program says one by itself
}

var wordGroups = []wordGroup{
	{people: true, unless: `as in "baihuixin"`, words: []string{"baihuixin", "alexander", "cassandra", "charlotte", "elizabeth", "ferdinand", "frederick", "katherine", "sebastian", "stephanie", "valentina"}},
	{people: true, words: []string{"mallory", "abigail", "bernard", "camilla", "dorothy", "eleanor", "gabriel", "matthew", "natalie", "rebecca", "vincent"}},
	{people: true, words: []string{"alice", "carol", "frank", "grace", "clara", "diana", "emily", "felix", "henry", "julia", "laura", "oscar", "simon", "wanda"}},
	{people: true, words: []string{"dave", "erin", "anna", "fred", "hugo", "ivan", "jane", "lucy", "mary", "nina", "omar", "paul", "rosa", "vera"}},
	{people: true, words: []string{"bob", "eva", "ian", "kim", "leo", "tom", "uma", "zoe"}},
	{unless: "echo-server", words: []string{"hello", "aloha", "howdy", "salut"}},
	{words: []string{"parcel", "camera", "guitar", "jacket", "ticket", "wallet"}},
	{words: []string{"coffee", "butter", "cheese", "orange"}},
	{words: []string{"pieces", "crumbs", "ribbon", "slices"}},
	{words: []string{"world", "ocean", "river", "table"}},
	{words: []string{"thing", "apple", "lemon", "onion"}},
	{words: []string{"nine", "five", "noon"}},
	{words: []string{"tiny", "blue", "flat", "huge"}},
	{words: []string{"way", "bus", "van"}},
}

// A swap replaces a word of a script in one play.
type swap struct{ from, to string }

// choose chooses the swaps of a script. A word that its sentences (comments) use
// stays, unless it is a name. The same script, name and seed give the same swaps.
func choose(script, name string, seed uint64) (swaps []swap) {
	h := fnv.New64()
	h.Write([]byte(name))
	chance := rand.New(rand.NewPCG(seed, h.Sum64()))
	whole := strings.ToLower(script)
	said, inSentence := map[string]bool{}, map[string]bool{}
	note := func(known map[string]bool) func(string) string {
		return func(word string) string {
			known[strings.ToLower(word)] = true
			return word
		}
	}
	eachWord(script, note(said))
	for line := range strings.Lines(script) {
		if strings.HasPrefix(line, "#") {
			eachWord(line, note(inSentence))
		}
	}
	for _, k := range wordGroups {
		if k.unless != "" && strings.Contains(script, k.unless) {
			continue
		}
		var unused []string
		for _, word := range k.words {
			if !strings.Contains(whole, word) {
				unused = append(unused, word)
			}
		}
		for _, word := range k.words {
			if !said[word] || inSentence[word] && !k.people || len(unused) == 0 {
				continue
			}
			i := chance.IntN(len(unused))
			swaps = append(swaps, swap{word, unused[i]})
			unused = slices.Delete(unused, i, i+1)
		}
	}
	return swaps
}

// reword applies swaps to a script.
func reword(script string, swaps []swap) string {
	return eachWord(script, func(word string) string {
		lower := strings.ToLower(word)
		for _, s := range swaps {
			to := s.to
			// Some scripts receive and show only the first bytes of the longest name.
			if len(s.from) == len("baihuixin") && len(word) >= 4 && strings.HasPrefix(s.from, lower) {
				to = to[:len(word)]
			} else if lower != s.from {
				continue
			}
			switch {
			case word == lower:
				return to
			case word == strings.ToUpper(word):
				return strings.ToUpper(to)
			}
			return strings.ToUpper(to[:1]) + to[1:]
		}
		return word
	})
}

// eachWord replaces every word of a text. The letter of an escape, as in \nbob, is
// no part of the word that follows.
func eachWord(text string, f func(word string) string) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		end := i
		for end < len(text) {
			r, n := utf8.DecodeRuneInString(text[end:])
			if !unicode.IsLetter(r) {
				break
			}
			end += n
		}
		switch {
		case end > i:
			b.WriteString(f(text[i:end]))
		case text[i] == '\\' && strings.HasPrefix(text[i+1:], "x"):
			end = min(i+len(`\xff`), len(text))
			b.WriteString(text[i:end])
		case text[i] == '\\':
			end = min(i+2, len(text))
			b.WriteString(text[i:end])
		default:
			end = i + 1
			b.WriteString(text[i:end])
		}
		i = end
	}
	return b.String()
}

// inOtherWords names the swaps of a play, and the flag that repeats them.
func inOtherWords(swaps []swap, seed uint64) string {
	if len(swaps) == 0 {
		return ""
	}
	var said []string
	for _, s := range swaps {
		said = append(said, s.to+" for "+s.from)
	}
	return fmt.Sprintf("In this play the words are others than in the script: %s (-words=%d has the same again, -words=fixed the script's own).",
		strings.Join(said, ", "), seed)
}
