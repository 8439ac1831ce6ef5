//go:build unix

package socksh

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// bytesMax bounds a byte string, in bytes. "x"*N may make more than a socket
// takes at once, but not more than the machine has.
const bytesMax = 64 << 20

// A word of a line: a name, a number, an address, or bytes in quotes.
type word struct {
	text   string // as it was typed
	data   data   // what the quotes hold
	quoted bool
}

// data is a byte string as it was typed, which may be much shorter than the bytes
// that it stands for.
type data struct {
	unit  string
	times int
}

func (d data) bytes() []byte { return bytes.Repeat([]byte(d.unit), d.times) }

// split cuts a line into words. A # begins a comment.
func split(line string) ([]word, error) {
	var words []word
	for {
		line = strings.TrimLeft(line, " \t\r")
		if line == "" || line[0] == '#' {
			return words, nil
		}
		w, rest, err := nextWord(line)
		if err != nil {
			return nil, err
		}
		words, line = append(words, w), rest
	}
}

func nextWord(line string) (w word, rest string, err error) {
	if line[0] != '"' && line[0] != '`' {
		end := strings.IndexAny(line, " \t\r")
		if end < 0 {
			end = len(line)
		}
		return word{text: line[:end]}, line[end:], nil
	}
	quoted, err := strconv.QuotedPrefix(line)
	if err != nil {
		return word{}, "", fmt.Errorf("%s: the quotes don't close, or hold an escape that Go doesn't know", clip(line))
	}
	text, err := strconv.Unquote(quoted)
	if err != nil {
		return word{}, "", fmt.Errorf("%s: %v", clip(quoted), err)
	}
	rest = line[len(quoted):]
	times := 1
	if after, ok := strings.CutPrefix(rest, "*"); ok {
		digits := after
		if end := strings.IndexAny(after, " \t\r"); end >= 0 {
			digits = after[:end]
		}
		if times, err = strconv.Atoi(digits); err != nil || times < 0 {
			return word{}, "", fmt.Errorf(`*%s: want a number, as in "x"*1000`, clip(digits))
		}
		rest = after[len(digits):]
		quoted += "*" + digits
	}
	if rest != "" && !strings.ContainsAny(rest[:1], " \t\r") {
		return word{}, "", fmt.Errorf("%s: want a space after the quotes", clip(quoted+rest))
	}
	if len(text) > 0 && times > bytesMax/len(text) {
		return word{}, "", fmt.Errorf("%s: more than %d bytes", clip(quoted), bytesMax)
	}
	return word{text: quoted, data: data{text, times}, quoted: true}, rest, nil
}

// assignment takes "NAME =" or "NAME, NAME =" from the front of a line.
func assignment(words []word) (names []string, rest []word, err error) {
	for i, w := range words {
		if w.quoted || w.text != "=" {
			continue
		}
		for _, w := range words[:i] {
			for name := range strings.SplitSeq(strings.TrimSuffix(w.text, ","), ",") {
				if !isName(name) {
					return nil, nil, fmt.Errorf("%s: no name: want letters, digits and _, not a number, not a function", clip(name))
				}
				names = append(names, name)
			}
		}
		if len(names) == 0 || len(words) == i+1 {
			return nil, nil, errors.New("want NAME = FUNCTION ..., as in s = socket AF_INET SOCK_STREAM")
		}
		return names, words[i+1:], nil
	}
	return nil, words, nil
}

func isName(s string) bool {
	for i, r := range s {
		letter := r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	_, function := find(s)
	_, command := commands[s]
	return s != "" && !function && !command
}

// clip makes strange input fit for a message: visible, and short.
func clip(s string) string { return clipTo(s, 40) }

func clipTo(s string, most int) string {
	q := s
	if len(q) > most {
		q = q[:most]
	}
	q = unquoted(q)
	q = strings.ReplaceAll(q, `\"`, `"`)
	if len(s) > most {
		q += "..."
	}
	return q
}

// unquoted is s with its strange characters escaped.
func unquoted(s string) string {
	q := strconv.Quote(s)
	return q[1 : len(q)-1]
}
