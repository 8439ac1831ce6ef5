//go:build unix

package script

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"socklab/tools/harness/netns"
)

var routerUsage = Usage{
	Name:    "router",
	Args:    "NAME ADDR[/BITS][,ADDR[/BITS]]...",
	Summary: "put a router between networks",
	Detail: `It is a host with a cable to the switch of each network, one for each ADDR, and
passes on what is not for itself. Hosts of these networks send through it what is
for others. Each ADDR is as host has it. (A way through a second router must be
said: see route.)`,
	Example: "router gate 10.0.0.254 192.0.2.254",
	run:     (*command).router,
}

func (c *command) router() {
	c.parse(3, 1+netns.CardsMax)
	name := c.args[0]
	c.newHost(name)
	var cards [][]netip.Prefix
	for _, text := range c.args[1:] {
		card := c.cardAddrs(name, text)
		for _, addr := range card {
			if slices.ContainsFunc(slices.Concat(cards...), func(p netip.Prefix) bool { return p.Masked() == addr.Masked() }) {
				c.ts.Fatalf("router %s: %s is in the same network as one before it; a router is between networks", name, text)
			}
		}
		cards = append(cards, card)
	}
	h, err := c.network.AddRouter(name, cards)
	if err != nil {
		c.cannotTell(name, "%v", err)
	}
	c.addHost(h)
}

var mtuUsage = Usage{
	Name:    "mtu",
	Args:    "HOST BYTES [ADDR]",
	Summary: "limit the size of a host's packets on a network",
	Detail: `ADDR is the host's address in that network; it may be left out where there is
one. What has more bytes, with its IP header, is not sent. A router answers it with
ICMP, "fragmentation needed" (RFC 1191).`,
	Example: "mtu gate 1400 192.0.2.254",
	run:     (*command).mtu,
}

func (c *command) mtu() {
	c.parse(2, 3)
	h := c.theHost(c.args[0])
	bytes, err := strconv.Atoi(c.args[1])
	if err != nil || bytes < 68 || bytes > 65535 {
		c.ts.Fatalf("mtu %s: %q is no size of a packet: want 68 to 65535 bytes (RFC 791)", h.Name, c.args[1])
	}
	if err := h.MTU(c.addrOf(h, c.args[2:]), bytes); err != nil {
		c.ts.Fatalf("mtu: %v", err)
	}
	c.recordFault(h.Name, "packets of "+c.args[1]+" bytes at most")
}

// addrOf is the address of a host that an argument says, or its only one.
func (c *command) addrOf(h *netns.Host, said []string) netip.Addr {
	if len(said) == 0 && len(h.Addrs) == 1 {
		return h.Addrs[0].Addr()
	}
	var all []string
	for _, a := range slices.Concat(h.Cards...) {
		if len(said) > 0 && a.Addr().String() == said[0] {
			return a.Addr()
		}
		all = append(all, a.Addr().String())
	}
	c.ts.Fatalf("%s %s: on which of its networks? say one of its addresses: %s", c.name, h.Name, strings.Join(all, ", "))
	return netip.Addr{}
}

var natUsage = Usage{
	Name:    "nat",
	Args:    "[-forget=DURATION] ROUTER [ADDR]",
	Summary: "hide the hosts behind a router: network address translation",
	Detail: `What ROUTER passes on to the network of ADDR (the last of its addresses, if none
is said) leaves with that address and a port of its own (RFC 3022). It remembers each
connection, so that answers find their way back: those that are silent for -forget, in
whole seconds, it forgets. The kernel must have nftables: see the condition [firewall].`,
	Example: "nat -forget=2s gate",
	run:     (*command).nat,
}

func (c *command) nat() {
	forget := c.flags.Duration("forget", 0, "")
	c.parse(1, 2)
	h := c.theHost(c.args[0])
	if len(h.Addrs) == 1 {
		c.ts.Fatalf("nat %s: it is no router", h.Name)
	}
	addr := h.Addrs[len(h.Addrs)-1].Addr()
	if len(c.args) > 1 {
		addr = c.addrOf(h, c.args[1:])
	}
	if *forget < 0 || *forget%time.Second != 0 {
		c.ts.Fatalf("nat %s: -forget=%v: want whole seconds", h.Name, *forget)
	}
	c.checkLab(h.Masquerade(addr))
	if *forget > 0 {
		c.checkLab(h.ForgetAfter(*forget))
	}
	c.recordFault(h.Name, "hides its hosts behind "+addr.String())
}

// checkLab fails the script if a network can't be as it says.
func (c *command) checkLab(err error) {
	if err != nil {
		c.ts.Fatalf("%s: %v; a script that needs it says at its head: needs firewall", c.name, err)
	}
}

var forgetUsage = Usage{
	Name:    "forget",
	Args:    "ROUTER",
	Summary: "make a router with nat forget all connections",
	Example: "forget gate",
	run:     (*command).forget,
}

func (c *command) forget() {
	c.parse(1, 1)
	h := c.theHost(c.args[0])
	c.checkLab(h.Forget())
	c.recordFault(h.Name, "forgets all connections")
}

var firewallUsage = Usage{
	Name:    "firewall",
	Args:    "HOST in|out|through drop|reject|reset|prohibit [PROTOCOL [PORT]] | HOST off",
	Summary: "let a host or a router refuse packets",
	Detail: `The packets are those that HOST gets (in) or sends (out), or that a router passes
on (through), of PROTOCOL (tcp, udp or icmp) and to PORT, if these are said. HOST
says nothing (drop), answers with ICMP "port unreachable" (reject) or
"administratively prohibited" (prohibit), or resets the connection (reset). Of
several rules the first that fits decides. off removes them all. Of IPv6, all packets
and icmp include neighbour discovery. The kernel must have
nftables: see the condition [firewall].`,
	Example: "firewall server in drop tcp 8000",
	run:     (*command).firewall,
}

func (c *command) firewall() {
	c.parse(2, 5)
	h := c.theHost(c.args[0])
	if c.args[1] == "off" && len(c.args) == 2 {
		c.checkLab(h.NoFirewall())
		c.recordFault(h.Name, "no firewall")
		return
	}
	if len(c.args) < 3 {
		c.misused()
	}
	rule := netns.Rule{Where: c.args[1], Verdict: c.args[2]}
	if len(c.args) > 3 {
		rule.Protocol = c.args[3]
	}
	if len(c.args) > 4 {
		port, err := strconv.ParseUint(c.args[4], 10, 16)
		if err != nil || port == 0 {
			c.ts.Fatalf("firewall %s: %q is no port: want 1 to 65535", h.Name, c.args[4])
		}
		rule.Port = uint16(port)
	}
	if err := rule.Check(); err != nil {
		c.ts.Fatalf("firewall %s: %v", h.Name, err)
	}
	c.checkLab(h.Firewall(rule))
	c.recordFault(h.Name, "firewall "+strings.Join(c.args[1:], " "))
}
