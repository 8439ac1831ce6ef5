package socksh

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// prompt is for those who can edit. Elsewhere lines stand for themselves.
const prompt = "> "

// lineSize bounds a line, in bytes.
const lineSize = 64 << 10

var errTooLong = fmt.Errorf("the line is longer than %d bytes; nothing of it was done", lineSize)

// lines is where the commands come from: a person at a terminal who can edit
// them, a person at one that can't (TERM=dumb), or a file or pipe.
type lines struct {
	person bool
	in     *os.File
	out    io.Writer
	plain  *bufio.Reader
	editor *term.Terminal
	keys   *keys
}

func newLines(sh *shell, in, out *os.File) *lines {
	l := &lines{in: in, out: out, person: term.IsTerminal(int(in.Fd()))}
	if l.person && os.Getenv("TERM") != "dumb" && os.Getenv("TERM") != "" && term.IsTerminal(int(out.Fd())) {
		l.keys = &keys{in: in}
		l.editor = term.NewTerminal(struct {
			io.Reader
			io.Writer
		}{l.keys, out}, prompt)
		l.editor.AutoCompleteCallback = sh.complete
		return l
	}
	l.plain = bufio.NewReaderSize(in, lineSize)
	return l
}

// next is the next line, without its end, or io.EOF.
func (l *lines) next() (string, error) {
	if l.editor != nil {
		return l.edited()
	}
	line, err := l.plain.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = l.plain.ReadSlice('\n')
		}
		return "", errTooLong
	}
	if err == io.EOF && len(line) > 0 {
		err = nil // a last line without its end
	}
	return string(bytes.TrimRight(line, "\r\n")), err
}

// interrupted begins a new line after ^C at the prompt. The kernel has thrown
// away what was typed of the old one.
func (l *lines) interrupted() {
	if l.person {
		fmt.Fprintln(l.out)
		return
	}
	os.Exit(130)
}

// edited is a line from a terminal in raw mode. While calls run it is as it
// was, so that ^C is a signal.
func (l *lines) edited() (string, error) {
	fd := int(l.in.Fd())
	was, err := term.MakeRaw(fd)
	if err != nil {
		return "", err
	}
	defer term.Restore(fd, was)
	if width, height, err := term.GetSize(fd); err == nil && width > 0 {
		l.editor.SetSize(width, height)
	}
	line, err := l.editor.ReadLine()
	if errors.Is(err, term.ErrPasteIndicator) {
		err = nil
	}
	if err == io.EOF {
		fmt.Fprint(l.out, "\r\n")
	}
	return line, err
}

// keys is the keyboard. The editor takes ^C for the end of everything; a
// person means: forget this line.
type keys struct{ in *os.File }

func (k *keys) Read(p []byte) (int, error) {
	const end, kill, enter = 0x05, 0x15, '\r'
	b := make([]byte, max(1, len(p)/3))
	n, err := k.in.Read(b)
	b = bytes.ReplaceAll(b[:n], []byte{0x03}, []byte{end, kill, enter})
	return copy(p, b), err
}
