package netns

import (
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"time"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"github.com/vishvananda/netlink"
)

// Masquerade makes a router put its own address and a port of its own in the place
// of a caller's, in all that leaves to the network of one of its addresses. Answers
// find their way back as long as it remembers the connection (RFC 3022, 2.2).
func (h *Host) Masquerade(addr netip.Addr) error {
	i := h.Card(addr)
	if i >= 0 && !addr.Is4() {
		return fmt.Errorf("%s: this NAT is for IPv4 alone; say an address of IPv4", addr)
	}
	if i < 0 {
		return fmt.Errorf("%s is no address of %s", addr, h.Name)
	}
	return h.nat(CardName(i))
}

func (h *Host) nat(card string) error {
	name := make([]byte, 16) // IFNAMSIZ
	copy(name, card)
	return h.On(func() error {
		return nft(func(c *nftables.Conn) {
			table := c.AddTable(&nftables.Table{Family: nftables.TableFamilyIPv4, Name: "nat"})
			chain := c.AddChain(&nftables.Chain{Name: "leaving", Table: table, Type: nftables.ChainTypeNAT,
				Hooknum: nftables.ChainHookPostrouting, Priority: nftables.ChainPriorityNATSource})
			c.AddRule(&nftables.Rule{Table: table, Chain: chain, Exprs: []expr.Any{
				&expr.Meta{Key: expr.MetaKeyOIFNAME, Register: 1},
				&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: name},
				&expr.Masq{},
			}})
		})
	})
}

// timeouts are the settings that say how long a router remembers a silent
// connection: one of TCP that stands, and UDP before and after there was an answer.
var timeouts = []string{"nf_conntrack_tcp_timeout_established", "nf_conntrack_udp_timeout", "nf_conntrack_udp_timeout_stream"}

// ForgetAfter sets how long a router remembers a silent connection, in whole seconds.
// (Usual are minutes for TCP, and half a minute for UDP; RFC 5382 asks for two hours
// and four minutes, RFC 4787 for two minutes.)
func (h *Host) ForgetAfter(d time.Duration) error {
	return h.On(func() error {
		for _, name := range timeouts {
			seconds := strconv.Itoa(int(d / time.Second))
			if err := os.WriteFile("/proc/sys/net/netfilter/"+name, []byte(seconds), 0); err != nil {
				return fmt.Errorf("how long %s remembers: %w", h.Name, err)
			}
		}
		return nil
	})
}

// Forget makes a router forget all connections, now.
func (h *Host) Forget() error {
	return h.On(func() error {
		if err := netlink.ConntrackTableFlush(netlink.ConntrackTable); err != nil {
			return fmt.Errorf("make %s forget: %w", h.Name, err)
		}
		return nil
	})
}
