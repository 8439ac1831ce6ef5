//go:build unix

package script

import (
	"bytes"
	"fmt"
	"strings"
)

// Editors mark the encoding of a file with these first bytes.
var (
	utf8Mark  = []byte("\xef\xbb\xbf")
	utf16Mark = [][]byte{[]byte("\xff\xfe"), []byte("\xfe\xff")}
)

// unsound says why the file of a script can't be played as it is, "" if it can. Its
// mistake would otherwise look like one of the programs: lines that differ only in
// what can't be seen. line is where, from 1.
func unsound(script []byte) (line int, why string) {
	const again = "save it as UTF-8 without a byte order mark, with lines that end in LF"
	for _, mark := range utf16Mark {
		if bytes.HasPrefix(script, mark) {
			return 1, "could not tell: the script is UTF-16, as editors on Windows write it: " + again
		}
	}
	if bytes.HasPrefix(script, utf8Mark) {
		return 1, `could not tell: the script begins with a byte order mark (\ufeff), which is no part of its first command: ` + again
	}
	inFiles, number := false, 0
	files := map[string]int{}
	for line := range bytes.Lines(script) {
		number++
		text := strings.TrimRight(string(line), "\r\n")
		if BeginsFile(text) {
			inFiles = true
			name := strings.TrimSpace(text[len("-- ") : len(text)-len(" --")])
			if files[name] > 0 {
				return number, fmt.Sprintf("could not tell: lines %d and %d of the script both begin the file %s: give one another name", files[name], number, name)
			}
			files[name] = number
		}
		switch {
		case text == tornMarker:
			return number, fmt.Sprintf("could not tell: line %d of the script is %q, which looks like the beginning of a file and has no name: write it in another way", number, text)
		case !inFiles && bytes.HasSuffix(line, []byte("\r\n")):
			return number, fmt.Sprintf("could not tell: line %d of the script ends in CR LF, as on Windows, and no transcript does: %s (sed -i 's/\\r$//' does that)", number, again)
		}
	}
	return 0, ""
}

// A tornMarker is a line at which package txtar panics.
const tornMarker = "-- --"

// BeginsFile reports whether a line begins a file of a script (package txtar).
func BeginsFile(line string) bool {
	name, is := strings.CutPrefix(line, "-- ")
	name, ends := strings.CutSuffix(name, " --")
	return is && ends && strings.TrimSpace(name) != ""
}
