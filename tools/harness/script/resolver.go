//go:build unix

package script

import (
	"fmt"
	"math"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"socklab/tools/harness/actor"
	"socklab/tools/harness/netns"
	"socklab/tools/harness/resolver"
)

var resolverUsage = Usage{
	Name:    "resolver",
	Args:    "[-delay=DURATION] [-silent] HOST [NAME=ADDR[,ADDR]...]...",
	Summary: "answer the programs' questions for names (DNS)",
	Detail: `A name server runs on HOST, at port 53, and knows these names; another name does
not exist (NXDOMAIN). NAME= exists without an address. The script's programs ask it from
now on (resolv.conf(5)), and wait for one second. The latest resolver is the only one.

  - -delay=DURATION: answer that much later.
  - -silent: answer nothing.

The script's processes must be kept apart from others: see the condition
[resolver].`,
	Example: "resolver gate shop.example=192.0.2.1,192.0.2.2",
	run:     (*command).resolver,
}

func (c *command) resolver() {
	delay := c.flags.Duration("delay", 0, "")
	silent := c.flags.Bool("silent", false, "")
	c.parse(1, math.MaxInt)
	h := c.theHost(c.args[0])
	answers := resolver.Answers{Names: map[string][]netip.Addr{}, Delay: *delay, Silent: *silent}
	for _, text := range c.args[1:] {
		name, list, found := strings.Cut(text, "=")
		if !found || name == "" {
			c.ts.Fatalf("resolver %s: %q: want NAME=ADDR, as shop.example=192.0.2.1", h.Name, text)
		}
		addrs := []netip.Addr{}
		for one := range strings.SplitSeq(list, ",") {
			addr, err := netip.ParseAddr(one)
			if err != nil && list != "" {
				c.ts.Fatalf("resolver %s: %s: %q is no address", h.Name, name, one)
			} else if err == nil {
				addrs = append(addrs, addr)
			}
		}
		answers.Names[strings.ToLower(strings.TrimSuffix(name, "."))] = addrs
	}
	addr := h.Addrs[0].Addr()
	what := "knows " + strings.Join(c.args[1:], ", ")
	if c.resolves != nil && c.resolvesOn == h {
		// Its socket stays: a program that just starts may hold a closed one.
		c.resolves.Change(answers)
		c.recordFault(h.Name, what)
		return
	}
	if c.resolves != nil {
		c.resolves.Close()
		c.resolves = nil
	}
	conn, err := h.ListenLow(func() (net.PacketConn, error) {
		return net.ListenPacket("udp", netip.AddrPortFrom(addr, resolver.Port).String())
	})
	if err == nil {
		c.resolves, c.resolvesOn = resolver.Serve(conn, answers), h
		file := filepath.Join(c.workDir, ".tmp", "resolv.conf")
		text := fmt.Sprintf("nameserver %s\noptions timeout:1 attempts:1\n", addr)
		if err = os.WriteFile(file, []byte(text), 0o644); err == nil {
			err = netns.Resolve(file)
		}
	}
	if err != nil {
		c.ts.Fatalf("resolver %s: %v; a script that needs it says at its head: needs resolver", h.Name, actor.Cause(err))
	}
	c.recordFault(h.Name, what)
}
