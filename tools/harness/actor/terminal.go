//go:build unix

package actor

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"golang.org/x/sys/unix"

	"socklab/tools/harness/pty"
	"socklab/tools/harness/recording"
)

// A terminal is what a program runs on: 80 columns, 24 rows, cooked and echoing, as
// for a person. It separates the program's output from the echo of what the script
// types.
type terminal struct {
	name       string   // of the actor
	master     *os.File // the side of the person
	tty        string   // the name of the program's side
	transcript transcript
	buffer     *buffer
	silent     chan struct{} // closed when all output is in the buffer
	gone       func() bool   // the program has ended

	mu       sync.Mutex
	keyboard keyboard
	echoes   []*echo // echoes still to come
	own      []byte  // text that the program itself may echo
	recent   []byte  // the end of what was typed
	unechoed bool    // some of recent was typed with the echo off
	handed   bool    // ^D passed half a line to the program, and did not end the input
	held     []byte  // output that may contain the beginning of an echo
	carriage bool    // the last byte was a carriage return
	midLine  bool    // the text typed last had no Enter
	heardAt  int     // how much had been heard when something was typed last
}

// openTerminal returns a terminal, and the side for the program.
func openTerminal(rec *recording.Recording, name string) (t *terminal, tty *os.File, err error) {
	master, tty, err := pty.Open()
	if err != nil {
		return nil, nil, fmt.Errorf("open a terminal for %s: %w", name, err)
	}
	err = pty.Resize(master, 24, 80)
	if err != nil {
		err = fmt.Errorf("size the terminal of %s: %w", name, err)
	} else if err = inUTF8(master); err != nil {
		err = fmt.Errorf("set the terminal of %s to UTF-8: %w", name, err)
	}
	if err != nil {
		master.Close()
		tty.Close()
		return nil, nil, err
	}
	return newTerminal(rec, name, master, tty.Name()), tty, nil
}

func newTerminal(rec *recording.Recording, name string, master *os.File, tty string) *terminal {
	return &terminal{
		name: name, master: master, tty: tty,
		transcript: newTranscript(rec, name), buffer: newBuffer(),
		silent: make(chan struct{}), gone: func() bool { return false },
	}
}

// pieceMax is the most to type at once, in bytes. The terminal echoes a short piece
// in one go, without program output inside. The exception: the program fills the
// terminal faster than we read.
const pieceMax = 32

// heldMax bounds the output held while an echo is awaited, in bytes.
const heldMax = 64 << 10

// read receives output until no process has the terminal open any more, which Linux
// reports as EIO.
func (t *terminal) read() {
	defer close(t.silent)
	buf := make([]byte, 32<<10)
	for {
		n, err := t.master.Read(buf)
		t.receive(buf[:n], err != nil)
		if err != nil {
			t.buffer.end()
			return
		}
	}
}

// receive separates echo from output. An echo may come in two halves; output that
// may be the first half is held until the rest is there.
func (t *terminal) receive(b []byte, last bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	b = append(t.held, b...)
	t.held = nil
	for len(t.echoes) > 0 {
		before, after, found := t.nextEcho(b)
		if !found {
			break
		}
		t.print(before)
		t.echoed()
		b = after
	}
	awaited := slices.ContainsFunc(t.echoes, func(e *echo) bool { return e.done != nil })
	if awaited && (last || len(b) >= heldMax) {
		t.drop(len(t.echoes))
	} else if awaited {
		t.held = b
		return
	}
	if t.own != nil {
		if b = t.ownEcho(b, last); t.held != nil {
			return
		}
	}
	half := 0
	for _, e := range t.echoes {
		half = max(half, echoPrefixLen(e.text, b))
	}
	if half > 0 && !last {
		t.held = b[len(b)-half:]
		b = b[:len(b)-half]
	}
	t.print(b)
	if last && t.carriage {
		t.show([]byte("\r"))
	}
}

// nextEcho cuts b at the first pending echo that it contains. Pending echoes before
// that one are lost: a signal flushes the terminal (termios(3), NOFLSH).
func (t *terminal) nextEcho(b []byte) (before, after []byte, found bool) {
	for i, e := range t.echoes {
		if before, after, found = e.cut(b); found {
			t.drop(i)
			return before, after, true
		}
	}
	return b, nil, false
}

