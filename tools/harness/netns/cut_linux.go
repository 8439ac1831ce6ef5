package netns

import (
	"fmt"
	"unsafe"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Cut cuts the cable of one of a host's cards in two. It returns the names of both
// ends, which are interfaces of the script's own network: the one at the host, and the
// one at the switch. Nothing passes until somebody takes frames from each to the
// other. A cable is cut once; later calls return the same names.
//
// From then on the cards of this network don't leave work to the next one (TCP and
// generic segmentation, checksums): a packet is what a real cable carries.
func (h *Host) Cut(card int) (atHost, atSwitch string, err error) {
	p := &h.ports[card]
	if p.cut[0] != "" {
		return p.cut[0], p.cut[1], nil
	}
	n := h.net
	n.plain = true
	for _, other := range n.hosts {
		if err := other.plainCards(); err != nil {
			return "", "", err
		}
	}
	n.cuts++ // a host's name begins with a letter, so these are free
	attrs := netlink.NewLinkAttrs()
	attrs.Name = fmt.Sprintf("%d.cut", n.cuts)
	half := &netlink.Veth{LinkAttrs: attrs, PeerName: fmt.Sprintf("%d.plug", n.cuts)}
	if err := netlink.LinkAdd(half); err != nil {
		return "", "", fmt.Errorf("another cable for %s: %w", h.Name, err)
	}
	plug, err := netlink.LinkByName(half.PeerName)
	if err == nil {
		err = netlink.LinkSetUp(half)
	}
	if err == nil {
		err = netlink.LinkSetUp(plug)
	}
	if err == nil {
		err = netlink.LinkSetNoMaster(p.plug)
	}
	if err == nil && !h.unplugged {
		err = netlink.LinkSetMaster(plug, p.at)
	}
	for _, end := range []netlink.Link{half, plug} {
		if err == nil {
			err = h.awaitCable(end)
		}
	}
	if err != nil {
		return "", "", fmt.Errorf("cut the cable of %s: %w", h.Name, err)
	}
	p.cut = [2]string{p.plug.Attrs().Name, attrs.Name}
	p.plug = plug
	return p.cut[0], p.cut[1], nil
}

// plainCards makes a host's cards send each segment with its checksum.
func (h *Host) plainCards() error {
	return h.On(func() error {
		for i := range h.ports {
			for _, feature := range []uint32{unix.ETHTOOL_STXCSUM, unix.ETHTOOL_STSO, unix.ETHTOOL_SGSO} {
				if err := switchOff(CardName(i), feature); err != nil {
					return fmt.Errorf("the card of %s: no offload: %w", h.Name, err)
				}
			}
		}
		return nil
	})
}

// switchOff switches a feature of an interface off (struct ethtool_value,
// linux/ethtool.h).
func switchOff(card string, feature uint32) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	value := [2]uint32{feature, 0}
	request := struct {
		name  [unix.IFNAMSIZ]byte
		value *[2]uint32
		_     [16]byte
	}{value: &value}
	copy(request.name[:unix.IFNAMSIZ-1], card)
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCETHTOOL, uintptr(unsafe.Pointer(&request)))
	if errno != 0 && errno != unix.EOPNOTSUPP {
		return errno
	}
	return nil
}
