//go:build unix

package script

import (
	"cmp"
	"errors"
	"io/fs"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"socklab/tools/harness/actor"
	"socklab/tools/harness/netns"
)

var spawnUsage = Usage{
	Name:    "spawn",
	Args:    "[-on=HOST] [-syscalls] NAME PROGRAM [ARG...]",
	Summary: "start a program on a terminal of its own",
	Detail: `The terminal has 80 columns and 24 rows, and TERM is dumb: it shows bytes and
draws nothing. The program runs in the script's directory and network.

  - -on=HOST: run it on that host.
  - -syscalls: record its system calls with strace(1); the command syscalls shows them.`,
	Example: "spawn server echo-server $ADDR",
	run:     (*command).spawn,
}

func (c *command) spawn() {
	const any = 1 << 20
	on := c.onHost()
	traced := c.flags.Bool("syscalls", false, "")
	c.parse(2, any) // up to NAME; flags after it are the program's
	name, program, args := c.args[0], c.args[1], c.args[2:]
	c.mustBeFree(name)
	path, err := c.lookPath(program)
	if err != nil {
		c.cannotTell(name, "can't run %s: %v", program, err)
	}
	cmd := exec.Command(path, args...)
	cmd.Args[0] = program
	cmd.Dir = c.ts.MkAbs(".")
	cmd.Env = c.environ()
	known, notOurs := c.t.options.program(program)
	if _, guest := c.guests[program]; known.Raw && (!guest || c.raw) {
		cmd.SysProcAttr = netns.RawSockets()
	}
	c.t.group.Place(cmd)
	if *traced {
		c.trace(name, cmd)
	}
	var a *actor.Program
	if c.between != nil && c.flags.Lookup("on").Value.String() == "" {
		on = func(run func() error) error { return c.between.start(run, &a) }
	}
	err = on(func() (err error) {
		a, err = c.people.runs(c.flags.Lookup("on").Value.String(), func() (*actor.Program, error) {
			return actor.StartAs(c.recording, name, append([]string{program}, args...), cmd)
		})
		return err
	})
	if errors.Is(err, syscall.ENOEXEC) || errors.Is(err, fs.ErrNotExist) {
		err = cmp.Or(begins(program, path), err)
	}
	if err != nil {
		c.cannotTell(name, "%v", err)
	}
	p := c.enter(a)
	p.guest = c.guests.line(program)
	p.ours = p.guest == "" && notOurs == nil
	c.t.start(program)
}

var keyUsage = Usage{
	Name:    "key",
	Args:    "NAME KEY",
	Summary: "press a key on a program's terminal",
	Detail: `KEY is ^ and the key that is pressed with Ctrl, such as ^C or ^?, or one of
ENTER, TAB, BACKTAB, ESC, SPACE, BACKSPACE, UP, DOWN, LEFT, RIGHT, HOME, END,
INSERT, DELETE, PGUP, PGDN and F1 to F12. The terminal may turn it into a
signal, or edit the line with it.

On every terminal ^C discards output that nobody has read yet. Expect what the
program prints before you press it.`,
	Example: "key server ^C",
	run:     (*command).key,
}

func (c *command) key() {
	c.parse(2, 2)
	p := c.participant(c.args[0])
	p.sends(c.args[1])
	deadline, waited := c.deadlineFor(c.wait, true)
	c.undone(p, c.program(p).Key(c.args[1], deadline), deadline, waited)
}

var signalUsage = Usage{
	Name:    "signal",
	Args:    "NAME SIGNAL",
	Summary: "send a signal to a program's whole process group",
	Detail:  "SIGNAL is a name as in kill -l, with or without SIG.",
	Example: "signal server TERM",
	run:     (*command).signal,
}

func (c *command) signal() {
	c.parse(2, 2)
	p := c.participant(c.args[0])
	sig := unix.SignalNum(signalName(c.args[1]))
	if sig == 0 {
		c.ts.Fatalf("signal %s: no signal %s; they are as in kill -l", p.Name(), c.args[1])
	}
	p.sends(signalName(c.args[1]))
	deadline, waited := c.deadlineFor(c.wait, true)
	c.undone(p, c.program(p).Signal(syscall.Signal(sig)), deadline, waited)
}

func signalName(s string) string { return "SIG" + strings.TrimPrefix(s, "SIG") }

var exitedUsage = Usage{
	Name:    "exited",
	Args:    "[-t=DURATION] NAME [CODE|SIGNAL|closed|reset|timeout|ERROR]",
	Summary: "wait for the end of an actor, and assert how it ended",
	Detail: `A program ends with an exit code (0 if none is given) or by a signal. A socket
ends when the other side closes or resets the connection, when its own kernel
gives up (timeout, ETIMEDOUT), or with another ERROR, as EHOSTUNREACH (any, if
none is given). Every program of a script must be reaped by exited.`,
	Negated: `fails when NAME has ended. A program that is busy gets up to 1 s to end, or to wait for something.`,
	Example: "exited server 0",
	run:     (*command).exited,
}

func (c *command) exited() {
	until := c.waiting()
	c.parse(1, 2)
	p := c.participant(c.args[0])
	_, isProgram := p.Actor.(*actor.Program)
	if len(c.args) == 2 && !wayToEnd(c.args[1], isProgram) {
		c.ts.Fatalf("exited %s: %q is no way for it to end: want an exit code or a signal of a program; of a socket closed, reset, timeout or the name of another error", p.Name(), c.args[1])
	}
	if c.neg {
		if len(c.args) == 2 {
			c.ts.Fatalf("! exited %s: want no code or signal", p.Name())
		}
		if program, ok := p.Actor.(*actor.Program); ok {
			program.WaitIdle(time.Now().Add(time.Second))
		}
		if end := p.End(); end.How != "" {
			c.left(p, end)
		}
		return
	}
	want := ""
	switch {
	case len(c.args) == 2:
		want = c.args[1]
	case isProgram:
		want = "0"
	}
	deadline, waited := until()
	var end actor.End
	var err error
	c.waitFor(deadline, &waited, func(until time.Time) bool {
		end, err = p.Ended(until)
		return err == nil || end.How != ""
	})
	if err != nil {
		c.stayed(p, end, err, waited)
	}
	p.reaped = true
	if want != "" && want != end.How && signalName(want) != end.How {
		c.ended(p, end, want)
	}
}

// wayToEnd reports whether how is an end that a program, or else a socket, can have.
func wayToEnd(how string, isProgram bool) bool {
	if !isProgram {
		return slices.Contains([]string{"closed", "reset", "timeout"}, how) || errnoNamed(how)
	}
	code, err := strconv.Atoi(how)
	return err == nil && code >= 0 && code <= 255 || unix.SignalNum(signalName(how)) != 0
}

// program is the program of p. It fails the script if p is a socket.
func (c *command) program(p *participant) *actor.Program {
	program, ok := p.Actor.(*actor.Program)
	if !ok {
		c.ts.Fatalf("%s %s: it is a socket; %[1]s is for programs", c.name, p.Name())
	}
	return program
}
