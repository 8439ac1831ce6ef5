//go:build unix

package netns

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// joined counts the shared networks of this process.
var joined atomic.Int64

// lockPort is the UDP port that marks an address as taken. Servers under test
// use other ports, so holding it disturbs none of them.
const lockPort = 7999

// checkFree returns an error if a server could not listen at an IPv4 address. Another
// may listen there, or have done so until a moment ago. A connection in
// TIME-WAIT blocks the address for every server without SO_REUSEADDR
// (socket(7)).
//
// The socket here is bound and never listens, not even for a moment. A child
// that another thread forks meanwhile has a copy of it until exec, and a
// listening copy would hold the address. A bound copy, with SO_REUSEADDR set
// afterwards, blocks no server.
func checkFree(host string, port int) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	unix.CloseOnExec(fd)
	defer unix.Close(fd)
	at := &unix.SockaddrInet4{Port: port, Addr: netip.MustParseAddr(host).As4()}
	if err := unix.Bind(fd, at); err != nil {
		return fmt.Errorf("bind %s:%d: %w", host, port, err)
	}
	return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
}

// joinShared reserves an address on the host's loopback by binding a UDP socket
// there. The kernel gives the address to one process, and frees it when that
// process ends, for any reason.
func joinShared() (*Net, error) {
	const tries = 1000
	var err error
	for try := range tries {
		// Each process starts at a different address and goes on from there.
		i := int64(os.Getpid())*131 + joined.Add(1)
		n := &Net{Host: "127.0.0.1", Port: 8000}
		lock := net.UDPAddr{Port: lockPort}
		if runtime.GOOS == "linux" {
			// All of 127.0.0.0/8 is loopback: each script has an address.
			n.Host = fmt.Sprintf("127.%d.%d.%d", 1+i/250/250%250, 1+i/250%250, 1+i%250)
			// Another program may hold port 8000 on every address.
			n.Port += try
		} else {
			// One loopback address: each script has a port, below the ports that
			// kernels assign by themselves.
			n.Port = 20000 + int(i%10000)
			lock.Port = n.Port - 10000
		}
		lock.IP = net.ParseIP(n.Host)
		var reserved *net.UDPConn
		if reserved, err = net.ListenUDP("udp4", &lock); err != nil {
			continue
		}
		// A program that makes no reservation may be there.
		if err = checkFree(n.Host, n.Port); err != nil {
			reserved.Close()
			continue
		}
		n.reserved = reserved
		return n, nil
	}
	return nil, fmt.Errorf("reserve a loopback address: none free in %d tries, at last: %w", tries, err)
}