// drop gives up the first n echoes.
func (t *terminal) drop(n int) {
	for _, e := range t.echoes[:n] {
		e.over()
	}
	t.echoes = t.echoes[n:]
}

// echoed notes that the next pending echo was seen.
func (t *terminal) echoed() {
	e := t.echoes[0]
	t.echoes = t.echoes[1:]
	t.typedText(e.shown)
	e.seen = true
	e.over()
}

// typedText adds typed text to the transcript.
func (t *terminal) typedText(text []byte) {
	if len(text) > 0 {
		t.transcript.add(typed, text, t.midLine)
		t.midLine = text[len(text)-1] != '\n'
	}
}

// ownEcho removes from the beginning of b an echo by the program itself. A program
// that reads single characters and edits its lines, such as a shell, echoes them
// itself (readline(3)). A program that repeats a whole line at once is treated the
// same.
func (t *terminal) ownEcho(b []byte, last bool) (after []byte) {
	rest, begun := bytes.CutPrefix(b, t.own)
	returns := 0 // the program's own, and the terminal's
	for returns < min(2, len(rest)) && rest[returns] == '\r' {
		returns++
	}
	if !last && (bytes.HasPrefix(t.own, b) || begun && returns == len(rest)) {
		t.held = b
		return nil
	}
	if begun && returns < len(rest) && rest[returns] == '\n' {
		t.typedText(append(t.own, '\n'))
		t.recent = t.recent[:max(0, len(t.recent)-len(t.own)-1)] // 1 for Enter
		b = rest[returns+1:]
	}
	t.own = nil
	return b
}

// release prints text that was held as an unfinished echo by the program, and
// reports whether there was any.
func (t *terminal) release() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.own == nil || len(t.held) == 0 {
		return false
	}
	b := t.held
	t.own, t.held = nil, nil
	t.print(b)
	return true
}

// echoPrefixLen is how many bytes at the end of b may be the beginning of echo.
func echoPrefixLen(echo, b []byte) int {
	for n := min(len(echo)-1, len(b)); n > 0; n-- {
		if bytes.HasSuffix(b, echo[:n]) {
			return n
		}
	}
	return 0
}

// print adds the program's output. Line ends are as the program wrote them: the
// terminal has turned each newline into two characters.
func (t *terminal) print(b []byte) {
	if len(b) == 0 {
		return
	}
	if t.carriage {
		b = append([]byte("\r"), b...)
	}
	if t.carriage = b[len(b)-1] == '\r'; t.carriage {
		b = b[:len(b)-1]
	}
	t.show(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")))
}

func (t *terminal) show(b []byte) {
	if len(b) > 0 {
		t.transcript.add(printed, b, true)
		t.buffer.add(b)
	}
}

// Expect waits for text that the program printed; typed text does not match.
func (t *terminal) Expect(pattern *Pattern, deadline time.Time) (Match, error) {
	m, err := t.buffer.match(pattern, deadline)
	if err != nil && t.release() {
		return t.buffer.match(pattern, time.Now())
	}
	return m, err
}

// Absent reports whether the pattern came within d.
func (t *terminal) Absent(pattern *Pattern, d time.Duration) (Match, bool) {
	m, came := t.buffer.absent(pattern, d)
	if !came && t.release() {
		return t.buffer.absent(pattern, 0)
	}
	return m, came
}

// Screen is the text that a person at the terminal has seen.
func (t *terminal) Screen() string { return t.transcript.screen() }

// MayBeTyped reports whether the text may be an echo by the program itself: it was
// typed, and the terminal's echo is or was off.
func (t *terminal) MayBeTyped(text string) bool {
	text = strings.TrimRight(text, "\r\n")
	mode, err := t.mode()
	t.mu.Lock()
	defer t.mu.Unlock()
	off := t.unechoed || err == nil && mode.Lflag&unix.ECHO == 0
	return off && text != "" && bytes.Contains(t.recent, []byte(text))
}

// Silence says why the terminal holds back the program's output; "" if it doesn't.
func (t *terminal) Silence() string {
	mode, err := t.mode()
	gone := t.gone()
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case gone:
		return ""
	case t.keyboard.stopped && (err != nil || mode.Iflag&unix.IXON != 0):
		return StoppedTerminal
	case t.handed && (err != nil || mode.Lflag&unix.ICANON != 0):
		return HandedOver
	}
	return ""
}

