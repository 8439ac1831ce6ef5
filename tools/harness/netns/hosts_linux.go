package netns

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"socklab/tools/harness/namespace"
	"socklab/tools/harness/procfs"
)

// A Host is a machine in a script's network. It has its own addresses, routes
// and settings. A cable (veth(4)) leads from each of its cards to the switch of that
// card's network, a bridge in the script's own network.
type Host struct {
	Name  string
	Addrs []netip.Prefix // of its cards, in their order: eth0, eth1, ...
	// Cards are all addresses of each card, those of Addrs first.
	Cards [][]netip.Prefix

	net       *Net
	namespace *os.File
	ports     []port
	router    bool
	static    bool // it and the hosts on its networks know each other's cards for good
	unplugged bool
}

// A port is a card of a host, and its cable.
type port struct {
	card netlink.Link // the host's end
	plug netlink.Link // the end at the switch
	at   netlink.Link // the switch
	cut  [2]string    // the ends of its cable where that is cut; "" if it is whole
}

const (
	switchName = "switch"
	// NameMax is the longest name of a host, in bytes: the plug, a network
	// interface, bears the name too (IFNAMSIZ, netdevice(7)); that of a second card
	// has a dot and a digit more.
	NameMax = 13
	// CardsMax is how many cards a router may have.
	CardsMax = 8
)

// CardName is the name of a host's card; the first is 0.
func CardName(card int) string { return fmt.Sprintf("eth%d", card) }

// AddHost puts a host on the switch of its network. It has one card, with an address
// of IPv4, of IPv6, or one of each. The script's network must be
// private. Call AddHost on the goroutine that joined it. What the host sends to other
// networks goes through the first router on its own, if there is one. With static set,
// neither the host nor others ask which card has an address (ARP, RFC 826; neighbour
// discovery, RFC 4861): they know it for good.
func (n *Net) AddHost(name string, addrs []netip.Prefix, static bool) (*Host, error) {
	return n.add(&Host{Name: name, Cards: [][]netip.Prefix{addrs}, net: n, static: static})
}

// add makes a host that has a name and addresses.
func (n *Net) add(h *Host) (_ *Host, err error) {
	if n.namespace == nil {
		return nil, fmt.Errorf("host %s: the network is shared", h.Name)
	}
	for _, card := range h.Cards {
		h.Addrs = append(h.Addrs, card[0])
	}
	defer func() {
		if err != nil {
			h.close()
		}
	}()
	if h.namespace, err = empty(); err != nil {
		return nil, fmt.Errorf("a network for %s: %w", h.Name, err)
	}
	if err := h.On(h.configure); err != nil {
		return nil, err
	}
	for i := range h.Addrs {
		if err := h.connect(i); err != nil {
			return nil, err
		}
	}
	n.hosts = append(n.hosts, h)
	return h, n.routed(h)
}

// connect gives a host a card, and a cable to the switch.
func (h *Host) connect(i int) (err error) {
	var p port
	if p.at, err = h.net.switchOf(h.Cards[i]); err != nil {
		return err
	}
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.MasterIndex = h.Name, p.at.Attrs().Index
	if i > 0 {
		attrs.Name = fmt.Sprintf("%s.%d", h.Name, i)
	}
	cable := &netlink.Veth{LinkAttrs: attrs, PeerName: CardName(i), PeerNamespace: netlink.NsFd(h.namespace.Fd())}
	if err := netlink.LinkAdd(cable); err != nil {
		return fmt.Errorf("a cable for %s: %w", h.Name, err)
	}
	p.plug = cable
	if err := netlink.LinkSetUp(cable); err != nil {
		return fmt.Errorf("set the plug of %s up: %w", h.Name, err)
	}
	if p.card, err = h.setUp(i); err != nil {
		return err
	}
	if err := h.awaitCable(cable); err != nil {
		return err
	}
	h.ports = append(h.ports, p)
	if h.net.plain {
		if err := h.plainCards(); err != nil {
			return err
		}
	}
	return h.introduce(i)
}

