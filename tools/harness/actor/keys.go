//go:build unix

package actor

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// keyNames are keys without a character, and the bytes that a terminal sends for
// each (infocmp xterm).
var keyNames = map[string]string{
	"ENTER": "\r", "TAB": "\t", "ESC": "\x1b", "SPACE": " ", "BACKSPACE": "\x7f", "BACKTAB": "\x1b[Z",
	"UP": "\x1b[A", "DOWN": "\x1b[B", "RIGHT": "\x1b[C", "LEFT": "\x1b[D",
	"HOME": "\x1b[H", "END": "\x1b[F", "INSERT": "\x1b[2~", "DELETE": "\x1b[3~", "PGUP": "\x1b[5~", "PGDN": "\x1b[6~",
	"F1": "\x1bOP", "F2": "\x1bOQ", "F3": "\x1bOR", "F4": "\x1bOS", "F5": "\x1b[15~", "F6": "\x1b[17~",
	"F7": "\x1b[18~", "F8": "\x1b[19~", "F9": "\x1b[20~", "F10": "\x1b[21~", "F11": "\x1b[23~", "F12": "\x1b[24~",
}

// keyBytes is what a key sends. name is in keyNames, or ^ and the character pressed
// with Ctrl.
func keyBytes(name string) (string, error) {
	if keys, ok := keyNames[name]; ok {
		return keys, nil
	}
	if len(name) == 2 && name[0] == '^' && name[1] >= '?' && name[1] <= '_' {
		return string(rune(name[1] ^ 0x40)), nil
	}
	return "", fmt.Errorf("key %q: want ^ and a capital letter, as ^C, or one of @ [ \\ ] ^ _ ?; "+
		"or ENTER TAB BACKTAB ESC SPACE BACKSPACE UP DOWN LEFT RIGHT HOME END INSERT DELETE PGUP PGDN F1 to F12", name)
}

