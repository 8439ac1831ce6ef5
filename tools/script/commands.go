package script

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"socklab/tools/actor"
)

// A command is one line of a script as it runs.
type command struct {
	*cast
	name     string
	synopsis string
	neg      bool
	flags    *flag.FlagSet
	args     []string
}

// misused ends a script that does not call a command as it wants to be.
func (c *command) misused() { c.ts.Fatalf("%s: want %s", c.name, c.synopsis) }

// language is what each command takes, as the package comment has it, and what
// it does.
var language = map[string]struct {
	synopsis string
	run      func(*command)
}{
	"spawn":    {"spawn [-on=HOST] [-syscalls] NAME PROGRAM [ARG...]", (*command).spawn},
	"key":      {"key NAME KEY", (*command).key},
	"signal":   {"signal NAME SIGNAL", (*command).signal},
	"exited":   {"[!] exited [-t=DURATION] NAME [CODE|SIGNAL|closed|reset]", (*command).exited},
	"expect":   {"[!] expect [-t=DURATION] [-for=DURATION] NAME PATTERN", (*command).expect},
	"send":     {"send [-n] [-times=N] NAME TEXT [END]", (*command).send},
	"eof":      {"eof NAME", (*command).eof},
	"screen":   {"screen NAME", (*command).screen},
	"dial":     {"[!] dial [-on=HOST] [-deaf] NAME NETWORK ADDR", (*command).dial},
	"listen":   {"listen [-on=HOST] NAME NETWORK ADDR", (*command).listen},
	"accept":   {"accept LISTENER NAME", (*command).accept},
	"reset":    {"reset NAME", (*command).reset},
	"tap":      {"tap [-net=NETWORK] NAME ADDR VAR", (*command).tap},
	"syscalls": {"syscalls [-t=DURATION] NAME", (*command).syscalls},
	"host":     {"host NAME ADDR[/BITS]", (*command).host},
	"unplug":   {"unplug HOST", (*command).unplug},
	"plug":     {"plug HOST", (*command).plug},
	"route":    {"route HOST blackhole|unreachable|prohibit|open NET", (*command).route},
	"sysctl":   {"sysctl HOST KEY VALUE", (*command).sysctl},
	"faults":   {"faults [-from=callers|server] [-t=DURATION] TAP FAULT...", (*command).faults},
	"netem":    {"netem [-delay=DURATION] [-loss=PERCENT] HOST", (*command).netem},
	"stream":   {"stream [-t=DURATION] [-chunks] NAME", (*command).stream},
	"packets":  {"packets start|stop [-on=HOST] [-t=DURATION] [-acks] [-v] [-asis] [-open]", (*command).packets},
}

// commands returns the language, ready for testscript.
func commands() map[string]func(*testscript.TestScript, bool, []string) {
	cmds := map[string]func(*testscript.TestScript, bool, []string){}
	for name, l := range language {
		cmds[name] = func(ts *testscript.TestScript, neg bool, args []string) {
			c := &command{castOf(ts), name, l.synopsis, neg, flag.NewFlagSet(name, flag.ContinueOnError), args}
			if neg && !strings.HasPrefix(l.synopsis, "[!]") {
				ts.Fatalf("! %s: can't be negated", name)
			}
			c.flags.SetOutput(io.Discard)
			c.flags.Usage = func() {}
			l.run(c)
		}
	}
	return cmds
}

// parse reads flags and takes between min and max arguments after them.
func (c *command) parse(min, max int) {
	if err := c.flags.Parse(c.args); err != nil {
		c.ts.Fatalf("%s: %v; want %s", c.name, err, c.synopsis)
	}
	c.args = c.flags.Args()
	if n := len(c.args); n < min || n > max {
		c.misused()
	}
}

// waits defines -t, and tells after parse when the wait ends.
func (c *command) waits() func() (time.Time, patience) {
	d := c.flags.Duration("t", c.wait, "")
	return func() (time.Time, patience) {
		isDefault := true
		c.flags.Visit(func(f *flag.Flag) { isDefault = isDefault && f.Name != "t" })
		if *d <= 0 {
			c.ts.Fatalf("%s: -t=%s leaves no time", c.name, *d)
		}
		return c.until(*d, isDefault)
	}
}

// deadline is the end of a wait that no flag changes.
func (c *command) deadline() time.Time {
	t, _ := c.until(c.wait, true)
	return t
}

func (c *command) spawn() {
	const any = 1 << 20
	on := c.onHost()
	traced := c.flags.Bool("syscalls", false, "")
	c.parse(2, any) // up to NAME; flags after it are the program's
	name, program, args := c.args[0], c.args[1], c.args[2:]
	c.free(name)
	path, err := c.lookPath(program)
	if err != nil {
		c.ts.Fatalf("spawn %s: could not tell: can't find the program %s: %v", name, program, err)
	}
	cmd := exec.Command(path, args...)
	cmd.Args[0] = program
	cmd.Dir = c.ts.MkAbs(".")
	cmd.Env = c.environ()
	if *traced {
		c.trace(name, cmd)
	}
	var a *actor.Program
	err = on(func() (err error) {
		a, err = actor.StartAs(name, append([]string{program}, args...), cmd)
		return err
	})
	if err != nil {
		c.ts.Fatalf("spawn %s: could not tell: %v", name, err)
	}
	c.enter(a).guest = c.guests.line(program)
}

