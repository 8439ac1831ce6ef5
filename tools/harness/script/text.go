//go:build unix

package script

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rogpeppe/go-internal/txtar"
)

// A text is a script as it is played. It is read once, before any program starts,
// because programs may write to its file. The transcripts that it compares with stay
// in memory, where no program can read or change them.
type text struct {
	source string            // what reports call the script's file
	played []byte            // the script, with its words swapped
	swaps  []swap            // of its words
	kept   map[string][]byte // the files that it compares with, by name
	copy   string            // the file that testscript reads; removed once read
	inCopy []byte            // its content: no kept files, cmp-kept instead of cmp, and marked lines
	lines  map[int]string    // the commands, by their line from 1, without conditions
	own    *strings.Replacer // of the copy's lines, as testscript's log has them, by the script's

	lacks  map[string]bool // files that it compares with, and that neither it nor a command makes
	unlike *Difference     // of the comparison that failed

	update  bool              // kept files become what is compared with them
	is      map[string]string // what was compared with each kept file
	updates map[string]string // the kept files that change, with their new text
}

// The commands that compare with kept files, instead of testscript's.
const (
	cmpKept    = "cmp-kept"
	cmpenvKept = "cmpenv-kept"
)

var comparison = regexp.MustCompile(`^((?:\[[^]]*\][ \t]*|![ \t]*)*)(cmp|cmpenv)([ \t])`)

// A mark is a condition before every command of the copy. testscript asks for it
// before it runs the command, whether that is ours or its own.
const mark = "line:"

// conditions begin a line.
var conditions = regexp.MustCompile(`^[ \t]*(?:\[[^ \t\r'#]*\][ \t]+)*`)

// marked is a line with the mark of its number, behind its conditions, and its
// command. A line without a command stays as it is.
func marked(line string, number int) (with, command string) {
	if strings.HasPrefix(line, "#") {
		return line, ""
	}
	before := conditions.FindString(line)
	command = strings.TrimSpace(line[len(before):])
	if command == "" || command[0] == '#' {
		before, command = "", strings.TrimSpace(line) // conditions alone, which are wrong
	}
	if command == "" || command[0] == '#' {
		return line, ""
	}
	return fmt.Sprintf("%s[%s%d] %s", before, mark, number, line[len(before):]), command
}

// newText prepares a script.
func newText(script []byte, name, copy string, o *Options) *text {
	t := &text{source: o.File, played: script, copy: copy, kept: map[string][]byte{}, lines: map[int]string{}, update: o.Update != nil, is: map[string]string{}, updates: map[string]string{}}
	if o.Words != 0 && !t.update {
		t.swaps = choose(string(script), name, o.Words)
		t.played = []byte(reword(string(script), t.swaps))
	}
	archive := txtar.Parse(t.played)
	lines := strings.SplitAfter(string(archive.Comment), "\n")
	compared := map[string]bool{}
	for _, line := range lines {
		compared[comparedWith(commandOf(line))] = true
	}
	// A file that another command or file mentions must exist.
	var uses []string
	for _, line := range lines {
		command := commandOf(line)
		if comparedWith(command) != "" {
			command = command[:2]
		}
		uses = append(uses, command...)
	}
	for _, f := range archive.Files {
		if !compared[f.Name] {
			uses = append(uses, string(f.Data))
		}
	}
	used := func(name string) bool {
		return slices.ContainsFunc(uses, func(text string) bool { return strings.Contains(text, name) })
	}
	moves := slices.ContainsFunc(lines, func(line string) bool { return strings.HasPrefix(strings.Join(commandOf(line), " "), "cd ") })
	t.lacks = map[string]bool{}
	for name := range compared {
		inArchive := slices.ContainsFunc(archive.Files, func(f txtar.File) bool { return f.Name == name })
		if name != "" && !inArchive && !moves && !used(name) && plainName.MatchString(name) && name != "stdout" && name != "stderr" {
			t.lacks[name] = true
		}
	}
	if t.update {
		for _, name := range slices.Sorted(maps.Keys(t.lacks)) {
			archive.Files = append(archive.Files, txtar.File{Name: name})
		}
	}
	if !t.update {
		maps.DeleteFunc(compared, func(name string, _ bool) bool { return moves || used(name) })
	}
	archive.Files = slices.DeleteFunc(archive.Files, func(f txtar.File) bool {
		if compared[f.Name] {
			t.kept[f.Name] = f.Data
		}
		return compared[f.Name] && !t.update
	})
	for i, line := range lines {
		name := comparedWith(commandOf(line))
		if _, kept := t.kept[name]; kept || t.lacks[name] {
			lines[i] = comparison.ReplaceAllString(line, "${1}${2}-kept$3")
		}
	}
	var swaps []string
	played := strings.SplitAfter(string(archive.Comment), "\n")
	for i, line := range lines {
		_, t.lines[i+1] = marked(played[i], i+1)
		if lines[i], _ = marked(line, i+1); lines[i] != played[i] {
			// Also behind an output without a last newline.
			swaps = append(swaps, "> "+strings.TrimSuffix(lines[i], "\n")+"\n", "> "+strings.TrimSuffix(played[i], "\n")+"\n")
		}
	}
	t.own = strings.NewReplacer(swaps...)
	archive.Comment = []byte(strings.Join(lines, ""))
	t.inCopy = txtar.Format(archive)
	return t
}

// writeCopy puts the copy where testscript reads it.
func (t *text) writeCopy() error { return os.WriteFile(t.copy, t.inCopy, 0o600) }

// takeCopy removes the copy. The error says that it was changed meanwhile.
func (t *text) takeCopy() error {
	now, err := os.ReadFile(t.copy)
	os.Remove(t.copy)
	if err == nil && !bytes.Equal(now, t.inCopy) {
		err = errors.New("could not tell: somebody changed the script while it was read")
	}
	return err
}

