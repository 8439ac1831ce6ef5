package actor

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
	"unicode"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// A Program is an actor that runs on a terminal of its own: 80 columns, 24
// rows, cooked and echoing, as a person has it. Its process leads a session
// and a process group.
type Program struct {
	name    string
	command string
	cmd     *exec.Cmd
	master  *os.File // the end of the terminal where the person sits
	started time.Time

	window *window
	screen transcript

	mu       sync.Mutex
	end      End
	typed    *typed // what the terminal has yet to echo
	key      []byte // the echo of a key, which the transcript has already
	held     []byte // output in which an echo may have begun
	carriage bool   // the last byte was a carriage return
	midLine  bool   // what was typed last had no Enter

	reaped chan struct{} // closed when the process is no more
	silent chan struct{} // closed when the terminal has told everything
}

// typed is a text on its way through the terminal, which writes it to the
// screen before the program can read it.
type typed struct {
	echo []byte
	done chan struct{} // closed when the echo was seen, or given up
	seen bool
}

// pieceMax is how much is typed at once, in bytes. The terminal echoes a short
// piece in one go, with no output of the program in between, unless that fills
// the terminal faster than we read.
const pieceMax = 32

// heldMax bounds the output that is searched for an echo.
const heldMax = 64 << 10

// Start starts a program, whose Path, Args, Dir and Env are set in cmd. The
// process is a child of the calling thread, and is killed when that ends.
func Start(name string, cmd *exec.Cmd) (*Program, error) {
	return StartAs(name, cmd.Args, cmd)
}

