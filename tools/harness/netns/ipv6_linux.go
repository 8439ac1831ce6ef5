package netns

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"slices"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// HasIPv6 reports whether the kernel has IPv6.
func HasIPv6() bool {
	_, err := os.Stat("/proc/sys/net/ipv6/conf/default/disable_ipv6")
	return err == nil
}

// Card is the number of a host's card that has an address; -1 if none has.
func (h *Host) Card(addr netip.Addr) int {
	return slices.IndexFunc(h.Cards, func(card []netip.Prefix) bool {
		return slices.ContainsFunc(card, func(p netip.Prefix) bool { return p.Addr() == addr })
	})
}

func (h *Host) hasIPv6() bool { return slices.ContainsFunc(h.Cards, has6) }

func has6(card []netip.Prefix) bool {
	return slices.ContainsFunc(card, func(p netip.Prefix) bool { return p.Addr().Is6() })
}

// addressing are the addresses for a card. One with IPv6 has a link-local address,
// too (RFC 4291, 2.8). It waits for no answer before it uses them (duplicate address
// detection, RFC 4862, 5.4), and asks for no routers.
func (h *Host) addressing(i int, card netlink.Link) (addrs []*netlink.Addr, err error) {
	six := has6(h.Cards[i])
	settings := map[string]string{"disable_ipv6": "1"}
	if six {
		const noLinkLocal = "1" // of the kernel's own: it would wait
		settings = map[string]string{"addr_gen_mode": noLinkLocal, "accept_ra": "0", "router_solicitations": "0", "disable_ipv6": "0"}
		mac := card.Attrs().HardwareAddr
		addrs = append(addrs, &netlink.Addr{IPNet: &net.IPNet{IP: linkLocal(mac), Mask: net.CIDRMask(64, 128)}})
	}
	for _, key := range []string{"addr_gen_mode", "accept_ra", "router_solicitations", "disable_ipv6"} {
		if value, is := settings[key]; is {
			err := os.WriteFile("/proc/sys/net/ipv6/conf/"+CardName(i)+"/"+key, []byte(value), 0)
			if err != nil && (six || !errors.Is(err, fs.ErrNotExist)) {
				return nil, fmt.Errorf("IPv6 for %s: %w", h.Name, err)
			}
		}
	}
	for _, addr := range h.Cards[i] {
		has := &netlink.Addr{IPNet: ipNet(addr)}
		has.IP = addr.Addr().AsSlice()
		addrs = append(addrs, has)
	}
	for _, a := range addrs {
		if a.IP.To4() == nil {
			a.Flags = unix.IFA_F_NODAD
		}
	}
	return addrs, nil
}

// linkLocal is the link-local address of a card (RFC 4291, appendix A).
func linkLocal(mac net.HardwareAddr) net.IP {
	return net.IP{0xfe, 0x80, 0, 0, 0, 0, 0, 0, mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5]}
}
