//go:build unix

package script

import (
	"fmt"
	"net"
	"slices"
	"strings"

	"socklab/tools/harness/actor"
	"socklab/tools/harness/capture"
	"socklab/tools/harness/tap"
)

var tapUsage = Usage{
	Name:    "tap",
	Args:    "[-net=NETWORK] NAME ADDR VAR",
	Summary: "put a recording relay in front of a server",
	Detail: `The variable VAR gets the relay's own address. The server at ADDR may start later.
The relay passes on bytes, closes and resets as they happen.

  - -net=NETWORK: tcp, udp or unix. The default is unix for a path, otherwise tcp.`,
	Example: "tap wire $ADDR WIRE",
	run:     (*command).tap,
}

func (c *command) tap() {
	network := c.flags.String("net", "", "")
	c.parse(3, 3)
	name, target, variable := c.args[0], c.args[1], c.args[2]
	c.mustBeFree(name)
	if !nameShape.MatchString(variable) || slices.Contains(reserved, variable) {
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
	var behind func(net.Addr) (int, int)
	var received func(net.Conn, int) bool
	if c.between != nil {
		behind, received = c.between.behind(target), c.between.received
	}
	t, err := tap.Start(tap.Config{
		Behind: behind, Received: received,
		Name: name, Network: *network, Listen: listen, Target: target, On: c.network, Recording: c.recording,
		Made:  c.people.makes(capture.Owner{Name: name, Relay: true}),
		Owner: func(socket uint64) string { return c.people.Owner(socket).Name },
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

var streamUsage = Usage{
	Name:    "stream",
	Args:    "[-t=DURATION] [-chunks] NAME",
	Summary: "write the transcript of a tap to stdout",
	Detail: `It waits until every connection through the tap has ended. Each event is a line.
What one side sends without an answer in between is one line. When both sides close
with nothing sent in between, the server's close is shown first. Long payloads are
cut, and end in their checksum.

  - -chunks: show every piece and every close as it came.`,
	Example: "stream wire",
	run:     (*command).stream,
}

func (c *command) stream() {
	chunks := c.flags.Bool("chunks", false, "")
	until := c.waiting()
	c.parse(1, 1)
	t := c.theTap(c.args[0])
	deadline, waited := until()
	if err := t.Finish(deadline); err != nil {
		c.fail(&Failure{
			Command: c.name, Subject: c.args[0],
			Why:   say("%v; waited %v; end its callers first", err, waited.Waited),
			Notes: []Phrase{say("%s", strings.TrimSuffix(t.Stream(false, c.whose), "\n"))},
		}, nil)
	}
	fmt.Fprint(c.ts.Stdout(), c.normalize(t.Stream(*chunks, c.whose)))
}

// theTap is the tap of that name. It fails the script if there is none.
func (c *command) theTap(name string) *tap.Tap {
	t, ok := c.taps[name]
	if !ok {
		c.ts.Fatalf("%s: no tap %q; make one: tap NAME ADDR VAR", c.name, name)
	}
	return t
}