func (c *command) expect() {
	until := c.waits()
	absence := c.flags.Duration("for", 0, "")
	c.parse(2, 2)
	p := c.player(c.args[0])
	pattern, err := actor.NewPattern(c.args[1])
	if err != nil {
		c.ts.Fatalf("expect %s: pattern: %v", p.Name(), err)
	}
	if c.neg != (*absence > 0) {
		c.ts.Fatalf("expect %s: -for says how long ! expect watches; they go together", p.Name())
	}
	if c.neg {
		end, _ := c.until(*absence, false)
		watched := time.Until(end)
		if watched < *absence-time.Second {
			c.ts.Fatalf("! expect %s: -for=%s is longer than the test may take (go test -timeout moves it)", p.Name(), *absence)
		}
		if m, came := p.Absent(pattern, watched); came {
			c.fail("! expect %s: wrong bytes: %[1]s said %q, which must not come for %s", p.Name(), m.Text, *absence)
		}
		return
	}
	deadline, waited := until()
	forgotten := p.Forgotten() // what is forgotten from now on was looked at
	var m actor.Match
	var miss *actor.Miss
	c.waitFor(deadline, &waited, func(until time.Time) bool {
		miss = nil
		m, err = p.Expect(pattern, until)
		if !errors.As(err, &miss) || miss.Ended {
			return true
		}
		waited.byDefault = waited.byDefault || len(miss.Text) > 0 // a longer silence is over
		return false
	})
	if err != nil && miss != nil {
		c.missed(p, miss, forgotten, waited)
	}
	c.ts.Check(err)
	for name, value := range m.Groups {
		if slices.Contains(ours, name) {
			c.ts.Fatalf("expect %s: the group %q has the name of a variable that the script needs", p.Name(), name)
		}
		c.knowVar(name + "=")
		c.ts.Setenv(name, value)
	}
}

func (c *command) send() {
	bare := c.flags.Bool("n", false, "")
	times := c.flags.Int("times", 1, "")
	c.parse(2, 3)
	p, text, end := c.player(c.args[0]), c.args[1], ""
	if _, ok := p.Actor.(*actor.Socket); ok {
		decoded, err := unescape(text)
		if err == nil && len(c.args) == 3 {
			end, err = unescape(c.args[2])
		}
		if err != nil {
			c.ts.Fatalf("send %s: %v", p.Name(), err)
		}
		const most = 64 << 20
		if *times < 1 || *times > most/max(len(decoded), 1) {
			c.ts.Fatalf("send %s: -times=%d: want from 1 up, and no more than %d bytes in all", p.Name(), *times, most)
		}
		text = strings.Repeat(decoded, *times) + end
	} else if *times != 1 || len(c.args) == 3 {
		c.ts.Fatalf("send %s: -times and END are for sockets", p.Name())
	}
	deadline, waited := c.until(c.wait, false)
	err := p.Send(text, !*bare, deadline)
	if _, ok := p.Actor.(*actor.Socket); ok && errors.Is(err, os.ErrDeadlineExceeded) {
		c.unsent(p, waited)
	}
	if err != nil {
		c.fail("send %s: %v", p.Name(), err)
	}
}

// unescape decodes Go's escapes in text.
func unescape(text string) (string, error) {
	s, err := strconv.Unquote(`"` + strings.NewReplacer(`\\`, `\\`, `\"`, `\"`, `"`, `\"`).Replace(text) + `"`)
	if err != nil {
		return "", fmt.Errorf(`%q has an escape that Go does not know; \\ is a backslash`, text)
	}
	return s, nil
}

func (c *command) key() {
	c.parse(2, 2)
	p := c.player(c.args[0])
	p.asked = c.args[1]
	if err := c.program(p).Key(c.args[1], c.deadline()); err != nil {
		c.fail("%v", err)
	}
}

func (c *command) eof() {
	c.parse(1, 1)
	p := c.player(c.args[0])
	if err := p.CloseWrite(c.deadline()); err != nil {
		c.fail("eof %s: %v", p.Name(), err)
	}
}

func (c *command) signal() {
	c.parse(2, 2)
	p := c.player(c.args[0])
	sig := unix.SignalNum(signalName(c.args[1]))
	if sig == 0 {
		c.ts.Fatalf("signal %s: no signal %s; they are as in kill -l", p.Name(), c.args[1])
	}
	p.asked = signalName(c.args[1])
	if err := c.program(p).Signal(syscall.Signal(sig)); err != nil {
		c.fail("signal %s: %v", p.Name(), err)
	}
}

func signalName(s string) string { return "SIG" + strings.TrimPrefix(s, "SIG") }

