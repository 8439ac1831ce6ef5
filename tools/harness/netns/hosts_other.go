//go:build unix && !linux

package netns

import (
	"net"
	"net/netip"
	"time"
)

// NameMax is the longest name of a host, in bytes.
const NameMax = 13

// CardsMax is how many cards a router may have.
const CardsMax = 8

// CardName is the name of a host's card.
func CardName(int) string { return "eth0" }

// A Host needs Linux: here there are none.
type Host struct {
	Name  string
	Addrs []netip.Prefix
	Cards [][]netip.Prefix
}

func (n *Net) AddHost(string, []netip.Prefix, bool) (*Host, error) { return nil, errNoNamespaces }
func (n *Net) AddRouter(string, [][]netip.Prefix) (*Host, error)   { return nil, errNoNamespaces }
func (n *Net) Beside() (*Net, error)                               { return nil, errNoNamespaces }
func (n *Net) On(*Net, func() error) error                         { return errNoNamespaces }
func (*Host) Via(netip.Addr, netip.Prefix) error                   { return errNoNamespaces }
func (*Host) MTU(netip.Addr, int) error                            { return errNoNamespaces }
func (*Host) Cut(int) (string, string, error)                      { return "", "", errNoNamespaces }
func (*Host) Card(netip.Addr) int                                  { return -1 }
func HasIPv6() bool                                                { return false }
func (*Host) Firewall(Rule) error                                  { return errNoNamespaces }
func (*Host) NoFirewall() error                                    { return errNoNamespaces }
func (*Host) Masquerade(netip.Addr) error                          { return errNoNamespaces }
func (*Host) ForgetAfter(time.Duration) error                      { return errNoNamespaces }
func (*Host) Forget() error                                        { return errNoNamespaces }
func (*Host) ListenLow(func() (net.PacketConn, error)) (net.PacketConn, error) {
	return nil, errNoNamespaces
}
func Resolve(string) error                       { return errNoNamespaces }
func HasResolve() bool                           { return false }
func HasFirewall() bool                          { return false }
func (*Host) On(func() error) error              { return errNoNamespaces }
func (*Host) Enter() error                       { return errNoNamespaces }
func (*Host) Unplug() error                      { return errNoNamespaces }
func (*Host) Plug() error                        { return errNoNamespaces }
func (*Host) Route(string, netip.Prefix) error   { return errNoNamespaces }
func (*Host) Sysctl(string, string) error        { return errNoNamespaces }
func (*Host) Netem(time.Duration, float32) error { return errNoNamespaces }
func HasNetem() bool                             { return false }
func (*Host) close()                             {}
