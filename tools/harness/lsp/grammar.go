//go:build unix

package lsp

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"

	"socklab/tools/harness/script"
)

// A rule is one of a TextMate grammar's (macromates.com/manual/en/language_grammars): what
// it matches has its name, for which themes have colours.
type rule struct {
	Name     string          `json:"name,omitempty"`
	Match    string          `json:"match,omitempty"`
	Begin    string          `json:"begin,omitempty"`
	End      string          `json:"end,omitempty"`
	Captures map[string]rule `json:"captures,omitempty"`
	Begins   map[string]rule `json:"beginCaptures,omitempty"`
	Patterns []rule          `json:"patterns,omitempty"`
}

// Grammar is the grammar of scripts, made from the commands that there are.
func Grammar() ([]byte, error) {
	var ours []string
	for _, u := range script.Usages() {
		ours = append(ours, regexp.QuoteMeta(u.Name))
	}
	const (
		before = `^[ \t]*((?:(?:!|\?|\[[^\]]*\])[ \t]+)*)` // conditions and negations
		behind = `(?=[ \t\r#]|$)`
	)
	command := func(name, what string) rule {
		conditions := rule{Patterns: []rule{
			{Name: "keyword.operator.negation.socklab", Match: `[!?]`},
			{Name: "keyword.control.conditional.socklab", Match: `\[[^\]]*\]`},
		}}
		return rule{Match: before + "(" + what + ")" + behind, Captures: map[string]rule{"1": conditions, "2": {Name: name}}}
	}
	grammar := struct {
		Comment  string   `json:"comment"`
		Name     string   `json:"name"`
		Scope    string   `json:"scopeName"`
		Types    []string `json:"fileTypes"`
		Patterns []rule   `json:"patterns"`
	}{
		Comment: "Made by go test ./tools/harness/lsp -update. Do not edit.",
		Name:    "socklab script", Scope: "source.socklab", Types: []string{"txtar"},
		Patterns: []rule{
			{ // files, until the end
				Name: "meta.files.socklab", Begin: `^(-- )(.*\S.*)( --)\r?$`, End: `(?!)`,
				Begins:   fileMark,
				Patterns: []rule{{Match: `^(-- )(.*\S.*)( --)\r?$`, Captures: fileMark}, {Name: "string.unquoted.file.socklab", Match: `^.+$`}},
			},
			{Name: "markup.heading.step.socklab", Match: `^# .*$`},
			command("keyword.other.command.socklab", strings.Join(ours, "|")),
			command("support.function.testscript.socklab", strings.Join(script.Builtin(), "|")),
			command("invalid.illegal.command.socklab", `[^ \t\r#'$]+`),
			{Name: "comment.line.number-sign.socklab", Match: `#.*$`},
			{Name: "string.quoted.single.socklab", Begin: `'`, End: `'(?!')|$`, Patterns: []rule{{Name: "constant.character.escape.socklab", Match: `''`}}},
			{Name: "variable.other.socklab", Match: `\$(?:\{[^}]*\}|[A-Za-z_][A-Za-z0-9_]*|\$)`},
			{Match: `(?<=[ \t])(-{1,2}[a-z][a-z0-9-]*)(=?)`, Captures: map[string]rule{"1": {Name: "constant.other.flag.socklab"}, "2": {Name: "keyword.operator.socklab"}}},
		},
	}
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(grammar)
	return text.Bytes(), err
}

var fileMark = map[string]rule{
	"1": {Name: "punctuation.definition.file.socklab"},
	"2": {Name: "entity.name.section.file.socklab"},
	"3": {Name: "punctuation.definition.file.socklab"},
}
