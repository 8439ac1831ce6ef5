//go:build unix

package script

import (
	"math"
	"slices"

	"socklab/tools/harness/need"
)

var needsUsage = Usage{
	Name:    "needs",
	Args:    "THING...",
	Summary: "skip the script on a machine that lacks something",
	Detail: `It stands at the head of the script, before anything is started. A THING is a
PROGRAM, or PROGRAM:PACKAGE where Debian's package has another name, or one of
privnet, firewall, resolver, tcp6, ipv6, rawsocket, netem, notroot, files=N, tmpdir=N,
strace and linux. Package need (socklab/tools/harness/need) says what each means.`,
	Example: "needs privnet python3",
	run:     (*command).needs,
}

func (c *command) needs() {
	c.parse(1, math.MaxInt)
	if len(c.participants) > 0 {
		c.ts.Fatalf("needs %s: %s has been started already: say at the script's head what it needs", c.args[0], c.participants[0].Name())
	}
	c.raw = c.raw || slices.Contains(c.args, "rawsocket")
	if reason := need.Missing(c.args...); reason != "" {
		c.t.Skip(reason)
	}
}
