//go:build unix

package socksh

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// address reads HOST:PORT, [HOST]:PORT, or a path, which has a / or no colon.
// @NAME is a name in Linux's abstract namespace (unix(7)).
func address(w word) (unix.Sockaddr, error) {
	if w.quoted {
		return nil, fmt.Errorf("%s: want an address: 127.0.0.1:8000, [::1]:8000, a path or @NAME, without quotes", clip(w.text))
	}
	if strings.HasPrefix(w.text, "@") || strings.Contains(w.text, "/") || !strings.Contains(w.text, ":") {
		return &unix.SockaddrUnix{Name: w.text}, nil
	}
	ap, err := netip.ParseAddrPort(w.text)
	if err != nil {
		return nil, fmt.Errorf("%s: want an address in numbers: 127.0.0.1:8000, [::1]:8000, or a path such as ./%s", clip(w.text), clip(w.text))
	}
	if ap.Addr().Is4() {
		return &unix.SockaddrInet4{Addr: ap.Addr().As4(), Port: int(ap.Port())}, nil
	}
	sa := &unix.SockaddrInet6{Addr: ap.Addr().As16(), Port: int(ap.Port())}
	if zone := ap.Addr().Zone(); zone != "" {
		index, err := strconv.ParseUint(zone, 10, 32)
		if err != nil {
			ifi, err := net.InterfaceByName(zone)
			if err != nil {
				return nil, fmt.Errorf("%s: no network interface is called %s", clip(w.text), clip(zone))
			}
			index = uint64(ifi.Index)
		}
		sa.ZoneId = uint32(index)
	}
	return sa, nil
}

// words for an address that the kernel answered.
func showAddress(sa unix.Sockaddr) string {
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port)).String()
	case *unix.SockaddrInet6:
		addr := netip.AddrFrom16(sa.Addr)
		if sa.ZoneId != 0 {
			addr = addr.WithZone(strconv.Itoa(int(sa.ZoneId)))
		}
		return netip.AddrPortFrom(addr, uint16(sa.Port)).String()
	case *unix.SockaddrUnix:
		if sa.Name == "" || sa.Name == "@" { // Go writes @ for a first byte of 0
			return "no name"
		}
		return unquoted(sa.Name)
	case nil:
		return "no address"
	}
	return fmt.Sprintf("%T", sa)
}