func (c *command) exited() {
	until := c.waits()
	c.parse(1, 2)
	p := c.player(c.args[0])
	_, isProgram := p.Actor.(*actor.Program)
	if len(c.args) == 2 && !wayToEnd(c.args[1], isProgram) {
		c.ts.Fatalf("exited %s: %q is no way for it to end: want an exit code or a signal of a program, closed or reset of a socket", p.Name(), c.args[1])
	}
	if c.neg {
		if len(c.args) == 2 {
			c.ts.Fatalf("! exited %s: takes no way of ending", p.Name())
		}
		if program, ok := p.Actor.(*actor.Program); ok {
			program.Rest(time.Now().Add(time.Second))
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

// wayToEnd reports whether an actor can end so.
func wayToEnd(how string, isProgram bool) bool {
	if !isProgram {
		return how == "closed" || how == "reset"
	}
	code, err := strconv.Atoi(how)
	return err == nil && code >= 0 && code <= 255 || unix.SignalNum(signalName(how)) != 0
}

func (c *command) screen() {
	c.parse(1, 1)
	fmt.Fprint(c.ts.Stdout(), c.portable(c.player(c.args[0]).Screen()))
}

// place is addr, or for a path that path in the script's directory. A name that
// begins with @ is no path (unix(7)).
func (c *cast) place(network, addr string) string {
	if !strings.HasPrefix(network, "unix") || strings.HasPrefix(addr, "@") {
		return addr
	}
	return c.ts.MkAbs(addr)
}

func (c *command) dial() {
	on := c.onHost()
	deaf := c.flags.Bool("deaf", false, "")
	c.parse(3, 3)
	name, network, addr := c.args[0], c.args[1], c.args[2]
	c.free(name)
	var s *actor.Socket
	err := on(func() (err error) {
		s, err = actor.Dial(name, network, c.place(network, addr), *deaf, c.deadline())
		return err
	})
	var unknown net.UnknownNetworkError
	var badAddr *net.AddrError
	var noName *net.DNSError
	if errors.As(err, &unknown) || errors.As(err, &badAddr) || errors.As(err, &noName) {
		c.ts.Fatalf("%s", c.portable(fmt.Sprintf("dial %s %s: %v", network, addr, actor.Cause(err))))
	}
	if c.neg {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			c.fail("! dial %s %s: neither taken nor refused", network, addr)
		}
		if err == nil {
			c.enter(s) // who took the call shall not see the end of it now
			c.fail("! dial %s %s: %s took the call", network, addr, c.whoTook(addr))
		}
		fmt.Fprintln(c.ts.Stdout(), c.portable(actor.Cause(err).Error()))
		return
	}
	if err != nil {
		c.untaken(network, addr, err)
	}
	c.enter(s)
}

func (c *command) listen() {
	on := c.onHost()
	c.parse(3, 3)
	name, network, addr := c.args[0], c.args[1], c.args[2]
	c.free(name)
	var l net.Listener
	err := on(func() (err error) {
		l, err = net.Listen(network, c.place(network, addr))
		return err
	})
	if err != nil {
		c.fail("listen %s %s: %v", network, addr, actor.Cause(err))
	}
	if c.listeners == nil {
		c.listeners = map[string]net.Listener{}
	}
	c.listeners[name] = l
}

func (c *command) accept() {
	c.parse(2, 2)
	l, ok := c.listeners[c.args[0]]
	if !ok {
		c.ts.Fatalf("accept: nobody listens by the name %q", c.args[0])
	}
	c.free(c.args[1])
	deadline, waited := c.until(c.wait, false)
	waited.byDefault = true // without a flag that would say more
	var s *actor.Socket
	var err error
	gone := false // whoever could call
	c.waitFor(deadline, &waited, func(until time.Time) bool {
		for {
			look := time.Now().Add(lookEvery)
			if until.Before(look) {
				look = until
			}
			s, err = actor.Accept(c.args[1], l, look)
			if !errors.Is(err, os.ErrDeadlineExceeded) || gone {
				return true
			}
			if !look.Before(until) {
				return false
			}
			gone = c.allGone() // look once more: the call may have come before the end
		}
	})
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.uncalled(c.args[0], waited)
	}
	if err != nil {
		c.fail("accept at %s: %v", c.args[0], actor.Cause(err))
	}
	c.enter(s)
}

func (c *command) reset() {
	c.parse(1, 1)
	p := c.player(c.args[0])
	s, ok := p.Actor.(*actor.Socket)
	if !ok {
		c.ts.Fatalf("reset %s: it is a program; reset is for sockets", p.Name())
	}
	if err := s.Reset(); err != nil {
		c.fail("reset %s: %v", p.Name(), err)
	}
}

// program demands that a player is a program.
func (c *command) program(p *player) *actor.Program {
	program, ok := p.Actor.(*actor.Program)
	if !ok {
		c.ts.Fatalf("%s %s: it is a socket; %[1]s is for programs", c.name, p.Name())
	}
	return program
}
