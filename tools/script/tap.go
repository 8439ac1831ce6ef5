package script

import (
	"fmt"
	"net"
	"slices"
	"strings"

	"socklab/tools/actor"
	"socklab/tools/tap"
)

// tap puts a recording relay in front of a server.
func (c *command) tap() {
	network := c.flags.String("net", "", "")
	c.parse(3, 3)
	name, target, variable := c.args[0], c.args[1], c.args[2]
	c.free(name)
	if !nameShape.MatchString(variable) || slices.Contains(ours, variable) {
		c.ts.Fatalf("tap %s: %q can't be its variable: want a name of letters, digits and _ that has no meaning yet", name, variable)
	}
	if *network == "" {
		*network = "tcp"
		if strings.Contains(target, "/") || !strings.Contains(target, ":") {
			*network = "unix"
		}
	}
	if *network != "tcp" && *network != "udp" && *network != "unix" {
		c.ts.Fatalf("tap %s: -net=%s: want tcp, udp or unix", name, *network)
	}
	listen := net.JoinHostPort(c.network.Host, "0")
	if *network == "unix" {
		target = c.place(*network, target)
		listen = c.place(*network, name+".sock")
	}
	t, err := tap.Start(tap.Config{
		Network: *network, Listen: listen, Target: target, Enter: c.network.Enter,
		Owner: func(client net.Conn, from net.Addr) int {
			switch {
			case client != nil:
				return actor.PeerOf(client)
			case from != nil:
				return actor.Owner(*network, from.String(), false)
			}
			return actor.Owner(*network, target, true)
		},
		Unread: actor.Unread,
	})
	if err != nil {
		c.ts.Fatalf("tap %s: %v", name, actor.Cause(err))
	}
	if c.taps == nil {
		c.taps = map[string]*tap.Tap{}
	}
	c.taps[name] = t
	addr := t.Addr()
	if *network == "unix" {
		addr = name + ".sock"
	}
	c.ts.Setenv(variable, addr)
	c.knowVar(variable + "=")
}

// stream writes what went through a tap.
func (c *command) stream() {
	chunks := c.flags.Bool("chunks", false, "")
	until := c.waits()
	c.parse(1, 1)
	t, ok := c.taps[c.args[0]]
	if !ok {
		c.ts.Fatalf("no tap %q", c.args[0])
	}
	deadline, waited := until()
	if err := t.Finish(deadline); err != nil {
		c.fail("stream %s: %v; waited %s; end its callers first\n\n%s", c.args[0], err, waited, t.Stream(false, c.whose))
	}
	fmt.Fprint(c.ts.Stdout(), c.portable(t.Stream(*chunks, c.whose)))
}

// whose names the actor that has a socket of that address, or leads a process
// group.
func (c *cast) whose(addr string, group int) string {
	for _, p := range c.players {
		switch a := p.Actor.(type) {
		case *actor.Socket:
			if addr != "" && a.LocalAddr().String() == addr {
				return a.Name()
			}
		case *actor.Program:
			if group > 0 && a.Group() == group {
				return a.Name()
			}
		}
	}
	return ""
}
