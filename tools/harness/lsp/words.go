//go:build unix

package lsp

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/sourcegraph/jsonrpc2"

	"socklab/tools/harness/script"
)

// ofTestscript documents the commands that are not ours.
const ofTestscript = "https://pkg.go.dev/github.com/rogpeppe/go-internal/testscript"

// variables are those that every script has.
var variables = map[string]string{
	"ADDR":   "where the script's server is to listen: HOST:PORT",
	"HOST":   "the host of ADDR",
	"PORT":   "the port of ADDR",
	"WORK":   "the script's folder",
	"TMPDIR": "a folder for what is thrown away",
}

// command says which of a line's words is its command, -1 if none is.
func command(words []script.Word) int {
	return slices.IndexFunc(words, func(w script.Word) bool {
		return w.Text != "!" && w.Text != "?" && !strings.HasPrefix(w.Text, "[")
	})
}

func usage(name string) *script.Usage {
	all := script.Usages()
	if i := slices.IndexFunc(all, func(u *script.Usage) bool { return u.Name == name }); i >= 0 {
		return all[i]
	}
	return nil
}

// describe is a command's documentation, in Markdown.
func describe(u *script.Usage) string {
	text := fmt.Sprintf("```\n%s\n```\n%s.\n", u.Synopsis(), u.Summary)
	if u.Detail != "" {
		text += "\n" + u.Detail + "\n"
	}
	if u.Negated != "" {
		text += fmt.Sprintf("\n`! %s` %s\n", u.Name, u.Negated)
	}
	return text + "\n```\n" + u.Example + "\n```\n"
}

func hover(s *server, _ *jsonrpc2.Conn, params json.RawMessage) (any, error) {
	var p identified
	err := json.Unmarshal(params, &p)
	d := s.documents[p.Document.URI]
	if d == nil || err != nil {
		return nil, err
	}
	at := d.offset(p.Position)
	words, begin, ok := d.inCommand(at)
	i := slices.IndexFunc(words, func(w script.Word) bool { return begin+w.Start <= at && at < begin+w.End })
	if !ok || i < 0 {
		return nil, nil
	}
	word, first, text := words[i], command(words), ""
	names := script.Named([]byte(d.text))
	if i == first {
		if u := usage(word.Text); u != nil {
			text = describe(u)
		} else if slices.Contains(script.Builtin(), word.Text) {
			text = fmt.Sprintf("`%s` is one of [testscript's commands](%s).", word.Text, ofTestscript)
		}
	} else if b := called(names.Actors, word.Text); b != nil {
		text = fmt.Sprintf("`%s`: begun in line %d by `%s`", b.Name, b.Line, b.Command)
	} else if b := called(names.Hosts, word.Text); b != nil {
		text = fmt.Sprintf("`%s`: a %s of the script's network, of line %d", b.Name, b.Command, b.Line)
	} else if m := aVariable.FindStringSubmatch(word.Text); m != nil {
		if b := called(names.Variables, m[1]); b != nil {
			text = fmt.Sprintf("`$%s`: set in line %d by `%s`", b.Name, b.Line, b.Command)
		} else if says := variables[m[1]]; says != "" {
			text = fmt.Sprintf("`$%s`: %s", m[1], says)
		}
	}
	if text == "" {
		return nil, nil
	}
	return map[string]any{
		"contents": map[string]string{"kind": "markdown", "value": text},
		"range":    span{d.at(begin + word.Start), d.at(begin + word.End)},
	}, nil
}

var aVariable = regexp.MustCompile(`\$\{?([A-Za-z_][A-Za-z0-9_]*)`)

// called is the first of a name; nil if there is none.
func called(all []script.Begun, name string) *script.Begun {
	if i := slices.IndexFunc(all, func(b script.Begun) bool { return b.Name == name }); i >= 0 {
		return &all[i]
	}
	return nil
}

// An item is something that could stand at a place.
type item struct {
	Label         string `json:"label"`
	Kind          int    `json:"kind"`
	Detail        string `json:"detail,omitempty"`
	Documentation any    `json:"documentation,omitempty"`
	Edit          edit   `json:"textEdit"`
}