// awaitCable waits until an end of a cable passes packets, and the switch forwards
// those of a plug. The kernel lets them know of the cable a moment after both ends are
// up (linkwatch); a packet that is sent before is lost. If the kernel says nothing for a second, it may be.
func (h *Host) awaitCable(plug netlink.Link) error {
	const patience = time.Second
	updates, done := make(chan netlink.LinkUpdate, 16), make(chan struct{})
	defer close(done)
	if err := netlink.LinkSubscribe(updates, done); err != nil {
		return fmt.Errorf("watch the plug of %s: %w", h.Name, err)
	}
	late := time.NewTimer(patience)
	defer late.Stop()
	index := plug.Attrs().Index
	plug, err := netlink.LinkByIndex(index)
	for err == nil && plug.Attrs().OperState != netlink.OperUp {
		select {
		case u, open := <-updates:
			if !open {
				return nil
			}
			if u.Link.Attrs().Index == index {
				plug = u.Link
			}
		case <-late.C:
			return nil
		}
	}
	return err
}

// switchOf is the switch of the networks of a card; it makes one, a bridge, for new
// networks.
func (n *Net) switchOf(card []netip.Prefix) (there netlink.Link, err error) {
	for _, addr := range card {
		its := n.switches[addr.Masked()]
		if there != nil && its != nil && there != its {
			return nil, fmt.Errorf("%s and %s are networks with a switch each: the first host of one of them must have both addresses", card[0].Masked(), addr.Masked())
		}
		if its != nil {
			there = its
		}
	}
	if there == nil {
		if there, err = n.addSwitch(); err != nil {
			return nil, err
		}
	}
	for _, addr := range card {
		n.switches[addr.Masked()] = there
	}
	return there, nil
}

func (n *Net) addSwitch() (netlink.Link, error) {
	if err := quiet(); err != nil {
		return nil, err
	}
	attrs := netlink.NewLinkAttrs()
	attrs.Name = switchName
	if n.bridges++; n.bridges > 1 {
		attrs.Name += fmt.Sprint(n.bridges)
	}
	snooping := false // off: or the bridge would join a multicast group of its own and announce it (RFC 4286)
	bridge := &netlink.Bridge{LinkAttrs: attrs, MulticastSnooping: &snooping}
	if err := netlink.LinkAdd(bridge); err != nil {
		return nil, fmt.Errorf("a switch: %w", err)
	}
	if err := netlink.LinkSetUp(bridge); err != nil {
		return nil, fmt.Errorf("set the switch up: %w", err)
	}
	if n.switches == nil {
		n.switches = map[netip.Prefix]netlink.Link{}
	}
	return bridge, nil
}

