package script

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// plainWord is a word that testscript reads as it stands.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./:=@%+,^-]+$`)

// Quote is a text as one word of a line, without the variables in it.
func Quote(text string) string {
	if plainWord.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", "''") + "'"
}

// Literal is a pattern that matches this text, on one line. A byte that is not UTF-8
// is any one: a pattern has no other name for it.
func Literal(text []byte) string {
	var b strings.Builder
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		switch {
		case r == utf8.RuneError && n == 1:
			b.WriteByte('.')
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case !unicode.IsPrint(r):
			fmt.Fprintf(&b, `\x{%x}`, r)
		default:
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
		text = text[n:]
	}
	return b.String()
}

// Escaped is the text of a send to a socket, which writes these bytes.
func Escaped(bytes []byte) string {
	quoted := strconv.Quote(string(bytes))
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}
