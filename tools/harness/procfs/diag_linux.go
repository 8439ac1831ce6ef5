package procfs

import (
	"bytes"
	"encoding/binary"
	"net"
	"net/netip"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// A Diag finds sockets on one network by their addresses, with SOCK_DIAG
// (sock_diag(7)). It asks for one socket and no list, which takes 5 µs.
type Diag struct {
	mu     sync.Mutex
	fd     int
	answer [32 << 10]byte
}

// OpenDiag asks about the network of the calling thread. Others may use the result
// too. The error is the kernel's, where it has no SOCK_DIAG.
func OpenDiag() (*Diag, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return nil, os.NewSyscallError("socket NETLINK_SOCK_DIAG", err)
	}
	return &Diag{fd: fd}, nil
}

// Close ends a Diag; nil is fine. It knows no sockets any more.
func (d *Diag) Close() {
	if d == nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fd >= 0 {
		unix.Close(d.fd)
	}
	d.fd = -1
}

// Socket is the inode of a socket that a process has open: the one with these two
// addresses, else the one that listens or is bound at local. With the zero remote
// it is the latter. It is 0 if there is none, or if its program has closed it.
// network begins with tcp or udp.
func (d *Diag) Socket(network string, local, remote netip.AddrPort) (inode uint64) {
	family, protocol := uint8(unix.AF_INET), uint8(unix.IPPROTO_TCP)
	local, remote = unmapped(local), unmapped(remote)
	if local.Addr().Is6() {
		family = unix.AF_INET6
	}
	first, second := local, remote
	if network[:3] == "udp" {
		// For UDP the kernel takes them the other way round (udp_dump_one).
		protocol, first, second = unix.IPPROTO_UDP, remote, local
	}
	// struct inet_diag_req_v2
	request := []byte{family, protocol, 0, 0, 0xff, 0xff, 0xff, 0xff}
	request = binary.BigEndian.AppendUint16(request, first.Port())
	request = binary.BigEndian.AppendUint16(request, second.Port())
	for _, end := range []netip.AddrPort{first, second} {
		var addr [16]byte
		copy(addr[:], end.Addr().AsSlice())
		request = append(request, addr[:]...)
	}
	request = append(request, 0, 0, 0, 0) // any interface
	request = append(request, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)
	const inodeAt = 68 // in struct inet_diag_msg
	if answer := d.ask(request); len(answer) >= inodeAt+4 {
		return uint64(binary.NativeEndian.Uint32(answer[inodeAt:]))
	}
	return 0
}

// A Listener is a TCP socket that listens, or a UDP socket.
type Listener struct {
	Network string // tcp or udp
	Addr    netip.AddrPort
	Inode   uint64
	V6Only  bool // of [::]: it takes no calls over IPv4 (IPV6_V6ONLY, ipv6(7))
}

// Listeners lists the network's.
func (d *Diag) Listeners() (all []Listener) {
	for network, protocol := range map[string]uint8{"tcp": unix.IPPROTO_TCP, "udp": unix.IPPROTO_UDP} {
		states := uint32(0xffffffff)
		if network == "tcp" {
			const tcpListen = 10
			states = 1 << tcpListen
		}
		for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
			request := binary.NativeEndian.AppendUint32([]byte{family, protocol, 0, 0}, states)
			request = append(request, make([]byte, 48)...)
			d.exchange(request, unix.NLM_F_DUMP, func(m []byte) {
				// struct inet_diag_msg: port, and address, of 4 bytes or 16
				const size = 72
				if len(m) < size {
					return
				}
				addr, _ := netip.AddrFromSlice(m[8:24])
				if family == unix.AF_INET {
					addr, _ = netip.AddrFromSlice(m[8:12])
				}
				l := Listener{Network: network, Addr: netip.AddrPortFrom(addr.Unmap(), binary.BigEndian.Uint16(m[4:])), Inode: uint64(binary.NativeEndian.Uint32(m[68:]))}
				// struct nlattr: length, type, and here a byte (INET_DIAG_SKV6ONLY)
				const attr, v6only = 4, 11
				for rest := m[size:]; len(rest) > attr; {
					length := int(binary.NativeEndian.Uint16(rest))
					if length < attr || length > len(rest) {
						break
					}
					if binary.NativeEndian.Uint16(rest[2:]) == v6only && length > attr {
						l.V6Only = rest[attr] == 1
					}
					rest = rest[min((length+3)&^3, len(rest)):]
				}
				all = append(all, l)
			})
		}
	}
	return all
}

// Peer is the inode of the socket at the other end of a connected AF_UNIX socket; 0
// if it has been closed.
func (d *Diag) Peer(socket uint64) (inode uint64) {
	// struct unix_diag_req
	request := []byte{unix.AF_UNIX, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}
	request = binary.NativeEndian.AppendUint32(request, uint32(socket))
	request = binary.NativeEndian.AppendUint32(request, 4) // UDIAG_SHOW_PEER
	request = append(request, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)
	const messageSize, peerType = 16, 2 // struct unix_diag_msg, UNIX_DIAG_PEER
	answer := d.ask(request)
	for rest := answer[min(messageSize, len(answer)):]; len(rest) >= 8; {
		size := int(binary.NativeEndian.Uint16(rest))
		if binary.NativeEndian.Uint16(rest[2:]) == peerType {
			return uint64(binary.NativeEndian.Uint32(rest[4:]))
		}
		if size = (size + 3) &^ 3; size < 4 || size > len(rest) {
			break
		}
		rest = rest[size:]
	}
	return 0
}

// ask returns the body of the answer to a request about one socket; nil if there is
// no such socket.
func (d *Diag) ask(request []byte) (answer []byte) {
	d.exchange(request, 0, func(message []byte) { answer = bytes.Clone(message) })
	return answer
}

// exchange calls each with the body of every message in the answer to a request. It
// is valid during the call.
func (d *Diag) exchange(request []byte, flags uint16, each func(message []byte)) {
	if d == nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	const header, byFamily = unix.SizeofNlMsghdr, 20
	message := binary.NativeEndian.AppendUint32(nil, uint32(header+len(request)))
	message = binary.NativeEndian.AppendUint16(message, byFamily)
	message = binary.NativeEndian.AppendUint16(message, unix.NLM_F_REQUEST|flags)
	message = append(message, make([]byte, 8)...)
	if err := unix.Sendto(d.fd, append(message, request...), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return
	}
	for {
		n, _, err := unix.Recvfrom(d.fd, d.answer[:], 0) // the kernel has answered already
		if err != nil {
			return
		}
		for rest := d.answer[:n]; len(rest) >= header; {
			size := int(binary.NativeEndian.Uint32(rest))
			kind := binary.NativeEndian.Uint16(rest[4:])
			if size < header || size > len(rest) || kind == unix.NLMSG_ERROR || kind == unix.NLMSG_DONE {
				return
			}
			if kind == byFamily {
				each(rest[header:size])
			}
			rest = rest[min((size+3)&^3, len(rest)):]
		}
		if flags&unix.NLM_F_DUMP == 0 {
			return
		}
	}
}

// unmapped is an address without the form that IPv4 has in IPv6.
func unmapped(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }

// AddrPort is a TCP or UDP address, of package net; zero of another network.
func AddrPort(a net.Addr) netip.AddrPort {
	if a, ok := a.(interface{ AddrPort() netip.AddrPort }); ok {
		return a.AddrPort()
	}
	return netip.AddrPort{}
}
