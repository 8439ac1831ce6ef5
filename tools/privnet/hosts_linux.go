package privnet

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"socklab/tools/namespace"
)

// A Host is a machine of a script's own: a network with its own addresses,
// routes and settings, on a cable (veth(4)) that leads to the script's switch,
// a bridge in the script's own network.
type Host struct {
	Name string
	Addr netip.Prefix

	net       *Net
	namespace *os.File
	plug      netlink.Link // the switch's end of the cable
	card      netlink.Link // the host's end, eth0
}

const (
	switchName = "switch"
	cardName   = "eth0"
	// NameMax is how long the name of a host may be: it names the plug too
	// (IFNAMSIZ, netdevice(7)).
	NameMax = 15
)

// AddHost puts a host on the script's switch. Call it on the goroutine that
// joined the network, which must be private.
func (n *Net) AddHost(name string, addr netip.Prefix) (h *Host, err error) {
	if n.namespace == nil {
		return nil, fmt.Errorf("host %s: the network is shared", name)
	}
	if n.bridge == nil {
		if n.bridge, err = addSwitch(); err != nil {
			return nil, err
		}
	}
	h = &Host{Name: name, Addr: addr, net: n}
	defer func() {
		if err != nil {
			h.close()
		}
	}()
	if h.namespace, err = empty(); err != nil {
		return nil, fmt.Errorf("a network for %s: %w", name, err)
	}
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.MasterIndex = name, n.bridge.Attrs().Index
	cable := &netlink.Veth{LinkAttrs: attrs, PeerName: cardName, PeerNamespace: netlink.NsFd(h.namespace.Fd())}
	if err := netlink.LinkAdd(cable); err != nil {
		return nil, fmt.Errorf("a cable for %s: %w", name, err)
	}
	h.plug = cable
	if err := netlink.LinkSetUp(cable); err != nil {
		return nil, fmt.Errorf("set the plug of %s up: %w", name, err)
	}
	if err := h.On(h.configure); err != nil {
		return nil, err
	}
	if err := h.introduce(); err != nil {
		return nil, err
	}
	n.hosts = append(n.hosts, h)
	return h, nil
}

// addSwitch makes the bridge that all cables lead to.
func addSwitch() (netlink.Link, error) {
	if err := quiet(); err != nil {
		return nil, err
	}
	attrs := netlink.NewLinkAttrs()
	attrs.Name = switchName
	snooping := false // or it would join a group of its own (RFC 4286), and say so
	bridge := &netlink.Bridge{LinkAttrs: attrs, MulticastSnooping: &snooping}
	if err := netlink.LinkAdd(bridge); err != nil {
		return nil, fmt.Errorf("a switch: %w", err)
	}
	if err := netlink.LinkSetUp(bridge); err != nil {
		return nil, fmt.Errorf("set the switch up: %w", err)
	}
	return bridge, nil
}

// quiet keeps the calling thread's network from saying anything by itself:
// with IPv6, where the kernel has it, a card announces itself and asks for routers.
func quiet() error {
	err := os.WriteFile("/proc/sys/net/ipv6/conf/default/disable_ipv6", []byte("1"), 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// empty makes a network namespace, with nobody in it.
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
		file, err := os.Open("/proc/thread-self/ns/net")
		result <- made{file, err}
	}()
	m := <-result
	return m.file, m.err
}

// configure sets up the host's own side.
func (h *Host) configure() error {
	if err := namespace.LoopbackUp(); err != nil {
		return err
	}
	os.WriteFile("/proc/sys/net/ipv4/tcp_rfc1337", []byte("1"), 0) // as in joinPrivate
	if err := quiet(); err != nil {
		return err
	}
	os.WriteFile("/proc/sys/net/ipv6/conf/"+cardName+"/disable_ipv6", []byte("1"), 0)
	card, err := netlink.LinkByName(cardName)
	if err != nil {
		return fmt.Errorf("find the card of %s: %w", h.Name, err)
	}
	h.card = card
	addr := &netlink.Addr{IPNet: &net.IPNet{
		IP: h.Addr.Addr().AsSlice(), Mask: net.CIDRMask(h.Addr.Bits(), h.Addr.Addr().BitLen())}}
	if err := netlink.AddrAdd(card, addr); err != nil {
		return fmt.Errorf("give %s the address %s: %w", h.Name, h.Addr, err)
	}
	if err := netlink.LinkSetUp(card); err != nil {
		return fmt.Errorf("set the card of %s up: %w", h.Name, err)
	}
	return nil
}

