//go:build unix

// Package socksh is the socket shell: every function of the socket API is a
// command, asked of the kernel as it stands, and what it prints is what the
// kernel answered.
//
//	socksh [-keep-going]
//
// Read lessons/1.3-flow.md first.
package socksh

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// A shell is one session.
type shell struct {
	out    io.Writer
	edited bool                // lines are edited: somebody is there who wants to be told
	names  map[string]int      // what the person calls a descriptor
	open   map[int]*descriptor // the sockets that the session made
	steps  []step              // what the session did, for go and python
	size   int                 // of steps, in bytes, about

	waiting atomic.Pointer[wait] // the current call, if any
}

// A step is a call that the kernel was asked.
type step struct {
	line     string
	function *function
	args     args
	names    []string // for the descriptors that it made
	new      []int    // those descriptors
	err      error    // why it failed
	errno    unix.Errno
}

// sessionMax bounds what the shell remembers for go and python, in bytes.
const sessionMax = 4 << 20

func newShell(out io.Writer) *shell {
	return &shell{out: out, names: map[string]int{}, open: map[int]*descriptor{}}
}

// errLeave is the end that exit and quit ask for.
var errLeave = errors.New("leave")

// run executes a line. Its error is the person's mistake, or the answer of a call
// that failed, which has been printed.
func (sh *shell) run(line string) error {
	words, err := split(line)
	if err != nil {
		return err
	}
	if len(words) == 0 {
		return nil
	}
	names, words, err := assignment(words)
	if err != nil {
		return err
	}
	if command, ok := commands[words[0].text]; ok && len(names) == 0 {
		return command(sh, words[1:])
	}
	f, ok := find(words[0].text)
	if !ok {
		return fmt.Errorf("%s: no such function; help lists them", clip(words[0].text))
	}
	a, err := f.read(sh, words[1:])
	if err != nil {
		return fmt.Errorf("%s: %w", f.name, err)
	}
	if len(names) > 0 && len(names) != f.makes() {
		return fmt.Errorf("%s: %d names for %d new descriptors", f.name, len(names), f.makes())
	}
	if err := sh.ours(f, a); err != nil {
		return fmt.Errorf("%s: %w", f.name, err)
	}
	var ans answer
	sh.wait(func() { ans = f.call(sh, a) })
	fmt.Fprintf(sh.out, "= %s\n", ans.text)
	sh.remember(step{line, f, a, names, ans.new, ans.err, ans.errno})
	if ans.err != nil {
		return &callError{ans.err}
	}
	for i, fd := range ans.new {
		if i < len(names) {
			sh.names[names[i]] = fd
		}
	}
	return nil
}

// remember keeps a step, unless the session has become too long for a program.
func (sh *shell) remember(s step) {
	if sh.size += len(s.line) + 200; sh.size <= sessionMax {
		sh.steps = append(sh.steps, s)
	}
}

// A callError is the answer of a call that failed.
type callError struct{ err error }

func (e *callError) Error() string { return reason(e.err) }

// ours refuses to close or to change what the shell itself needs: its terminal,
// and the descriptors of Go's runtime.
func (sh *shell) ours(f *function, a args) error {
	var fds []int
	for i, p := range f.params {
		switch p.kind.name {
		case "FD":
			fds = append(fds, a.int(i))
		case "FDS":
			fds = append(fds, a[i].([]int)...)
		}
	}
	for _, fd := range fds {
		d, made := sh.open[fd]
		if made {
			if f.name == "readline" && d.file == nil {
				return fmt.Errorf("there is no file over %d: makefile %d comes first", fd, fd)
			}
			continue
		}
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil {
			continue // let the kernel say that it is closed
		}
		if fd > 2 {
			return fmt.Errorf("%d is open, but not by this session: it belongs to the shell itself", fd)
		}
		// A terminal lets the kernel say that it is no socket.
		_, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
		if err == nil || f.name == "close" || f.name == "send_fds" || f.name == "settimeout" || f.name == "setblocking" {
			return fmt.Errorf("%d is the shell's own terminal or pipe: it stays as it is", fd)
		}
	}
	return nil
}

// known returns every name and number of an open descriptor.
func (sh *shell) known() []string {
	var known []string
	for _, name := range slices.Sorted(maps.Keys(sh.names)) {
		if _, ok := sh.open[sh.names[name]]; ok {
			known = append(known, name)
		}
	}
	for _, fd := range slices.Sorted(maps.Keys(sh.open)) {
		known = append(known, fmt.Sprint(fd))
	}
	return known
}

// commands are what the shell does itself.
var commands map[string]func(*shell, []word) error

func init() {
	leave := func(*shell, []word) error { return errLeave }
	commands = map[string]func(*shell, []word) error{
		"help": (*shell).help, "go": (*shell).golang, "python": (*shell).python,
		"exit": leave, "quit": leave,
	}
}

// save writes text to the file that words name, or to the screen.
func (sh *shell) save(words []word, text string) error {
	switch len(words) {
	case 0:
		io.WriteString(sh.out, text)
		return nil
	case 1:
		name := words[0].text
		if words[0].quoted {
			name = string(words[0].data.bytes())
		}
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if errors.Is(err, os.ErrExist) {
			return fmt.Errorf("%s: a file of that name is there already", clip(name))
		}
		if err != nil {
			return err
		}
		if _, err := io.WriteString(f, text); err != nil {
			f.Close()
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
		if sh.edited {
			fmt.Fprintf(sh.out, "%s is written\n", clip(name))
		}
		return nil
	}
	return errors.New("want one FILE, or none to see it here")
}