// quiet stops the kernel from sending packets of its own on the calling thread's
// network. It switches IPv6 off, where the kernel has it: with IPv6, a card
// announces itself and asks for routers.
func quiet() error {
	err := os.WriteFile("/proc/sys/net/ipv6/conf/default/disable_ipv6", []byte("1"), 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// empty makes a network namespace without any process in it.
func empty() (*os.File, error) {
	type made struct {
		file *os.File
		err  error
	}
	result := make(chan made)
	go func() {
		runtime.LockOSThread() // and the thread ends with the goroutine
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			result <- made{nil, err}
			return
		}
		file, err := procfs.Open("thread-self/ns/net")
		result <- made{file, err}
	}()
	m := <-result
	return m.file, m.err
}

// Beside is another network, with a loopback and nothing else. It ends when it was left
// (Leave) and the last process on it has ended.
func (n *Net) Beside() (*Net, error) {
	if n.namespace == nil {
		return nil, errors.New("another network: this one is shared")
	}
	file, err := empty()
	if err != nil {
		return nil, fmt.Errorf("another network: %w", err)
	}
	other := &Net{Host: n.Host, Port: n.Port, namespace: file}
	up := make(chan error)
	if err = other.Go(func() { up <- namespace.LoopbackUp() }); err == nil {
		err = <-up
	}
	if err != nil {
		other.Leave()
		return nil, fmt.Errorf("another network: %w", err)
	}
	return other, nil
}

// On calls a function on another network. Call it on the goroutine that joined this one.
func (n *Net) On(other *Net, f func() error) error {
	if err := enter(other.namespace); err != nil {
		return err
	}
	err := f()
	if back := enter(n.namespace); back != nil {
		return fmt.Errorf("come back: %w", back)
	}
	return err
}

// configure sets up a host that has no card yet.
func (h *Host) configure() error {
	if err := namespace.LoopbackUp(); err != nil {
		return err
	}
	os.WriteFile("/proc/sys/net/ipv4/tcp_rfc1337", []byte("1"), 0) // as in joinPrivate
	if h.router {
		if err := forward(h.hasIPv6()); err != nil {
			return fmt.Errorf("let %s forward: %w", h.Name, err)
		}
	}
	return quiet()
}

// setUp sets up a card.
func (h *Host) setUp(i int) (card netlink.Link, err error) {
	err = h.On(func() error {
		card, err = netlink.LinkByName(CardName(i))
		if err != nil {
			return fmt.Errorf("find the card of %s: %w", h.Name, err)
		}
		addrs, err := h.addressing(i, card)
		if err != nil {
			return err
		}
		for _, addr := range addrs {
			if err := netlink.AddrAdd(card, addr); err != nil {
				return fmt.Errorf("give %s the address %s: %w", h.Name, addr.IPNet, err)
			}
		}
		if err := netlink.LinkSetUp(card); err != nil {
			return fmt.Errorf("set the card of %s up: %w", h.Name, err)
		}
		return nil
	})
	return card, err
}

// ipNet is a network as package net has it.
func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Masked().Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}

