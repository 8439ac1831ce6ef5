package script

import "strings"

// A Word is one of a line's, and the bytes of the line that it is made of.
type Word struct {
	Text       string
	Start, End int
}

// Split splits a line of a script into words, as testscript does, but expands no
// variables. It reports whether every quote is closed.
func Split(line string) (words []string, closed bool) {
	placed, closed := Words(line)
	for _, w := range placed {
		words = append(words, w.Text)
	}
	return words, closed
}

// Words is Split, with the places of the words.
func Words(line string) (words []Word, closed bool) {
	var word strings.Builder
	start, inQuote := -1, false // start is -1 between words
	end := func(i int) {
		if start >= 0 {
			words = append(words, Word{word.String(), start, i})
		}
		word.Reset()
		start = -1
	}
	i := 0
	for ; i < len(line) && (inQuote || line[i] != '#'); i++ {
		b := line[i]
		if start < 0 && (inQuote || b != ' ' && b != '\t' && b != '\r') {
			start = i
		}
		switch {
		case b == '\'' && inQuote && i+1 < len(line) && line[i+1] == '\'':
			word.WriteByte(b)
			i++
		case b == '\'':
			inQuote = !inQuote
		case !inQuote && (b == ' ' || b == '\t' || b == '\r'):
			end(i)
		default:
			word.WriteByte(b)
		}
	}
	end(i)
	return words, !inQuote
}