type edit struct {
	Range span   `json:"range"`
	Text  string `json:"newText"`
}

// Kinds of items.
const (
	kindFunction = 3
	kindVariable = 6
	kindModule   = 9
	kindProperty = 10
	kindFile     = 17
	kindActor    = 18 // a reference
)

// maxItems is how many items an answer has at most.
const maxItems = 1000

func completion(s *server, _ *jsonrpc2.Conn, params json.RawMessage) (any, error) {
	var p identified
	err := json.Unmarshal(params, &p)
	d := s.documents[p.Document.URI]
	if d == nil || err != nil {
		return nil, err
	}
	at := d.offset(p.Position)
	_, begin, ok := d.inCommand(at)
	before := d.text[min(begin, at):at]
	words, closed := script.Words(before)
	if !ok || !closed || commented(before) {
		return []item{}, nil
	}
	half := script.Word{Start: len(before), End: len(before)} // the word that is being written
	if n := len(words); n > 0 && words[n-1].End == len(before) {
		half, words = words[n-1], words[:n-1]
	}
	items := []item{}
	add := func(kind int, label, detail, begins string, from int) {
		if strings.HasPrefix(label, begins) && len(items) < maxItems {
			items = append(items, item{Label: label, Kind: kind, Detail: detail, Edit: edit{span{d.at(begin + from), d.at(at)}, label}})
		}
	}
	names := script.Named([]byte(d.text))
	if dollar := strings.LastIndexByte(before[half.Start:], '$'); dollar >= 0 {
		from := half.Start + dollar
		for _, b := range names.Variables {
			add(kindVariable, "$"+b.Name, fmt.Sprintf("line %d: %s", b.Line, b.Command), before[from:], from)
		}
		for name, says := range variables {
			add(kindVariable, "$"+name, says, before[from:], from)
		}
		slices.SortStableFunc(items, func(a, b item) int { return strings.Compare(a.Label, b.Label) })
		return items, nil
	}
	first := command(words)
	if first < 0 {
		if strings.HasPrefix(half.Text, "[") {
			return items, nil
		}
		for _, u := range script.Usages() {
			add(kindFunction, u.Name, u.Summary, half.Text, half.Start)
			if n := len(items); n > 0 && items[n-1].Label == u.Name {
				items[n-1].Documentation = map[string]string{"kind": "markdown", "value": describe(u)}
			}
		}
		for _, name := range script.Builtin() {
			add(kindFunction, name, "testscript's", half.Text, half.Start)
		}
		return items, nil
	}
	u := usage(words[first].Text)
	if u == nil {
		return items, nil
	}
	flags, places := u.Takes()
	arg := 0
	for _, w := range words[first+1:] {
		if arg > 0 || !strings.HasPrefix(w.Text, "-") {
			arg++
		}
	}
	if arg == 0 {
		for _, flag := range flags {
			add(kindProperty, flag, u.Name, half.Text, half.Start)
		}
	}
	place := ""
	if arg < len(places) {
		place = places[arg]
	}
	switch {
	case place == "PROGRAM":
		for _, program := range s.Programs {
			add(kindModule, program.Name, strings.ReplaceAll(program.Summary, "`", ""), half.Text, half.Start)
		}
	case strings.HasPrefix(place, "HOST") || strings.HasPrefix(place, "ROUTER"):
		for _, b := range names.Hosts {
			add(kindModule, b.Name, fmt.Sprintf("line %d: %s", b.Line, b.Command), half.Text, half.Start)
		}
	case slices.Contains([]string{"NAME", "LISTENER", "TAP"}, place) && !script.Begins(u.Name, arg):
		for _, b := range names.Actors {
			add(kindActor, b.Name, fmt.Sprintf("line %d: %s", b.Line, b.Command), half.Text, half.Start)
		}
	}
	return items, nil
}

// commented reports whether a line's last byte is in a comment. Every quote is closed.
func commented(line string) bool {
	quoted := false
	for _, b := range []byte(line) {
		switch {
		case b == '\'':
			quoted = !quoted
		case b == '#' && !quoted:
			return true
		}
	}
	return false
}