// introduce enters permanent Ethernet addresses in the neighbour tables of a new
// card and of those that are on its switch already, if the host of one is static.
func (h *Host) introduce(i int) error {
	type card struct {
		*Host
		n int
	}
	knows := func(a, b card) error {
		err := a.On(func() error {
			for _, addr := range b.Cards[b.n] {
				// The kernel has no neighbours of a family that its card doesn't speak.
				speaks := func(own netip.Prefix) bool { return own.Addr().Is4() == addr.Addr().Is4() }
				if !slices.ContainsFunc(a.Cards[a.n], speaks) {
					continue
				}
				if err := netlink.NeighSet(&netlink.Neigh{
					LinkIndex: a.ports[a.n].card.Attrs().Index, State: netlink.NUD_PERMANENT,
					IP: addr.Addr().AsSlice(), HardwareAddr: b.ports[b.n].card.Attrs().HardwareAddr,
				}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("introduce %s to %s: %w", b.Name, a.Name, err)
		}
		return nil
	}
	own := card{h, i}
	for _, other := range h.net.hosts {
		for n, p := range other.ports {
			if p.at != h.ports[i].at || !h.static && !other.static {
				continue
			}
			if err := errors.Join(knows(own, card{other, n}), knows(card{other, n}, own)); err != nil {
				return err
			}
		}
	}
	return nil
}

// On calls f with the calling thread on the host. Sockets that f makes and
// processes that it starts stay there. Call it on the goroutine that joined the
// network.
func (h *Host) On(f func() error) error {
	if err := enter(h.namespace); err != nil {
		return fmt.Errorf("go to host %s: %w", h.Name, err)
	}
	err := f()
	if back := enter(h.net.namespace); back != nil {
		// This thread must not go on as if it were in the script's network.
		return fmt.Errorf("come back from host %s: %w", h.Name, back)
	}
	return err
}

// Enter puts another goroutine on the host. It locks that goroutine's thread,
// which ends with it.
func (h *Host) Enter() error {
	runtime.LockOSThread()
	return enter(h.namespace)
}

// Unplug takes all cables of a host out of their switches. No program is told: the
// host's cards keep sending, and nothing arrives.
func (h *Host) Unplug() error {
	h.unplugged = true
	for _, p := range h.ports {
		if err := netlink.LinkSetNoMaster(p.plug); err != nil {
			return fmt.Errorf("unplug %s: %w", h.Name, err)
		}
	}
	return nil
}

// Plug puts them back.
func (h *Host) Plug() error {
	h.unplugged = false
	for _, p := range h.ports {
		if err := netlink.LinkSetMaster(p.plug, p.at); err != nil {
			return fmt.Errorf("plug %s: %w", h.Name, err)
		}
	}
	return nil
}

// Netem delays each packet that the host sends, and drops loss percent of them
// at random, where the kernel can (tc-netem(8)).
func (h *Host) Netem(delay time.Duration, loss float32) error {
	return h.On(func() error {
		for _, p := range h.ports {
			if err := netem(p.card, delay, loss); err != nil {
				return err
			}
		}
		return nil
	})
}

func netem(card netlink.Link, delay time.Duration, loss float32) error {
	return netlink.QdiscReplace(netlink.NewNetem(
		netlink.QdiscAttrs{LinkIndex: card.Attrs().Index, Handle: netlink.MakeHandle(1, 0), Parent: netlink.HANDLE_ROOT},
		netlink.NetemQdiscAttrs{Latency: uint32(delay.Microseconds()), Loss: loss}))
}

// HasNetem reports whether Netem works here: it tries on the loopback of a new
// network.
func HasNetem() bool {
	has := make(chan bool)
	go func() {
		runtime.LockOSThread()
		if unix.Unshare(unix.CLONE_NEWNET) != nil {
			has <- false
			return
		}
		lo, err := netlink.LinkByName("lo")
		has <- err == nil && netem(lo, time.Millisecond, 0) == nil
	}()
	return <-has
}

// routes are the kinds of route that lead nowhere (ip-route(8)). blackhole drops
// packets silently. unreachable and prohibit return an error to the sender.
var routes = map[string]int{
	"blackhole":   unix.RTN_BLACKHOLE,
	"unreachable": unix.RTN_UNREACHABLE,
	"prohibit":    unix.RTN_PROHIBIT,
}

// Route makes packets from the host to a network lead nowhere. kind is a key of
// routes; "open" removes such a route.
func (h *Host) Route(kind string, to netip.Prefix) error {
	dst := ipNet(to)
	number, leads := routes[kind]
	if !leads && kind != "open" {
		return fmt.Errorf("unknown kind of route %q: want blackhole, unreachable, prohibit or open", kind)
	}
	return h.On(func() error {
		err := errors.New("the host has no such route to remove")
		for _, before := range routes {
			if gone := netlink.RouteDel(&netlink.Route{Type: before, Dst: dst}); gone == nil {
				err = nil
			}
		}
		if leads {
			err = netlink.RouteAdd(&netlink.Route{Type: number, Dst: dst})
		}
		if errors.Is(err, unix.EEXIST) && to.Addr().Is4() {
			return fmt.Errorf("%s is the network of its own card; name a part of it, or one address", to)
		}
		return err
	})
}

// Sysctl sets one of the host's own settings of the network (tcp(7), ip(7),
// socket(7)), by a name such as net.ipv4.tcp_retries2.
func (h *Host) Sysctl(key, value string) error {
	path := filepath.Clean("/proc/sys/" + strings.ReplaceAll(key, ".", "/"))
	if !strings.HasPrefix(path, "/proc/sys/net/") {
		return fmt.Errorf("%s is no setting of a network; their names begin with net", key)
	}
	return h.On(func() error {
		err := os.WriteFile(path, []byte(value), 0)
		if os.IsNotExist(err) {
			return fmt.Errorf("a host has no setting %s of its own", key)
		}
		return err
	})
}

func (h *Host) close() {
	// The cable goes with the network at one of its ends.
	if h.namespace != nil {
		h.namespace.Close()
	}
}
