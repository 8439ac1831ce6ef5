//go:build unix

package lsp

import (
	"sort"
	"strings"
	"unicode/utf8"

	"socklab/tools/harness/script"
)

// A position is a place in a text: a line from 0, and in it so many units of UTF-16.
type position struct {
	Line      int `json:"line"`
	Character int `json:"character"`
}

// A span is a part of a text, without its end.
type span struct {
	Start position `json:"start"`
	End   position `json:"end"`
}

// A layout is where the lines of a text are. Scripts have lines that end in LF. An editor's
// end in LF, CR LF or CR, as the protocol wants.
type layout struct {
	text    string
	lines   []int // where each line of the editor's begins, in bytes
	script  []int // where each line of the script begins, in bytes
	command int   // so many of these lines are commands; files follow
}

func lay(text string) *layout {
	l := &layout{text: text, lines: []int{0}, script: []int{0}}
	for i := 0; i < len(text); i++ {
		if text[i] == '\n' {
			l.script = append(l.script, i+1)
		}
		if text[i] == '\n' || text[i] == '\r' && !strings.HasPrefix(text[i+1:], "\n") {
			l.lines = append(l.lines, i+1)
		}
	}
	for l.command < len(l.script) && !script.BeginsFile(l.of(l.command)) {
		l.command++
	}
	return l
}

// of is a line of the script's, from 0, without its end.
func (l *layout) of(line int) string {
	end := len(l.text)
	if line+1 < len(l.script) {
		end = l.script[line+1]
	}
	return strings.TrimRight(l.text[l.script[line]:end], "\r\n")
}

// at is where a byte is.
func (l *layout) at(offset int) position {
	line := sort.SearchInts(l.lines, offset+1) - 1
	return position{line, units(l.text[l.lines[line]:offset])}
}

// units is how many units of UTF-16 a text has.
func units(text string) (n int) {
	for _, r := range text {
		n++
		if r > 0xffff {
			n++
		}
	}
	return n
}

// offset is the byte at a position. What is behind the end of a line is at its end.
func (l *layout) offset(p position) int {
	if p.Line < 0 || p.Line >= len(l.lines) {
		return len(l.text)
	}
	end := len(l.text)
	if p.Line+1 < len(l.lines) {
		end = l.lines[p.Line+1]
	}
	line := strings.TrimRight(l.text[l.lines[p.Line]:end], "\r\n")
	at := 0
	for left := p.Character; at < len(line); {
		r, size := utf8.DecodeRuneInString(line[at:])
		if left -= units(string(r)); left < 0 {
			break
		}
		at += size
	}
	return l.lines[p.Line] + at
}

// line is where a line of the script is, from 1, without the blanks around it.
func (l *layout) line(number int) span {
	number = min(max(number, 1), len(l.script)) - 1
	text := l.of(number)
	begin := l.script[number] + len(text) - len(strings.TrimLeft(text, " \t"))
	end := max(begin, l.script[number]+len(strings.TrimRight(text, " \t")))
	return span{l.at(begin), l.at(end)}
}

// inCommand are the words of the command at a byte, and where its line begins. ok is false if the
// byte is in a file, or in a comment.
func (l *layout) inCommand(offset int) (words []script.Word, begin int, ok bool) {
	number := sort.SearchInts(l.script, offset+1) - 1
	if number >= l.command {
		return nil, 0, false
	}
	begin = l.script[number]
	words, _ = script.Words(l.of(number))
	return words, begin, true
}
