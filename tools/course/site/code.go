package site

import (
	"embed"
	"strings"
	"sync"

	"github.com/alecthomas/chroma/v2"

	"socklab/tools/course/typeset"
)

// (Chroma's package of all lexers reads three hundred files whenever a process starts,
// and the programs of scripts are this binary. These are its own, for our languages.)
//
//go:embed lexers
var lexerFiles embed.FS

var lexers = sync.OnceValue(func() map[string]chroma.Lexer {
	all := map[string]chroma.Lexer{"go": goLexer}
	for language, file := range map[string]string{"python": "python", "sh": "bash", "diff": "diff"} {
		all[language] = chroma.Coalesce(chroma.MustNewXMLLexer(lexerFiles, "lexers/"+file+".xml"))
	}
	return all
})

var goLexer = chroma.MustNewLexer(&chroma.Config{Name: "Go"}, func() chroma.Rules {
	return chroma.Rules{"root": {
		{Pattern: `\s+`, Type: chroma.TextWhitespace},
		{Pattern: `//[^\n]*|/\*(.|\n)*?\*/`, Type: chroma.Comment},
		{Pattern: `(break|case|chan|const|continue|default|defer|else|fallthrough|for|func|go|goto|if|import|interface|map|package|range|return|select|struct|switch|type|var)\b`, Type: chroma.Keyword},
		{Pattern: `(true|false|iota|nil)\b`, Type: chroma.KeywordConstant},
		{Pattern: `(bool|byte|rune|string|error|any|u?int(8|16|32|64)?|uintptr|float(32|64)|complex(64|128))\b`, Type: chroma.KeywordType},
		{Pattern: `\d[\w.]*`, Type: chroma.Number},
		{Pattern: "`[^`]*`|\"(\\\\.|[^\"\\\\\\n])*\"|'(\\\\.|[^'\\\\\\n])*'", Type: chroma.String},
		{Pattern: `[a-zA-Z_]\w*(?=\()`, Type: chroma.NameFunction},
		{Pattern: `[a-zA-Z_]\w*`, Type: chroma.Name},
		{Pattern: `[^\w\s]`, Type: chroma.Punctuation},
	}}
})

// classes are what the style sheet calls kinds of words.
func class(t chroma.TokenType) string {
	switch {
	case t.InCategory(chroma.Comment):
		return "c"
	case t.InCategory(chroma.Keyword), t == chroma.OperatorWord:
		return "k"
	case t.InSubCategory(chroma.String):
		return "s"
	case t.InSubCategory(chroma.Number):
		return "n"
	case t == chroma.NameFunction, t == chroma.NameBuiltin:
		return "f"
	case t == chroma.GenericDeleted:
		return "d"
	case t == chroma.GenericInserted:
		return "i"
	}
	return ""
}

// colour is a piece of code as HTML, with colours.
func colour(language, text string) string {
	if language == "console" {
		return console(text)
	}
	lexer := lexers()[language]
	if lexer == nil {
		return typeset.Text(text)
	}
	tokens, err := lexer.Tokenise(nil, text)
	if err != nil {
		return typeset.Text(text)
	}
	var b strings.Builder
	left := len(text) // a lexer ends what it reads with a newline
	for token := tokens(); token != chroma.EOF; token = tokens() {
		value := token.Value[:min(len(token.Value), left)]
		left -= len(value)
		if name := class(token.Type); name != "" && value != "" {
			b.WriteString(`<span class="` + name + `">` + typeset.Text(value) + `</span>`)
		} else {
			b.WriteString(typeset.Text(value))
		}
	}
	return b.String()
}

// console is a transcript: what was typed is bold.
func console(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "$ ") || strings.HasPrefix(line, "» ") {
			b.WriteString("<b>" + typeset.Text(line) + "</b>")
		} else {
			b.WriteString(typeset.Text(line))
		}
	}
	return b.String()
}
