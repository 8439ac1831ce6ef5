package netns

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"slices"
	"sync"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"

	"socklab/tools/harness/procfs"
)

// A family is what a firewall has for a version of IP.
type family struct {
	table              nftables.TableFamily
	closed, prohibited uint8 // codes of ICMP "destination unreachable" (RFC 792, RFC 1812; RFC 4443, 3.1)
	icmp               byte
}

var families = map[bool]family{
	false: {nftables.TableFamilyIPv4, 3, 13, unix.IPPROTO_ICMP},
	true:  {nftables.TableFamilyIPv6, 4, 1, unix.IPPROTO_ICMPV6},
}

// families are those of a host's addresses.
func (h *Host) families() (its []family) {
	for _, six := range []bool{false, true} {
		if slices.ContainsFunc(slices.Concat(h.Cards...), func(p netip.Prefix) bool { return p.Addr().Is6() == six }) {
			its = append(its, families[six])
		}
	}
	return its
}

// verdict is what a firewall's host does: it says nothing (drop), sends ICMP "port
// unreachable" (reject) or "administratively prohibited" (prohibit), or resets the
// connection (reset; TCP only).
func (f family) verdict(name string) expr.Any {
	switch name {
	case "reject":
		return &expr.Reject{Type: unix.NFT_REJECT_ICMP_UNREACH, Code: f.closed}
	case "prohibit":
		return &expr.Reject{Type: unix.NFT_REJECT_ICMP_UNREACH, Code: f.prohibited}
	case "reset":
		return &expr.Reject{Type: unix.NFT_REJECT_TCP_RST}
	}
	return &expr.Verdict{Kind: expr.VerdictDrop}
}

var hooks = map[string]*nftables.ChainHook{
	"in":      nftables.ChainHookInput,
	"out":     nftables.ChainHookOutput,
	"through": nftables.ChainHookForward,
}

// match fits the packets of a rule.
func (f family) match(r Rule) (match []expr.Any) {
	number, is := map[string]byte{"tcp": unix.IPPROTO_TCP, "udp": unix.IPPROTO_UDP, "icmp": f.icmp}[r.Protocol]
	if is {
		match = append(match,
			&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: 1},
			&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{number}})
	}
	if r.Port != 0 {
		match = append(match,
			&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: 2, Len: 2},
			&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: binary.BigEndian.AppendUint16(nil, r.Port)})
	}
	return match
}

// Firewall adds a rule to the host's firewall, behind those that are there. The first
// that fits decides; what fits none passes.
func (h *Host) Firewall(r Rule) error {
	if err := r.Check(); err != nil {
		return err
	}
	return h.On(func() error {
		return nft(func(c *nftables.Conn) {
			for _, f := range h.families() {
				table := c.AddTable(&nftables.Table{Family: f.table, Name: "firewall"})
				chain := c.AddChain(&nftables.Chain{Name: r.Where, Table: table, Type: nftables.ChainTypeFilter,
					Hooknum: hooks[r.Where], Priority: nftables.ChainPriorityFilter})
				c.AddRule(&nftables.Rule{Table: table, Chain: chain, Exprs: append(f.match(r), f.verdict(r.Verdict))})
			}
		})
	})
}

// NoFirewall takes all rules of the host's firewall away.
func (h *Host) NoFirewall() error {
	return h.On(func() error {
		return nft(func(c *nftables.Conn) {
			for _, f := range h.families() {
				c.DelTable(c.AddTable(&nftables.Table{Family: f.table, Name: "firewall"}))
			}
		})
	})
}

// nft changes the tables of the calling thread's network, all of it or nothing.
func nft(change func(*nftables.Conn)) error {
	c, err := nftables.New()
	if err != nil {
		return fmt.Errorf("nftables: %w", err)
	}
	change(c)
	if err := c.Flush(); err != nil {
		return fmt.Errorf("nftables: %w", err)
	}
	return nil
}

// HasFirewall reports whether Firewall and Masquerade work here: it tries on a new
// network.
var HasFirewall = sync.OnceValue(func() bool {
	tried := make(chan error)
	go func() { tried <- tryFirewall() }()
	return <-tried == nil
})

func tryFirewall() error {
	runtime.LockOSThread() // and the thread ends with the goroutine
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return err
	}
	n := &Net{}
	var err error
	if n.namespace, err = procfs.Open("thread-self/ns/net"); err != nil {
		return err
	}
	defer n.Leave()
	h, err := n.AddRouter("trial", [][]netip.Prefix{{netip.MustParsePrefix("10.0.0.1/24")}})
	if err != nil {
		return err
	}
	return errors.Join(h.Firewall(Rule{Where: "in", Verdict: "reset", Protocol: "tcp", Port: 1}), h.Masquerade(h.Addrs[0].Addr()))
}
