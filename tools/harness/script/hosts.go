//go:build unix

package script

import (
	"net/netip"
	"slices"
	"strings"

	"socklab/tools/harness/netns"
)

var hostUsage = Usage{
	Name:    "host",
	Args:    "[-static-arp] NAME ADDR[/BITS][,ADDR[/BITS]]",
	Summary: "put a host on the script's network",
	Detail: `The script's network must be private. The host has an address, routes and settings
of its own, and a cable to the switch of its network. ADDR is of IPv4 or IPv6, and
may be one of each; see the condition [ipv6]. BITS are 24, of IPv6 64, if none are
given. Like all machines, hosts ask for each other's Ethernet address, and forget it
(ARP, arp(7); neighbour discovery, RFC 4861). With -static-arp, this one and the others
know it for good.`,
	Example: "host alice 10.0.0.2,fd00::2",
	run:     (*command).host,
}

func (c *command) host() {
	static := c.flags.Bool("static-arp", false, "")
	c.parse(2, 2)
	name := c.args[0]
	c.newHost(name)
	h, err := c.network.AddHost(name, c.cardAddrs(name, c.args[1]), *static)
	if err != nil {
		c.cannotTell(name, "%v", err)
	}
	c.addHost(h)
}

// newHost demands that a host may have that name, and that there may be hosts.
func (c *command) newHost(name string) {
	c.mustBeFree(name)
	if len(name) > netns.NameMax {
		c.ts.Fatalf("%s %s: a host's name has up to %d letters", c.name, name, netns.NameMax)
	}
	if strings.HasPrefix(name, "switch") || name == "lo" {
		c.ts.Fatalf("%s %s: every network has one of that name", c.name, name)
	}
	if !netns.Available() {
		c.ts.Fatalf("%s: this script shares its network with others; say at its head: needs privnet", c.name)
	}
}

// cardAddrs reads the addresses of a new host's card: one, or one of each version of
// IP.
func (c *command) cardAddrs(name, text string) (addrs []netip.Prefix) {
	for one := range strings.SplitSeq(text, ",") {
		addr := c.hostAddr(name, one)
		if slices.ContainsFunc(addrs, func(p netip.Prefix) bool { return p.Addr().Is4() == addr.Addr().Is4() }) {
			c.ts.Fatalf("%s %s: %q: a card has one address of IPv4, or of IPv6, or one of each", c.name, name, text)
		}
		addrs = append(addrs, addr)
	}
	return addrs
}

// hostAddr reads the address of a new host, which no other may have.
func (c *command) hostAddr(name, text string) netip.Prefix {
	said, version, usual, example := text, "IPv4", "/24", "10.0.0.1, or 10.0.0.1/16"
	if strings.Contains(text, ":") {
		version, usual, example = "IPv6", "/64", "fd00::1, or fd00::1/48"
	}
	if !strings.Contains(text, "/") {
		text += usual
	}
	addr, err := netip.ParsePrefix(text)
	if a := addr.Addr(); err != nil || a.IsLoopback() || a.Is4In6() || a.IsMulticast() || a.IsUnspecified() || a.Is6() && a.IsLinkLocalUnicast() {
		c.ts.Fatalf("%s %s: %q is no %s address for a host: want one as %s", c.name, name, said, version, example)
	}
	if addr.Addr().Is6() && !netns.HasIPv6() {
		c.ts.Fatalf("%s %s: this kernel has no IPv6; a script that needs it says at its head: needs ipv6", c.name, name)
	}
	for _, h := range c.hosts {
		for _, its := range slices.Concat(h.Cards...) {
			if its.Addr() == addr.Addr() {
				c.ts.Fatalf("%s %s: %s is the address of %s", c.name, name, addr.Addr(), h.Name)
			}
			if its.Overlaps(addr) && its.Masked() != addr.Masked() {
				c.ts.Fatalf("%s %s: %s and %s of %s are networks that overlap", c.name, name, addr.Masked(), its.Masked(), h.Name)
			}
		}
	}
	return addr
}

// addHost enters a host among those of the script.
func (c *command) addHost(h *netns.Host) {
	if c.hosts == nil {
		c.hosts = map[string]*netns.Host{}
	}
	c.hosts[h.Name] = h
	if c.t.options.Recording == nil {
		return
	}
	for i := range h.Addrs {
		c.ts.Check(h.On(func() error {
			c.recordPackets(h.Name, netns.CardName(i))
			return nil
		}))
	}
}