// acting are the parts of a script that can start a program: its commands, and the
// files that they may use.
func (t *text) acting() (parts []string) {
	archive := txtar.Parse(t.inCopy)
	for line := range strings.Lines(string(archive.Comment)) {
		parts = append(parts, strings.Join(commandOf(line), " "))
	}
	for _, f := range archive.Files {
		parts = append(parts, string(f.Data))
	}
	return parts
}

// shown replaces in a log the copy's name and lines by the script's own.
func (t *text) shown(log string) string {
	return strings.ReplaceAll(t.own.Replace(log), t.copy, t.source)
}

// original is the script's own word for one that was swapped in.
func (t *text) original(word string) string {
	for _, s := range t.swaps {
		if s.to == word {
			return s.from
		}
	}
	return word
}

// commandOf splits a line of a script into words, without its conditions, its
// negation and its comment. Variables stay as they are.
func commandOf(line string) (words []string) {
	var word strings.Builder
	inWord, quoted := false, false
	end := func() {
		if inWord {
			words = append(words, word.String())
		}
		word.Reset()
		inWord = false
	}
	line = strings.TrimRight(line, "\r\n")
	for i := 0; i < len(line); i++ {
		switch b := line[i]; {
		case quoted && b == '\'' && i+1 < len(line) && line[i+1] == '\'':
			word.WriteByte(b)
			i++
		case b == '\'':
			quoted, inWord = !quoted, true
		case !quoted && b == '#':
			line = line[:i]
		case !quoted && (b == ' ' || b == '\t' || b == '\r'):
			end()
		default:
			word.WriteByte(b)
			inWord = true
		}
	}
	end()
	for len(words) > 0 && (words[0] == "!" || strings.HasPrefix(words[0], "[") && strings.HasSuffix(words[0], "]")) {
		words = words[1:]
	}
	return words
}

// comparedWith is the file that a command compares with, "" if it is no
// comparison.
func comparedWith(command []string) string {
	if len(command) == 3 && (command[0] == "cmp" || command[0] == "cmpenv") {
		return command[2]
	}
	return ""
}

// plainName is the name of a file in the script's folder.
var plainName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)

// compare is testscript's cmp and cmpenv, with a kept file.
func (t *text) compare(ts *testscript.TestScript, neg bool, args []string, env bool) {
	if t.lacks[args[1]] && !t.update {
		ts.Fatalf("there is no %[1]s: put `-- %[1]s --` at the end of the script, and the text below it; or play it with -update, which does that", args[1])
	}
	got, want := ts.ReadFile(args[0]), string(t.kept[args[1]])
	if t.update {
		want = ts.ReadFile(args[1]) // the script may have changed it
	}
	if env {
		want = os.Expand(want, func(name string) string {
			if quoted, ok := strings.CutSuffix(name, "@R"); ok {
				return regexp.QuoteMeta(ts.Getenv(quoted))
			}
			return ts.Getenv(name)
		})
	}
	if before, twice := t.is[args[1]]; t.update && !neg && !env {
		if twice && before != got {
			ts.Fatalf("-update: %s is compared with two texts that differ", args[1])
		}
		t.is[args[1]] = got
	}
	switch {
	case got == want && neg:
		ts.Fatalf("%s and %s do not differ", args[0], args[1])
	case (got != want || t.lacks[args[1]]) && !neg && t.update && !env:
		if why := t.unfit(args[1], got); why != "" {
			ts.Fatalf("-update: %s can't be the new %s: %s", args[0], args[1], why)
		}
		t.updates[args[1]] = got
	case got != want && !neg:
		t.unlike = firstUnlike(got, want)
		ts.Logf("%s", diff.Diff(args[0], []byte(got), args[1], []byte(want)))
		ts.Fatalf("%s and %s differ", args[0], args[1])
	}
}

// unquotes reports whether the script applies unquote to a file (package txtar).
func (t *text) unquotes(name string) bool {
	return slices.ContainsFunc(commandsOf(t.played), func(words []string) bool {
		return len(words) > 1 && words[0] == "unquote" && slices.Contains(words[1:], name)
	})
}

// unfit says why a file with this data would not be read back as it was written
// into the script; "" if it would.
func (t *text) unfit(name, data string) string {
	switch {
	case data == "":
		return ""
	case !strings.HasSuffix(data, "\n"):
		return "it has no newline at its end, and every file in a script has one"
	case t.unquotes(name):
		if !utf8.ValidString(data) {
			return "it is not UTF-8, and so can't be quoted"
		}
		return ""
	}
	for line := range strings.Lines(data) {
		if line = strings.TrimRight(line, "\r\n"); BeginsFile(line) || line == tornMarker {
			return fmt.Sprintf("its line %q would begin another file of the script; `unquote %s`, before it is compared, lets it be one (go doc testscript)", line, name)
		}
	}
	return ""
}

// rewritten is the script with its new transcripts, nil if all are as they were.
func (t *text) rewritten() ([]byte, error) {
	if len(t.updates) == 0 {
		return nil, nil
	}
	archive := txtar.Parse(t.played)
	for _, name := range slices.Sorted(maps.Keys(t.updates)) {
		if t.lacks[name] {
			archive.Files = append(archive.Files, txtar.File{Name: name})
		}
	}
	for i, f := range archive.Files {
		data, is := t.updates[f.Name]
		if !is {
			continue
		}
		archive.Files[i].Data = []byte(data)
		if t.unquotes(f.Name) {
			quoted, err := txtar.Quote([]byte(data))
			if err != nil {
				return nil, fmt.Errorf("quote %s: %w", f.Name, err)
			}
			archive.Files[i].Data = quoted
		}
	}
	return txtar.Format(archive), nil
}
