//go:build unix

package script

import (
	"bytes"
	"strings"
)

// commandsOf is the words of each line of a script, up to its files.
func commandsOf(script []byte) (lines [][]string) {
	for line := range bytes.Lines(script) {
		text := strings.TrimRight(string(line), "\r\n")
		if BeginsFile(text) {
			break
		}
		if strings.HasPrefix(text, "#") {
			text = ""
		}
		lines = append(lines, commandOf(text))
	}
	return lines
}
