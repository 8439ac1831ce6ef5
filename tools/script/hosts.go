package script

import (
	"net/netip"
	"slices"
	"strings"

	"socklab/tools/privnet"
)

// host puts a machine on the script's switch.
func (c *command) host() {
	c.parse(2, 2)
	name, text := c.args[0], c.args[1]
	c.free(name)
	if len(name) > privnet.NameMax {
		c.ts.Fatalf("host %s: a host's name has up to %d letters", name, privnet.NameMax)
	}
	if name == "switch" || name == "lo" {
		c.ts.Fatalf("host %s: there is one on every network", name)
	}
	if !privnet.Available() {
		c.ts.Fatalf("host: this script shares its network with others; guard it with: [!privnet] skip 'needs a private network'")
	}
	const usual = "/24"
	if !strings.Contains(text, "/") {
		text += usual
	}
	addr, err := netip.ParsePrefix(text)
	if err != nil || !addr.Addr().Is4() || addr.Addr().IsLoopback() {
		c.ts.Fatalf("host %s: %q is no IPv4 address for a host: want one as 10.0.0.1, or 10.0.0.1/16", name, c.args[1])
	}
	for _, h := range c.hosts {
		if h.Addr.Addr() == addr.Addr() {
			c.ts.Fatalf("host %s: %s is the address of %s", name, addr.Addr(), h.Name)
		}
	}
	h, err := c.network.AddHost(name, addr)
	if err != nil {
		c.ts.Fatalf("host %s: could not tell: %v", name, err)
	}
	if c.hosts == nil {
		c.hosts = map[string]*privnet.Host{}
	}
	c.hosts[name] = h
}

// theHost finds a host by its name.
func (c *command) theHost(name string) *privnet.Host {
	h, ok := c.hosts[name]
	if !ok {
		var names []string
		for name := range c.hosts {
			names = append(names, name)
		}
		if len(names) == 0 {
			c.ts.Fatalf("%s: no host %q: there is none yet; make one: host NAME ADDR", c.name, name)
		}
		slices.Sort(names)
		c.ts.Fatalf("%s: no host %q; there are %s", c.name, name, strings.Join(names, ", "))
	}
	return h
}

// onHost defines -on, and does things there after parse.
func (c *command) onHost() func(func() error) error {
	name := c.flags.String("on", "", "")
	return func(f func() error) error {
		if *name == "" {
			return f()
		}
		return c.theHost(*name).On(f)
	}
}

func (c *command) unplug() {
	c.parse(1, 1)
	c.ts.Check(c.theHost(c.args[0]).Unplug())
}

func (c *command) plug() {
	c.parse(1, 1)
	c.ts.Check(c.theHost(c.args[0]).Plug())
}

func (c *command) route() {
	c.parse(3, 3)
	text := c.args[2]
	if !strings.Contains(text, "/") {
		text += "/32"
	}
	to, err := netip.ParsePrefix(text)
	if err != nil {
		c.ts.Fatalf("route %s: %q is no network: want 10.0.0.0/24, or one address", c.args[0], c.args[2])
	}
	if err := c.theHost(c.args[0]).Route(c.args[1], to); err != nil {
		c.ts.Fatalf("route %s %s %s: %v", c.args[0], c.args[1], c.args[2], err)
	}
}

func (c *command) sysctl() {
	c.parse(3, 3)
	if err := c.theHost(c.args[0]).Sysctl(c.args[1], c.args[2]); err != nil {
		c.ts.Fatalf("sysctl %s %s %s: %v", c.args[0], c.args[1], c.args[2], err)
	}
}

func (c *command) netem() {
	delay := c.flags.Duration("delay", 0, "")
	loss := c.flags.Float64("loss", 0, "")
	c.parse(1, 1)
	if *delay < 0 || *loss < 0 || *loss > 100 {
		c.ts.Fatalf("netem %s: want a delay as 50ms, and a loss from 0 to 100 percent", c.args[0])
	}
	if err := c.theHost(c.args[0]).Netem(*delay, float32(*loss)); err != nil {
		c.ts.Fatalf("netem %s: %v; guard it with: [!netem] skip 'the kernel has no netem'", c.args[0], err)
	}
}
