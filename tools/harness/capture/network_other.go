//go:build !linux

package capture

import (
	"errors"
	"net/netip"
	"time"

	"socklab/tools/harness/procfs"
	"socklab/tools/harness/recording"
)

// ErrLinux is the error of every capture on another system.
var ErrLinux = errors.New("needs Linux (AF_PACKET); on Windows, WSL is a Linux")

// A Network, a Side and a View need Linux: here there are none.
type (
	Network struct{}
	Side    struct{}
	View    struct{}
	Relay   struct{}
)

func NewNetwork(*recording.Recording, People) *Network                { return &Network{} }
func (*Network) Add(string, string) (*Side, error)                    { return nil, ErrLinux }
func (*Network) Accept(string, netip.AddrPort, netip.AddrPort)        {}
func (*Network) End()                                                 {}
func (*Network) Relay(string, string, string, string) (*Relay, error) { return nil, ErrLinux }
func (*Relay) Impair(bool, Impairment)                                {}
func (*Relay) Line(Line)                                              {}
func (*Relay) Unplugged()                                             {}
func (*Relay) Plugged()                                               {}
func (*Relay) Heal()                                                  {}
func (*Side) Listeners() []procfs.Listener                            { return nil }
func (*Side) View() (*View, error)                                    { return nil, ErrLinux }
func (*Side) Unplugged()                                              {}
func (*Side) Plugged()                                                {}
func (*View) Finish(time.Time, bool) error                            { return ErrLinux }
func (*View) Text(Options) string                                     { return "" }
func (*View) Stop()                                                   {}
