//go:build !linux

package procfs

import (
	"errors"
	"net"
	"net/netip"
)

// A Diag needs Linux: here it knows nothing.
type Diag struct{}

// A Listener is a socket that others can call.
type Listener struct {
	Network string
	Addr    netip.AddrPort
	Inode   uint64
	V6Only  bool
}

func (*Diag) Listeners() []Listener { return nil }

func OpenDiag() (*Diag, error)                                     { return nil, errors.New("SOCK_DIAG is Linux's") }
func (*Diag) Close()                                               {}
func (*Diag) Socket(string, netip.AddrPort, netip.AddrPort) uint64 { return 0 }
func (*Diag) Peer(uint64) uint64                                   { return 0 }
func AddrPort(net.Addr) netip.AddrPort                             { return netip.AddrPort{} }
