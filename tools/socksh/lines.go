//go:build unix

package socksh

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"unicode/utf8"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// prompt is shown where lines can be edited, and nowhere else.
const prompt = "> "

const (
	lineSize     = 64 << 10 // bounds a line of a file, in bytes
	typedSize    = 4095     // what a terminal's line holds (termios(3), canonical mode)
	editedLength = 4096     // what the editor's line holds, in characters
)

// A tooLong is a line whose end is lost. None of it is executed.
type tooLong struct {
	most int
	of   string
}

func (e *tooLong) Error() string {
	return fmt.Sprintf("the line is longer than the %d %s that are read; nothing of it was done", e.most, e.of)
}

// lines is where the commands come from: a person at a terminal who can edit
// them, a person at one that can't (TERM=dumb), or a file or pipe.
type lines struct {
	person bool
	begun  bool // a line was read
	in     *os.File
	out    io.Writer
	plain  *bufio.Reader
	editor *term.Terminal // set and redrawn under mu
	mu     sync.Mutex
	keys   *keys
	sh     *shell
}

func newLines(sh *shell, in, out *os.File) *lines {
	l := &lines{sh: sh, in: in, out: out, person: term.IsTerminal(int(in.Fd()))}
	if l.person && os.Getenv("TERM") != "dumb" && os.Getenv("TERM") != "" && term.IsTerminal(int(out.Fd())) {
		l.keys = &keys{in: in}
		l.newEditor()
		l.redraw()
		restoreAtEnd(int(in.Fd()))
		return l
	}
	l.plain = bufio.NewReaderSize(in, lineSize)
	return l
}

// newEditor begins with an empty line, and with the history of the old one.
func (l *lines) newEditor() {
	l.mu.Lock()
	defer l.mu.Unlock()
	old := l.editor
	l.editor = term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{l.keys, l.out}, prompt)
	l.editor.AutoCompleteCallback = l.sh.complete
	if old != nil {
		l.editor.History = old.History
	}
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
		return "", &tooLong{lineSize, "bytes"}
	}
	if err == io.EOF && len(line) > 0 {
		err = nil // a last line without its end
	}
	line = bytes.TrimRight(line, "\r\n")
	if !l.begun {
		line = bytes.TrimPrefix(line, []byte("\ufeff")) // as editors on Windows begin a file
	}
	l.begun = true
	if l.person && len(line) >= typedSize {
		return "", &tooLong{typedSize - 1, "bytes"}
	}
	return string(line), err
}

// interrupted begins a new line after ^C at the prompt. The kernel has thrown the
// old line away.
func (l *lines) interrupted() {
	switch {
	case !l.person:
		os.Exit(130)
	case l.plain != nil: // else the prompt is about to come, or has come
		fmt.Fprintln(l.out)
	}
}

// edited reads a line from a terminal in raw mode. While calls run, the terminal
// is in its usual mode, so that ^C is a signal.
func (l *lines) edited() (string, error) {
	fd := int(l.in.Fd())
	was, err := term.MakeRaw(fd)
	if err != nil {
		return "", err
	}
	defer term.Restore(fd, was)
	for {
		if width, height, err := term.GetSize(fd); err == nil && width > 0 {
			l.editor.SetSize(width, height)
		}
		line, err := l.editor.ReadLine()
		switch {
		case errors.Is(err, errForget):
			fmt.Fprint(l.out, "^C\r\n")
			l.newEditor()
			continue
		case errors.Is(err, term.ErrPasteIndicator):
			err = nil
		case err == io.EOF:
			fmt.Fprint(l.out, "\r\n")
		}
		if err == nil && utf8.RuneCountInString(line) >= editedLength {
			err = &tooLong{editedLength - 1, "characters"}
		}
		return line, err
	}
}

// redraw draws the line anew, if one is being edited, whenever the terminal's size has
// changed, or another program says so because it has written there.
func (l *lines) redraw() {
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGWINCH)
	go func() {
		for range told {
			l.mu.Lock()
			editor := l.editor
			l.mu.Unlock()
			if width, height, err := term.GetSize(int(l.in.Fd())); err == nil && width > 0 {
				editor.SetSize(width, height)
			}
			editor.Write(nil)
		}
	}()
}

// restoreAtEnd leaves the terminal as it was when a signal ends the shell.
func restoreAtEnd(fd int) {
	was, err := term.GetState(fd)
	if err != nil {
		return
	}
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		sig := <-caught
		term.Restore(fd, was)
		signal.Reset(sig)
		unix.Kill(os.Getpid(), sig.(syscall.Signal))
	}()
}

// errForget says that the person has given up the line.
var errForget = errors.New("forget this line")

// keys is the keyboard, made safe for the editor. The editor takes ^C for the end
// of everything, waits for another key after bytes that are no UTF-8, and never
// comes back from an escape sequence longer than its buffer.
type keys struct {
	in   *os.File
	read []byte // and not passed on yet
}

func (k *keys) Read(p []byte) (int, error) {
	const interrupt = 0x03
	if len(p) < utf8.UTFMax {
		return 0, errForget
	}
	n := 0
	for n <= len(p)-utf8.UTFMax {
		if !utf8.FullRune(k.read) {
			if n > 0 {
				break
			}
			if err := k.more(); err != nil {
				return 0, err
			}
			continue
		}
		if k.read[0] == interrupt && n > 0 {
			break
		}
		r, size := utf8.DecodeRune(k.read)
		k.read = k.read[size:]
		switch r {
		case interrupt:
			return 0, errForget
		case utf8.RuneError:
			r = '?'
		}
		n += utf8.EncodeRune(p[n:], r)
	}
	return n, nil
}

// more waits for keys.
func (k *keys) more() error {
	var b [256]byte
	n, err := k.in.Read(b[:])
	k.read = append(k.read, b[:n]...)
	return err
}