// StartAs is Start for a program that another one runs: the transcript has the
// command line that a person would have typed.
func StartAs(name string, typed []string, cmd *exec.Cmd) (*Program, error) {
	master, tty, err := pty.Open()
	if err != nil {
		return nil, fmt.Errorf("open a terminal for %s: %w", name, err)
	}
	defer tty.Close()
	if err := pty.Setsize(master, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
		master.Close()
		return nil, fmt.Errorf("size the terminal of %s: %w", name, err)
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = sessionLeader()
	p := &Program{
		name: name, command: commandLine(typed), cmd: cmd, master: master,
		window: newWindow(),
		reaped: make(chan struct{}), silent: make(chan struct{}),
	}
	p.screen.add(noted, []byte("$ "+p.command+"\n"), false)
	p.started = time.Now()
	if err := cmd.Start(); err != nil {
		// Whoever has the terminal already keeps it from becoming ours (EPERM,
		// TIOCSCTTY in ioctl_tty(2)).
		if leader, has := sessionOn(master); has {
			err = fmt.Errorf("%w; its terminal %s is that of session %d", err, tty.Name(), leader)
		}
		master.Close()
		return nil, fmt.Errorf("start %s: %w", p.command, err)
	}
	go p.read()
	go p.wait()
	return p, nil
}

func (p *Program) Name() string { return p.name }

// Group is the number of the program's process group.
func (p *Program) Group() int { return p.cmd.Process.Pid }

func (p *Program) Role() string   { return p.command }
func (p *Program) Screen() string { return p.screen.screen() }

// read receives what the program prints until nobody has the terminal open
// any more, which Linux reports as EIO.
func (p *Program) read() {
	defer close(p.silent)
	buf := make([]byte, 32<<10)
	for {
		n, err := p.master.Read(buf)
		p.receive(buf[:n], err != nil)
		if err != nil {
			p.window.end()
			return
		}
	}
}

// receive sorts what came from the terminal into echo and print. An echo may
// come in two halves; what may be the first is held until the rest is there.
func (p *Program) receive(b []byte, last bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b = append(p.held, b...)
	p.held = nil
	if t := p.typed; t != nil {
		before, after, found := bytes.Cut(b, t.echo)
		if !found && !last && len(b) < heldMax {
			p.held = b
			return
		}
		p.typed = nil
		p.print(before)
		if t.seen = found; found {
			line := bytes.ReplaceAll(t.echo, []byte("\r\n"), []byte("\n"))
			p.screen.add(said, line, p.midLine)
			p.midLine = line[len(line)-1] != '\n'
		}
		close(t.done)
		b = after
	}
	if len(p.key) > 0 {
		before, after, found := bytes.Cut(b, p.key)
		if found {
			p.key = nil
			p.print(before)
			b = after
		} else if n := halfOf(p.key, b); n > 0 && !last {
			p.held = b[len(b)-n:]
			b = b[:len(b)-n]
		}
	}
	p.print(b)
	if last && p.carriage {
		p.show([]byte("\r"))
	}
}

// halfOf is how many bytes at the end of b may be the beginning of echo.
func halfOf(echo, b []byte) int {
	for n := min(len(echo)-1, len(b)); n > 0; n-- {
		if bytes.HasSuffix(b, echo[:n]) {
			return n
		}
	}
	return 0
}

// print shows what the program wrote, with line ends as the program wrote
// them: the terminal turned each newline into two characters.
func (p *Program) print(b []byte) {
	if len(b) == 0 {
		return
	}
	if p.carriage {
		b = append([]byte("\r"), b...)
	}
	if p.carriage = b[len(b)-1] == '\r'; p.carriage {
		b = b[:len(b)-1]
	}
	p.show(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")))
}

func (p *Program) show(b []byte) {
	if len(b) > 0 {
		p.screen.add(received, b, true)
		p.window.add(b)
	}
}

// wait reaps the process.
func (p *Program) wait() {
	p.cmd.Wait()
	how := strconv.Itoa(p.cmd.ProcessState.ExitCode())
	if s, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && s.Signaled() {
		if how = unix.SignalName(s.Signal()); how == "" {
			how = fmt.Sprintf("SIG%d", s.Signal()) // real-time signals have no name
		}
	}
	p.mu.Lock()
	p.end = End{how, time.Since(p.started)}
	p.mu.Unlock()
	close(p.reaped)
}

// Expect waits for text that the program printed; what was typed is no match.
func (p *Program) Expect(pattern *Pattern, deadline time.Time) (Match, error) {
	return p.window.match(pattern, deadline)
}

// Absent reports whether the pattern came within d.
func (p *Program) Absent(pattern *Pattern, d time.Duration) (Match, bool) {
	m, _, err := p.window.find(pattern, time.Now().Add(d))
	return m, err == nil
}

// lineMax is the longest line that a cooked terminal passes on, with its end
// (termios(3), canonical mode).
const lineMax = 4096

// Send types text and waits until the terminal has echoed it, if it echoes.
func (p *Program) Send(text string, enter bool, deadline time.Time) error {
	for _, r := range text {
		if unicode.IsControl(r) && r != '\t' {
			return fmt.Errorf("type %q: %q is a control character; use key, or dial for bytes", text, r)
		}
	}
	if len(text) >= lineMax {
		return fmt.Errorf("type %d bytes: a terminal cuts lines at %d; use dial", len(text), lineMax-1)
	}
	if text == "" && !enter {
		return errors.New("type nothing: no text and no Enter")
	}
	for rest := text; ; {
		piece := rest[:min(len(rest), pieceMax)]
		rest = rest[len(piece):]
		if err := p.typePiece(piece, enter && rest == "", deadline); err != nil {
			return fmt.Errorf("type %q: %w", text, err)
		}
		if rest == "" {
			return nil
		}
	}
}

// typePiece types a piece of a line, and Enter at its end.
func (p *Program) typePiece(piece string, enter bool, deadline time.Time) error {
	mode, err := p.mode()
	if err != nil {
		return p.blame(err)
	}
	keys, echo := piece, piece
	if enter {
		keys, echo = piece+"\r", piece+enterEcho(mode)
	}
	t := &typed{echo: []byte(echo), done: make(chan struct{})}
	if mode.Lflag&unix.ECHO != 0 {
		p.mu.Lock()
		p.typed, p.key = t, nil
		p.mu.Unlock()
	} else {
		t.seen = true
		close(t.done)
	}
	if err := p.write(keys, deadline); err != nil {
		return err
	}
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	select {
	case <-t.done:
	case <-p.silent:
	case <-timer.C:
		return fmt.Errorf("the terminal took it and did not echo it: it is full, for %s does not read", p.name)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.seen {
		return nil
	}
	return p.blame(fmt.Errorf("%s printed so much that the echo was lost", p.name))
}

// enterEcho is what the Enter key puts on the screen (termios(3)).
func enterEcho(mode *unix.Termios) string {
	switch {
	case mode.Iflag&unix.ICRNL == 0 && mode.Lflag&unix.ECHOCTL != 0:
		return "^M"
	case mode.Iflag&unix.ICRNL == 0:
		return "\r"
	case mode.Oflag&unix.OPOST == 0 || mode.Oflag&unix.ONLCR == 0:
		return "\n"
	}
	return "\r\n"
}

// Key presses a control key, as "^C". The terminal may make a signal of it.
func (p *Program) Key(name string, deadline time.Time) error {
	if len(name) != 2 || name[0] != '^' || name[1] < '?' || name[1] > '_' {
		return fmt.Errorf("key %q: want ^ and a capital letter, as ^C", name)
	}
	mode, err := p.mode()
	if err != nil {
		return fmt.Errorf("key %s: %w", name, p.blame(err))
	}
	select {
	case <-p.silent:
		return fmt.Errorf("key %s: %s has ended", name, p.name)
	default:
	}
	c := name[1] ^ 0x40
	p.mu.Lock()
	p.screen.add(said, []byte(name+"\n"), false)
	p.midLine = false
	switch c {
	case mode.Cc[unix.VEOF]:
		p.key = []byte(eofEcho)
	case mode.Cc[unix.VERASE], mode.Cc[unix.VKILL], mode.Cc[unix.VWERASE], mode.Cc[unix.VREPRINT]:
		// These edit the line; they have no echo of their own.
	default:
		if mode.Lflag&unix.ECHO != 0 {
			p.key = []byte(name)
		}
	}
	p.mu.Unlock()
	if err := p.write(string(rune(c)), deadline); err != nil {
		return fmt.Errorf("key %s: %w", name, err)
	}
	return nil
}

// CloseWrite presses ^D: on an empty line, the end of input for a program.
func (p *Program) CloseWrite(deadline time.Time) error { return p.Key("^D", deadline) }

func (p *Program) write(keys string, deadline time.Time) error {
	p.master.SetWriteDeadline(deadline)
	_, err := p.master.WriteString(keys)
	return p.blame(err)
}

// blame makes an error of the terminal into what it means here.
func (p *Program) blame(err error) error {
	if err == nil {
		return nil
	}
	select {
	case <-p.silent:
		return fmt.Errorf("%s has ended", p.name)
	default:
		return err
	}
}

// mode is the terminal's state, which the program may have changed.
func (p *Program) mode() (mode *unix.Termios, err error) {
	raw, err := p.master.SyscallConn()
	if err != nil {
		return nil, err
	}
	if err2 := raw.Control(func(fd uintptr) {
		mode, err = unix.IoctlGetTermios(int(fd), getTermios)
	}); err2 != nil {
		return nil, err2
	}
	return mode, err
}

// Rawly reports whether the program has told its terminal to make no signals
// of keys (termios(3), ISIG).
func (p *Program) Rawly() bool {
	mode, err := p.mode()
	return err == nil && mode.Lflag&unix.ISIG == 0
}

// Signal sends a signal to the program's whole process group.
func (p *Program) Signal(s syscall.Signal) error {
	if p.End().How != "" && len(group(p.cmd.Process.Pid)) == 0 {
		// The number may be somebody else's by now.
		return fmt.Errorf("signal %s: %s has ended", unix.SignalName(s), p.name)
	}
	if err := syscall.Kill(-p.cmd.Process.Pid, s); err != nil {
		return fmt.Errorf("signal %s: %w", unix.SignalName(s), p.blame(err))
	}
	return nil
}

// Ended waits until the program was reaped and its terminal is silent. Whoever
// still holds the terminal then was left behind.
func (p *Program) Ended(deadline time.Time) (End, error) {
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	select {
	case <-p.reaped:
	case <-timer.C:
		return End{}, fmt.Errorf("%s is still running", p.name)
	}
	timer.Reset(grace)
	select {
	case <-p.silent:
	case <-timer.C:
		return p.end, fmt.Errorf("%s %v, but left a process behind that holds its terminal: %v",
			p.name, p.end, group(p.cmd.Process.Pid))
	}
	return p.end, nil
}

// Unmatched is what the program has said and no expectation has matched.
func (p *Program) Unmatched() []byte { return p.window.unmatched() }

// Heard is how many bytes the program has printed.
func (p *Program) Heard() int { return p.window.heard() }

// Forgotten is how many bytes of the program no expectation can match any more.
func (p *Program) Forgotten() int { return p.window.forgotten() }

// Waiting reports whether the program waits for something, all of it.
func (p *Program) Waiting() bool { return waiting(p.cmd.Process.Pid) }

// Spent is how long the processors have worked for the program.
func (p *Program) Spent() time.Duration { return spent(p.cmd.Process.Pid) }

// Rest waits until the program waits for something, or has ended: who is about
// to end does so meanwhile.
func (p *Program) Rest(deadline time.Time) {
	for rests := 0; rests < 2 && time.Now().Before(deadline); {
		if waiting(p.cmd.Process.Pid) {
			rests++
		} else {
			rests = 0
		}
		// Leave the processor to the one who would end.
		if _, err := p.Ended(time.Now().Add(time.Millisecond)); err == nil {
			return
		}
	}
}

// End is how the program ended, or the zero End while it runs.
func (p *Program) End() End {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.end
}

// Started is when the program was started.
func (p *Program) Started() time.Time { return p.started }

// State says whether the program runs.
func (p *Program) State() string {
	if end := p.End(); end.How != "" {
		return end.String()
	}
	return fmt.Sprintf("running for %s", round(time.Since(p.started)))
}

// grace is how long a program may take to end after SIGTERM, and what it left
// behind to end by itself.
const grace = time.Second

// Stop terminates, then kills, then reaps the program and its process group.
// The error names processes of the group that outlived the program itself.
func (p *Program) Stop() error {
	defer p.master.Close()
	timer := time.NewTimer(grace)
	defer timer.Stop()
	if p.End().How == "" {
		p.Signal(syscall.SIGTERM)
		p.Signal(syscall.SIGCONT)
	}
	select {
	case <-p.reaped:
	case <-timer.C:
		p.Signal(syscall.SIGKILL)
		<-p.reaped
	}
	left := group(p.cmd.Process.Pid)
	if len(left) == 0 {
		return nil
	}
	if left = Outlive(left, grace); len(left) > 0 {
		return fmt.Errorf("%s left processes behind, now killed: %v", p.name, left)
	}
	return nil
}

// commandLine writes arguments as a person would type them.
func commandLine(args []string) string {
	quoted := make([]string, len(args))
	for i, arg := range args {
		quoted[i] = arg
		if arg == "" || strings.ContainsAny(arg, " \t\n'\"\\$&|;<>()*?[]#`") {
			quoted[i] = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}
