//go:build !linux

package privnet

import (
	"net/netip"
	"time"
)

// NameMax is how long the name of a host may be.
const NameMax = 15

// A Host can't be had here.
type Host struct {
	Name string
	Addr netip.Prefix
}

func (n *Net) AddHost(string, netip.Prefix) (*Host, error) { return nil, errNoNamespaces }
func (*Host) On(func() error) error                        { return errNoNamespaces }
func (*Host) Enter() error                                 { return errNoNamespaces }
func (*Host) Unplug() error                                { return errNoNamespaces }
func (*Host) Plug() error                                  { return errNoNamespaces }
func (*Host) Route(string, netip.Prefix) error             { return errNoNamespaces }
func (*Host) Sysctl(string, string) error                  { return errNoNamespaces }
func (*Host) Netem(time.Duration, float32) error           { return errNoNamespaces }
func HasNetem() bool                                       { return false }
func (*Host) close()                                       {}