// caret writes control characters as a terminal does (stty(1), echoctl).
func caret(keys string) string {
	var b strings.Builder
	for i := range len(keys) {
		if c := keys[i]; isControl(c) {
			b.WriteString("^" + string(rune(c^0x40)))
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func isControl(c byte) bool { return c < ' ' || c == 0x7f }

// A keyboard predicts what a terminal does with pressed keys, and what it echoes
// (termios(3)). It follows drivers/tty/n_tty.c of Linux, for the settings of a
// cooked terminal that stty(1) offers.
type keyboard struct {
	line    []byte // can still be edited
	literal bool   // the next key is literal (VLNEXT)
	stopped bool   // no output comes before the next VSTART
}

// tabErased stands for the backspaces that erase a tab: one to eight, depending on
// the column. A terminal that shows control characters never echoes this byte.
const tabErased = "\x00"

// press updates the keyboard for a pressed key and returns its echo.
func (k *keyboard) press(mode *unix.Termios, c byte) string {
	set := func(cc int) bool { return mode.Cc[cc] == c && c != 0 }
	canonical := mode.Lflag&unix.ICANON != 0
	extended := canonical && mode.Lflag&unix.IEXTEN != 0
	if !canonical {
		k.line, k.literal = nil, false
	}
	if k.literal {
		k.literal = false
		k.line = append(k.line, c)
		return shown(mode, c)
	}
	flow := mode.Iflag&unix.IXON != 0
	switch {
	case flow && set(unix.VSTART):
		k.stopped = false
		return ""
	case flow && set(unix.VSTOP):
		k.stopped = true
		return ""
	case mode.Lflag&unix.ISIG != 0 && (set(unix.VINTR) || set(unix.VQUIT) || set(unix.VSUSP)):
		k.stopped = k.stopped && !flow
		if mode.Lflag&unix.NOFLSH == 0 {
			k.line = nil
		}
		return shown(mode, c)
	}
	k.stopped = k.stopped && !(flow && mode.Iflag&unix.IXANY != 0)
	ends := c == '\n' && canonical
	switch {
	case c == '\r' && mode.Iflag&unix.IGNCR != 0:
		return ""
	case c == '\r' && mode.Iflag&unix.ICRNL != 0:
		c, ends = '\n', true
	case c == '\n' && mode.Iflag&unix.INLCR != 0:
		c, ends = '\r', false
	}
	echoes := mode.Lflag&unix.ECHO != 0
	switch {
	case canonical && set(unix.VERASE), canonical && set(unix.VKILL), extended && set(unix.VWERASE):
		return k.erase(mode, c)
	case extended && set(unix.VLNEXT):
		k.literal = true
		if echoes && mode.Lflag&unix.ECHOCTL != 0 {
			return "^\b"
		}
		return ""
	case extended && echoes && set(unix.VREPRINT):
		again := shown(mode, c) + newline(mode)
		for _, c := range k.line {
			again += shown(mode, c)
		}
		return again
	case ends:
		k.line = nil
		if echoes {
			return newline(mode)
		}
		return ""
	case canonical && set(unix.VEOF):
		k.line = nil
		if echoes {
			return eofEcho
		}
		return ""
	case canonical && (set(unix.VEOL) || set(unix.VEOL2)):
		k.line = nil
		return shown(mode, c)
	}
	if canonical {
		k.line = append(k.line, c)
	}
	return shown(mode, c)
}

// erase deletes a character, a word or the line.
func (k *keyboard) erase(mode *unix.Termios, c byte) (echo string) {
	const all = unix.ECHOK | unix.ECHOKE | unix.ECHOE
	kill, word := mode.Cc[unix.VKILL] == c, mode.Cc[unix.VWERASE] == c
	if len(k.line) == 0 {
		return ""
	}
	if kill && mode.Lflag&all != all {
		k.line = nil
		echo = shown(mode, c)
		if mode.Lflag&unix.ECHO != 0 && mode.Lflag&unix.ECHOK != 0 {
			echo += newline(mode)
		}
		return echo
	}
	continues := func(b byte) bool { return mode.Iflag&iutf8 != 0 && !utf8.RuneStart(b) }
	for inWord := false; len(k.line) > 0; {
		n := len(k.line) - 1
		for n > 0 && continues(k.line[n]) {
			n--
		}
		last := k.line[n]
		if continues(last) {
			break
		}
		if word && !kill {
			if isWord(last) {
				inWord = true
			} else if inWord {
				break
			}
		}
		k.line = k.line[:n]
		controls := mode.Lflag&unix.ECHOCTL != 0
		switch {
		case mode.Lflag&unix.ECHO == 0:
		case !kill && !word && mode.Lflag&unix.ECHOE == 0:
			echo += shown(mode, c)
		case last == '\t':
			echo += tabErased
		case isControl(last) && controls:
			echo += "\b \b\b \b"
		case !isControl(last):
			echo += "\b \b"
		}
		if !kill && !word {
			break
		}
	}
	return echo
}

// isWord reports whether the kernel counts c as a letter or digit, in Latin-1
// (lib/ctype.c).
func isWord(c byte) bool {
	switch {
	case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_':
		return true
	}
	return c >= 0xc0 && c != 0xd7 && c != 0xf7
}

// shown is how a terminal echoes a character.
func shown(mode *unix.Termios, c byte) string {
	switch {
	case mode.Lflag&unix.ECHO == 0:
		return ""
	case mode.Lflag&unix.ECHOCTL != 0 && isControl(c) && c != '\t':
		return caret(string(rune(c)))
	case c == '\n':
		return newline(mode)
	}
	return string([]byte{c})
}

// newline is the echo of the end of a line.
func newline(mode *unix.Termios) string {
	if mode.Oflag&unix.OPOST == 0 || mode.Oflag&unix.ONLCR == 0 {
		return "\n"
	}
	return "\r\n"
}

// An echo is the part of the screen that the terminal writes for typed keys, before
// the program can read them.
type echo struct {
	text  []byte
	erase *regexp.Regexp // replaces text if a tab is erased
	shown []byte         // text to show in the transcript, if not yet shown
	done  chan struct{}  // closed when the echo was seen or given up; nil if nothing waits
	seen  bool
}

func newEcho(text string) *echo {
	e := &echo{text: []byte(text)}
	if strings.Contains(text, tabErased) {
		e.erase = regexp.MustCompile(strings.ReplaceAll(regexp.QuoteMeta(text), tabErased, "\b{1,8}"))
	}
	return e
}

// cut removes the echo from the terminal's output.
func (e *echo) cut(b []byte) (before, after []byte, found bool) {
	if e.erase == nil {
		return bytes.Cut(b, e.text)
	}
	if at := e.erase.FindIndex(b); at != nil {
		return b[:at[0]], b[at[1]:], true
	}
	return b, nil, false
}

// over ends the wait for the echo: it has come, or will not come.
func (e *echo) over() {
	if e.done != nil {
		close(e.done)
	}
}