// StoppedTerminal explains the effect of ^S.
const StoppedTerminal = "its terminal is stopped, for the script has pressed ^S: nothing comes out of it before ^Q (termios(3), IXON)"

// HandedOver explains the effect of ^D within a line.
const HandedOver = "^D came after half a line, so it handed that to the program and ended nothing: only ^D on an empty line is the end of input, as a second one now would be (termios(3), VEOF)"

// lineMax is the longest line that a cooked terminal passes on, in bytes, with its
// newline (termios(3), canonical mode).
const lineMax = 4096

// Send types text and waits until the terminal has echoed it, if it echoes.
func (t *terminal) Send(text string, enter bool, deadline time.Time) error {
	for _, r := range text {
		if unicode.IsControl(r) && r != '\t' {
			return fmt.Errorf("type %q: %q is a control character; use key or send -keys, or dial for bytes", text, r)
		}
	}
	if text == "" && !enter {
		return errors.New("type nothing: no text and no Enter")
	}
	t.release()
	if t.Silence() == StoppedTerminal {
		return fmt.Errorf("type %q: %s", text, StoppedTerminal)
	}
	mode, err := t.mode()
	if err != nil {
		return fmt.Errorf("type %q: %w", text, t.blame(err))
	}
	t.mu.Lock()
	length := len(t.keyboard.line) + len(text)
	t.handed, t.own = false, nil
	if mode.Lflag&(unix.ICANON|unix.ECHO) == 0 && text != "" && enter {
		t.own = []byte(text)
	}
	t.mu.Unlock()
	if length >= lineMax {
		return fmt.Errorf("type %d bytes of a line: a terminal cuts lines at %d; use dial", length, lineMax-1)
	}
	for rest := text; ; {
		piece := rest[:min(len(rest), pieceMax)]
		rest = rest[len(piece):]
		if rest == "" && enter {
			piece += "\r"
		}
		if err := t.typePiece(piece, deadline); err != nil {
			return fmt.Errorf("type %q: %w", text, err)
		}
		if rest == "" {
			return nil
		}
	}
}

