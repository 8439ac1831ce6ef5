//go:build unix

package socksh

import "strings"

// complete answers Tab with the rest of a word, as far as all candidates agree.
func (sh *shell) complete(line string, pos int, key rune) (string, int, bool) {
	if key != '\t' {
		return "", 0, false
	}
	before := strings.Fields(line[:pos])
	begun := ""
	if len(before) > 0 && !strings.HasSuffix(line[:pos], " ") {
		begun, before = before[len(before)-1], before[:len(before)-1]
	}
	rest := common(sh.candidates(before), begun)
	return line[:pos] + rest + line[pos:], pos + len(rest), true
}

// candidates are the words that may come next.
func (sh *shell) candidates(before []string) []string {
	for i, w := range before {
		if w == "=" {
			before = before[i+1:]
			break
		}
	}
	var names []string
	for _, f := range functions {
		names = append(names, f.name)
	}
	if len(before) == 0 {
		for name := range commands {
			names = append(names, name)
		}
		return names
	}
	if before[0] == "help" {
		return names
	}
	f, ok := find(before[0])
	if !ok || len(before) > len(f.params) {
		return nil
	}
	k := f.params[len(before)-1].kind
	if k.complete == nil {
		return nil
	}
	return k.complete(sh, before[1:])
}

// common returns how far all words that begin with begun agree. If there is only
// one such word, a space follows it.
func common(words []string, begun string) string {
	rest, n := "", 0
	for _, w := range words {
		more, ok := strings.CutPrefix(w, begun)
		if !ok {
			continue
		}
		if n++; n == 1 {
			rest = more
			continue
		}
		for !strings.HasPrefix(more, rest) {
			rest = rest[:len(rest)-1]
		}
	}
	if n == 1 {
		rest += " "
	}
	return rest
}