// introduce tells the host and those before it each other's Ethernet addresses,
// for good: so nobody has to ask (RFC 826), and nobody forgets when there is
// no answer.
func (h *Host) introduce() error {
	knows := func(a, b *Host) error {
		return a.On(func() error {
			return netlink.NeighSet(&netlink.Neigh{
				LinkIndex: a.card.Attrs().Index, State: netlink.NUD_PERMANENT,
				IP: b.Addr.Addr().AsSlice(), HardwareAddr: b.card.Attrs().HardwareAddr,
			})
		})
	}
	for _, other := range h.net.hosts {
		if err := knows(h, other); err != nil {
			return fmt.Errorf("introduce %s to %s: %w", other.Name, h.Name, err)
		}
		if err := knows(other, h); err != nil {
			return fmt.Errorf("introduce %s to %s: %w", h.Name, other.Name, err)
		}
	}
	return nil
}

// On calls f with the calling thread on the host. Sockets that f makes and
// processes that it starts stay there. The caller is the goroutine that joined
// the network.
func (h *Host) On(f func() error) error {
	if err := enter(h.namespace); err != nil {
		return fmt.Errorf("go to host %s: %w", h.Name, err)
	}
	err := f()
	if back := enter(h.net.namespace); back != nil {
		// This thread must not go on as if it were at home.
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

// Unplug takes the cable out of the switch. Nobody is told: the host's card
// sends on, and nothing arrives.
func (h *Host) Unplug() error {
	if err := netlink.LinkSetNoMaster(h.plug); err != nil {
		return fmt.Errorf("unplug %s: %w", h.Name, err)
	}
	return nil
}

// Plug puts the cable back.
func (h *Host) Plug() error {
	if err := netlink.LinkSetMaster(h.plug, h.net.bridge); err != nil {
		return fmt.Errorf("plug %s: %w", h.Name, err)
	}
	return nil
}

// Netem delays what the host sends, and loses a part of it by chance (percent),
// where the kernel can (tc-netem(8)).
func (h *Host) Netem(delay time.Duration, loss float32) error {
	return h.On(func() error { return netem(h.card, delay, loss) })
}

func netem(card netlink.Link, delay time.Duration, loss float32) error {
	return netlink.QdiscReplace(netlink.NewNetem(
		netlink.QdiscAttrs{LinkIndex: card.Attrs().Index, Handle: netlink.MakeHandle(1, 0), Parent: netlink.HANDLE_ROOT},
		netlink.NetemQdiscAttrs{Latency: uint32(delay.Microseconds()), Loss: loss}))
}

// HasNetem reports whether Netem can be had: it tries, on a loopback of its own.
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

// routes are the kinds of route that lead nowhere: packets to there vanish,
// or the sender is told that nobody is there, or that it is not allowed
// (ip-route(8)).
var routes = map[string]int{
	"blackhole":   unix.RTN_BLACKHOLE,
	"unreachable": unix.RTN_UNREACHABLE,
	"prohibit":    unix.RTN_PROHIBIT,
}

// Route makes packets from the host to a network lead nowhere, in one of the
// ways of routes; "open" takes such a route away.
func (h *Host) Route(kind string, to netip.Prefix) error {
	dst := &net.IPNet{IP: to.Masked().Addr().AsSlice(), Mask: net.CIDRMask(to.Bits(), to.Addr().BitLen())}
	number, leads := routes[kind]
	if !leads && kind != "open" {
		return fmt.Errorf("%q is no kind of route; there are blackhole, unreachable, prohibit and open", kind)
	}
	return h.On(func() error {
		err := errors.New("there is no such route")
		for _, before := range routes {
			if gone := netlink.RouteDel(&netlink.Route{Type: before, Dst: dst}); gone == nil {
				err = nil
			}
		}
		if leads {
			err = netlink.RouteAdd(&netlink.Route{Type: number, Dst: dst})
		}
		if errors.Is(err, unix.EEXIST) {
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
