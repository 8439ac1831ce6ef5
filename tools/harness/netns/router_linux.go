package netns

import (
	"fmt"
	"net/netip"
	"os"
	"slices"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// AddRouter puts a router between networks: a host with a card in each, with the
// addresses that AddHost allows, which passes
// on what is not for itself. Hosts of these networks that know no way to others, and
// those that come later, send through it. Call it as AddHost.
func (n *Net) AddRouter(name string, cards [][]netip.Prefix) (*Host, error) {
	return n.add(&Host{Name: name, Cards: cards, net: n, router: true})
}

// forward lets the calling thread's network pass on packets between its cards, and
// say of each that it can't pass on (ICMP), though there may be many (icmp(7)).
func forward(six bool) error {
	if six {
		os.WriteFile("/proc/sys/net/ipv6/icmp/ratelimit", []byte("0"), 0)
		if err := os.WriteFile("/proc/sys/net/ipv6/conf/all/forwarding", []byte("1"), 0); err != nil {
			return err
		}
	}
	os.WriteFile("/proc/sys/net/ipv4/icmp_ratelimit", []byte("0"), 0)
	return os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0)
}

// routed gives a new host a way through a router, or hosts a way through a new one.
func (n *Net) routed(added *Host) error {
	for _, h := range n.hosts {
		for _, router := range n.hosts {
			if h.router || !router.router || h != added && router != added {
				continue
			}
			for _, its := range h.Cards[0] {
				gateway, ok := router.on(its.Masked())
				if !ok {
					continue
				}
				if err := h.Via(gateway, Everywhere(gateway)); err != nil && err != errRoute {
					return err
				}
			}
		}
	}
	return nil
}

// on is a host's address in a network.
func (h *Host) on(network netip.Prefix) (netip.Addr, bool) {
	for _, its := range slices.Concat(h.Cards...) {
		if its.Masked() == network {
			return its.Addr(), true
		}
	}
	return netip.Addr{}, false
}

// errRoute says that a host has a route to that network already.
var errRoute = fmt.Errorf("there is a route to it already")

// Via makes packets from the host to a network go to a router, at an address in a
// network of the host's.
func (h *Host) Via(gateway netip.Addr, to netip.Prefix) error {
	return h.On(func() error {
		route := &netlink.Route{Dst: ipNet(to), Gw: gateway.AsSlice()}
		switch err := netlink.RouteAdd(route); err {
		case nil:
			return nil
		case unix.EEXIST:
			return errRoute
		case unix.ENETUNREACH, unix.EHOSTUNREACH:
			return fmt.Errorf("%s is in no network of %s", gateway, h.Name)
		default:
			return fmt.Errorf("a route from %s to %s: %w", h.Name, to, err)
		}
	})
}

// MTU sets how many bytes a packet of a host may have on the network of one of its
// addresses, its IP header included (netdevice(7)).
func (h *Host) MTU(addr netip.Addr, bytes int) error {
	i := h.Card(addr)
	if i < 0 {
		return fmt.Errorf("%s is no address of %s", addr, h.Name)
	}
	const least = 1280 // a card with less has no IPv6
	if bytes < least && has6(h.Cards[i]) {
		return fmt.Errorf("%d bytes for %s: IPv6 needs %d or more (RFC 8200, 5)", bytes, h.Name, least)
	}
	if err := h.On(func() error { return netlink.LinkSetMTU(h.ports[i].card, bytes) }); err != nil {
		return fmt.Errorf("the MTU of %s: %w", h.Name, err)
	}
	return nil
}