// theHost is the host of that name. It fails the script if there is none.
func (c *command) theHost(name string) *netns.Host {
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

// onHost defines the flag -on. After parse, its result calls a function on that
// host, or on the script's own network if there is no -on.
func (c *command) onHost() func(func() error) error {
	name := c.flags.String("on", "", "")
	return func(f func() error) error {
		if *name == "" {
			return f()
		}
		return c.theHost(*name).On(f)
	}
}

var unplugUsage = Usage{
	Name:    "unplug",
	Args:    "HOST",
	Summary: "take a host's cables out of the switches",
	Detail:  "Packets to and from the host are lost, and nobody is told.",
	Example: "unplug alice",
	run:     (*command).unplug,
}

func (c *command) unplug() {
	c.parse(1, 1)
	h := c.theHost(c.args[0])
	for i := range h.Addrs {
		c.relays[sideOf(h.Name, netns.CardName(i))].Unplugged()
	}
	c.ts.Check(h.Unplug())
	for i := range h.Addrs {
		c.sides[sideOf(h.Name, netns.CardName(i))].Unplugged()
	}
	c.recordFault(c.args[0], "unplugged")
}

var plugUsage = Usage{
	Name:    "plug",
	Args:    "HOST",
	Summary: "put a host's cables back into the switches",
	Example: "plug alice",
	run:     (*command).plug,
}

func (c *command) plug() {
	c.parse(1, 1)
	h := c.theHost(c.args[0])
	for i := range h.Addrs {
		c.sides[sideOf(h.Name, netns.CardName(i))].Plugged()
		c.relays[sideOf(h.Name, netns.CardName(i))].Plugged()
	}
	c.ts.Check(h.Plug())
	c.recordFault(c.args[0], "plugged in")
}

var routeUsage = Usage{
	Name:    "route",
	Args:    "HOST blackhole|unreachable|prohibit|open NET | HOST via ADDR [NET]",
	Summary: "say where a host sends what is for a network",
	Detail: `NET is a network, as 10.0.0.0/24, or one address. What HOST sends there vanishes
(blackhole), or fails at once with EHOSTUNREACH (unreachable) or EACCES
(prohibit); open removes such a route (ip-route(8)). With via it goes through the
router at ADDR; without NET, that is what has no other way.`,
	Example: "route alice blackhole 10.0.0.1",
	run:     (*command).route,
}

func (c *command) route() {
	c.parse(3, 4)
	h, kind := c.theHost(c.args[0]), c.args[1]
	if kind == "via" {
		gateway, err := netip.ParseAddr(c.args[2])
		if err != nil {
			c.ts.Fatalf("route %s via: %q is no address of a router", h.Name, c.args[2])
		}
		to := netns.Everywhere(gateway)
		if len(c.args) == 4 {
			to = c.routeTo(c.args[3])
		}
		if err := h.Via(gateway, to); err != nil {
			c.ts.Fatalf("route %s via %s: %v", h.Name, gateway, err)
		}
		return
	}
	if len(c.args) != 3 {
		c.misused()
	}
	if err := h.Route(kind, c.routeTo(c.args[2])); err != nil {
		c.ts.Fatalf("route %s %s %s: %v", h.Name, kind, c.args[2], err)
	}
}

// routeTo reads a network, or one address.
func (c *command) routeTo(text string) netip.Prefix {
	to, err := netip.ParsePrefix(text)
	if addr, single := netip.ParseAddr(text); single == nil {
		to, err = addr.Prefix(addr.BitLen())
	}
	if err != nil {
		c.ts.Fatalf("route %s: %q is no network: want 10.0.0.0/24, or one address", c.args[0], text)
	}
	return to
}

var sysctlUsage = Usage{
	Name:    "sysctl",
	Args:    "HOST KEY VALUE",
	Summary: "set one of a host's own network settings",
	Detail:  "It makes what takes minutes take a moment (tcp(7), ip(7)).",
	Example: "sysctl alice net.ipv4.tcp_retries2 3",
	run:     (*command).sysctl,
}

func (c *command) sysctl() {
	c.parse(3, 3)
	if err := c.theHost(c.args[0]).Sysctl(c.args[1], c.args[2]); err != nil {
		c.ts.Fatalf("sysctl %s %s %s: %v", c.args[0], c.args[1], c.args[2], err)
	}
}

var netemUsage = Usage{
	Name:    "netem",
	Args:    "[-delay=DURATION] [-loss=PERCENT] HOST",
	Summary: "delay what a host sends, and lose some of it by chance",
	Detail: `It is for a look, not for a transcript, because of the chance (tc-netem(8)). Not
every kernel can: see the condition [netem].`,
	Example: "[netem] netem -delay=50ms alice",
	run:     (*command).netem,
}

func (c *command) netem() {
	delay := c.flags.Duration("delay", 0, "")
	loss := c.flags.Float64("loss", 0, "")
	c.parse(1, 1)
	if *delay < 0 || *loss < 0 || *loss > 100 {
		c.ts.Fatalf("netem %s: want a delay as 50ms, and a loss from 0 to 100 percent", c.args[0])
	}
	if err := c.theHost(c.args[0]).Netem(*delay, float32(*loss)); err != nil {
		c.ts.Fatalf("netem %s: %v; say at the script's head: needs netem", c.args[0], err)
	}
}