// typePiece types a piece of a line, and Enter if it is in keys.
func (t *terminal) typePiece(keys string, deadline time.Time) error {
	mode, err := t.mode()
	if err != nil {
		return t.blame(err)
	}
	t.mu.Lock()
	e := t.press(mode, keys)
	e.done = make(chan struct{})
	e.shown = bytes.ReplaceAll(e.text, []byte("\r\n"), []byte("\n"))
	if len(e.text) > 0 {
		t.echoes = append(t.echoes, e)
	} else {
		e.seen = true
		e.over()
	}
	t.mu.Unlock()
	if err := t.write(keys, deadline); err != nil {
		return err
	}
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	select {
	case <-e.done:
	case <-t.silent:
	case <-timer.C:
		return fmt.Errorf("the terminal took it and did not echo it: it is full, because %s does not read", t.name)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if e.seen {
		return nil
	}
	return t.blame(fmt.Errorf("%s printed so much that the echo was lost", t.name))
}

// press predicts the echo of keys.
func (t *terminal) press(mode *unix.Termios, keys string) *echo {
	var text []byte
	for i := range len(keys) {
		text = append(text, t.keyboard.press(mode, keys[i])...)
	}
	t.recent = append(t.recent, keys...)
	t.recent = t.recent[max(0, len(t.recent)-lineMax):]
	t.unechoed = t.unechoed || mode.Lflag&unix.ECHO == 0
	return newEcho(string(text))
}

// Key presses a key, such as "^C" or "UP". The terminal may turn it into a signal.
func (t *terminal) Key(name string, deadline time.Time) error {
	keys, err := keyBytes(name)
	if err != nil {
		return err
	}
	if err := t.pressKeys(keys, name, deadline); err != nil {
		return fmt.Errorf("key %s: %w", name, err)
	}
	return nil
}

// Keys presses the keys that send these bytes.
func (t *terminal) Keys(keys string, deadline time.Time) error {
	switch {
	case keys == "":
		return errors.New("type nothing: no keys")
	case len(keys) >= lineMax:
		return fmt.Errorf("type %d keys at once: a terminal takes %d; use dial", len(keys), lineMax-1)
	}
	if err := t.pressKeys(keys, caret(keys), deadline); err != nil {
		return fmt.Errorf("type %q: %w", keys, err)
	}
	return nil
}

func (t *terminal) pressKeys(keys, name string, deadline time.Time) error {
	mode, err := t.mode()
	if err != nil {
		return t.blame(err)
	}
	select {
	case <-t.silent:
		return fmt.Errorf("%s %w", t.name, ErrEnded)
	default:
	}
	t.release()
	t.mu.Lock()
	t.own = nil
	t.transcript.add(pressed, []byte(name), t.midLine)
	t.midLine = false
	t.handed = mode.Lflag&unix.ICANON != 0 && len(t.keyboard.line) > 0 && keys == string(rune(mode.Cc[unix.VEOF]))
	if e := t.press(mode, keys); len(e.text) > 0 {
		t.echoes = append(t.echoes, e)
	}
	t.mu.Unlock()
	err = t.write(keys, deadline)
	if err != nil {
		t.transcript.undo(pressed, len(name)+1)
	}
	return err
}

// CloseWrite presses ^D: on an empty line, the end of input for a program.
func (t *terminal) CloseWrite(deadline time.Time) error { return t.Key("^D", deadline) }

func (t *terminal) write(keys string, deadline time.Time) error {
	t.master.SetWriteDeadline(deadline)
	t.mu.Lock()
	t.heardAt = t.Heard()
	t.mu.Unlock()
	_, err := t.master.WriteString(keys)
	return t.blame(err)
}

// answered reports whether the program has printed something since something was
// typed last, and all that it has printed, and all echoes, were read.
func (t *terminal) answered() bool {
	unread := false
	control(t.master, func(fd int) error {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
		unread = n != 0 || err != nil
		return nil
	})
	t.mu.Lock()
	defer t.mu.Unlock()
	return !unread && len(t.echoes) == 0 && t.Heard() > t.heardAt
}

// ErrEnded means that a program has ended, so nothing can be typed.
var ErrEnded = errors.New("has ended")

// blame replaces an error of the terminal by what it means for the program.
func (t *terminal) blame(err error) error {
	if err == nil {
		return nil
	}
	select {
	case <-t.silent:
		return fmt.Errorf("%s %w", t.name, ErrEnded)
	default:
		return err
	}
}

// mode is the terminal's settings, which the program may have changed.
func (t *terminal) mode() (mode *unix.Termios, err error) {
	err = control(t.master, func(fd int) error {
		mode, err = unix.IoctlGetTermios(fd, getTermios)
		return err
	})
	return mode, err
}

// inUTF8 makes a terminal erase characters instead of bytes, as people's terminals
// do (termios(3), IUTF8).
func inUTF8(master *os.File) error {
	return control(master, func(fd int) error {
		mode, err := unix.IoctlGetTermios(fd, getTermios)
		if err != nil {
			return err
		}
		mode.Iflag |= iutf8
		return unix.IoctlSetTermios(fd, setTermios, mode)
	})
}

func control(f *os.File, do func(fd int) error) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	if err2 := raw.Control(func(fd uintptr) { err = do(int(fd)) }); err2 != nil {
		return err2
	}
	return err
}

// IsRaw reports whether the program has switched off signals from keys (termios(3),
// ISIG).
func (t *terminal) IsRaw() bool {
	mode, err := t.mode()
	return err == nil && mode.Lflag&unix.ISIG == 0
}

// Unseen reports whether the program takes lines and its terminal doesn't show them, as
// for a password. (A program that reads single characters may show them itself.)
func (t *terminal) Unseen() bool {
	mode, err := t.mode()
	return err == nil && mode.Lflag&unix.ECHO == 0 && mode.Lflag&unix.ICANON != 0
}

// Unmatched is the output that no expectation has matched.
func (t *terminal) Unmatched() []byte { return t.buffer.unmatched() }

// Heard is the number of bytes that the program has printed.
func (t *terminal) Heard() int { return t.buffer.heard() }

// Forgotten is the number of printed bytes that no expectation can match any more.
func (t *terminal) Forgotten() int { return t.buffer.forgotten() }
