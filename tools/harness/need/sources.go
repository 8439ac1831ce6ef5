package need

import (
	"bytes"
	"path/filepath"
	"regexp"
	"strings"
)

var (
	command = regexp.MustCompile(`(?m)^needs +([^#\n]*)`)
	header  = regexp.MustCompile(`(?m)^(?:# |// | \* )?needs: +(.*)$`)
)

// runners are the programs that run a source without compiling it. C is compiled.
var runners = map[string]string{".py": "python3", ".sh": "bash", ".js": "node"}

// Runner is the program that runs a source, chosen by the file's extension; "" if
// none does.
func Runner(file string) string { return runners[filepath.Ext(file)] }

// OfScript lists the needs that a script, the text of a txtar archive, names.
func OfScript(text []byte) (things []string) {
	text, _, _ = bytes.Cut(text, []byte("\n-- "))
	for _, m := range command.FindAllSubmatch(text, -1) {
		things = append(things, strings.Fields(string(m[1]))...)
	}
	return things
}

// OfSource lists the needs of a program's source: its interpreter or compiler, and
// the things in a line "needs: THING..." near its top.
func OfSource(file string, text []byte) (things []string) {
	switch ext := filepath.Ext(file); {
	case runners[ext] != "":
		things = append(things, runners[ext])
	case ext == ".c":
		things = append(things, "cc")
	}
	for _, m := range header.FindAllSubmatch(text, -1) {
		things = append(things, strings.Fields(string(m[1]))...)
	}
	return things
}
