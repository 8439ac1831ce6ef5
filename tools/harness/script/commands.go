//go:build unix

package script

import (
	"context"
	"errors"
	"flag"
	"io"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// A Usage documents a command. The commands' part of the package comment and
// README's table are made from it: go test ./tools/harness/script -update.
type Usage struct {
	Name    string
	Args    string // what follows the name, flags first
	Summary string // what the command does, in a line, for lists
	Detail  string // as the text of a Go doc comment; it may be empty
	Negated string // what "! NAME" does, from the verb on; empty if a script can't say it
	Example string

	run func(*command)
}

// Synopsis is how the command is called.
func (u *Usage) Synopsis() string {
	s := u.Name + " " + u.Args
	if u.Negated != "" {
		s = "[!] " + s
	}
	return s
}

// Usages lists the commands, in the order of the package comment.
func Usages() []*Usage {
	return []*Usage{
		&needsUsage,
		&spawnUsage, &keyUsage, &signalUsage, &exitedUsage,
		&expectUsage, &sendUsage, &eofUsage, &screenUsage,
		&pickUsage, &replaceUsage,
		&dialUsage, &listenUsage, &acceptUsage, &resetUsage,
		&tapUsage, &streamUsage, &faultsUsage,
		&packetsUsage, &syscallsUsage,
		&hostUsage, &routerUsage, &unplugUsage, &plugUsage, &routeUsage, &sysctlUsage, &mtuUsage,
		&firewallUsage, &natUsage, &forgetUsage, &resolverUsage, &impairUsage, &slowUsage, &netemUsage,
	}
}

// A command is one line of a script as it runs.
type command struct {
	*session
	usage *Usage
	name  string
	neg   bool
	flags *flag.FlagSet
	args  []string
}

// commands returns the language, ready for testscript.
func commands() map[string]func(*testscript.TestScript, bool, []string) {
	cmds := map[string]func(*testscript.TestScript, bool, []string){}
	for _, u := range Usages() {
		cmds[u.Name] = func(ts *testscript.TestScript, neg bool, args []string) {
			s := sessionOf(ts)
			if neg && u.Negated == "" {
				ts.Fatalf("! %s: can't be negated", u.Name)
			}
			c := &command{s, u, u.Name, neg, flag.NewFlagSet(u.Name, flag.ContinueOnError), args}
			if errors.Is(s.t.ctx.Err(), context.Canceled) {
				c.cannotTell("", "the script was cancelled")
			}
			c.flags.SetOutput(io.Discard)
			c.flags.Usage = func() {}
			c.mustBeSet()
			u.run(c)
		}
	}
	cmds["sleep"] = func(ts *testscript.TestScript, _ bool, _ []string) { sessionOf(ts).ts.Fatalf("%s", noSleep) }
	for name, env := range map[string]bool{cmpKept: false, cmpenvKept: true} {
		cmds[name] = func(ts *testscript.TestScript, neg bool, args []string) {
			sessionOf(ts).t.text.compare(ts, neg, args, env)
		}
	}
	return cmds
}

// misused fails a command that was not called as its synopsis says.
func (c *command) misused() {
	c.ts.Fatalf("%s: want %s%s", c.name, c.usage.Synopsis(), inDoubleQuotes(c.args))
}

// parse reads the flags, and demands between min and max arguments after them.
func (c *command) parse(min, max int) {
	if err := c.flags.Parse(c.args); err != nil {
		c.ts.Fatalf("%s: %v; want %s", c.name, err, c.usage.Synopsis())
	}
	c.args = c.flags.Args()
	if n := len(c.args); n < min || n > max {
		c.misused()
	}
}

// waiting defines the flag -t. After parse, its result tells when the wait ends.
func (c *command) waiting() func() (time.Time, waitDesc) {
	d := c.flags.Duration("t", c.wait, "")
	return func() (time.Time, waitDesc) {
		isDefault := true
		c.flags.Visit(func(f *flag.Flag) { isDefault = isDefault && f.Name != "t" })
		if *d <= 0 {
			c.ts.Fatalf("%s: -t=%s leaves no time", c.name, *d)
		}
		return c.deadlineFor(*d, isDefault)
	}
}

// deadline is the end of a wait of the default length.
func (c *command) deadline() time.Time {
	t, _ := c.deadlineFor(c.wait, true)
	return t
}
