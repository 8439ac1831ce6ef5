package script

import "strings"

// Split splits a line of a script into words, as testscript does, but expands no
// variables. It reports whether every quote is closed.
func Split(line string) (words []string, closed bool) {
	var word strings.Builder
	inWord, inQuote := false, false
	for i := 0; i < len(line); i++ {
		b := line[i]
		switch {
		case b == '\'' && inQuote && i+1 < len(line) && line[i+1] == '\'':
			word.WriteByte(b)
			i++
		case b == '\'':
			inQuote, inWord = !inQuote, true
		case inQuote:
			word.WriteByte(b)
		case b == '#':
			line = line[:i]
		case b == ' ' || b == '\t' || b == '\r':
			if inWord {
				words = append(words, word.String())
			}
			word.Reset()
			inWord = false
		default:
			word.WriteByte(b)
			inWord = true
		}
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, !inQuote
}
