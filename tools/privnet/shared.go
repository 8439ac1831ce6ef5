package privnet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"sync/atomic"
	"syscall"
)

// joined counts the shared networks of this process.
var joined atomic.Int64

// lockPort is the UDP port that marks an address as taken. Servers under test
// use other ports, so holding it is in nobody's way.
const lockPort = 7999

// strict listens where nobody has been for a while: a connection that waits in
// TIME-WAIT keeps the address from those who don't ask for SO_REUSEADDR
// (socket(7)), as net.Listen does.
var strict = net.ListenConfig{Control: func(_, _ string, conn syscall.RawConn) (err error) {
	controlled := conn.Control(func(fd uintptr) {
		err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 0)
	})
	return errors.Join(controlled, err)
}}

// joinShared reserves a place on the host's loopback. A UDP socket is the
// reservation: the kernel gives it to one process and takes it back when that
// process ends, however it ends.
func joinShared() (*Net, error) {
	const tries = 1000
	var err error
	for try := range tries {
		// Start at a different place in each process and go on from there.
		i := int64(os.Getpid())*131 + joined.Add(1)
		n := &Net{Host: "127.0.0.1", Port: 8000}
		lock := net.UDPAddr{Port: lockPort}
		if runtime.GOOS == "linux" {
			// All of 127.0.0.0/8 is loopback: each script has an address.
			n.Host = fmt.Sprintf("127.%d.%d.%d", 1+i/250/250%250, 1+i/250%250, 1+i%250)
			// Somebody may have port 8000 of every address.
			n.Port += try
		} else {
			// One loopback address: each script has a port, below those
			// that kernels hand out by themselves.
			n.Port = 20000 + int(i%10000)
			lock.Port = n.Port - 10000
		}
		lock.IP = net.ParseIP(n.Host)
		var reserved *net.UDPConn
		if reserved, err = net.ListenUDP("udp4", &lock); err != nil {
			continue
		}
		// Nothing that knows no reservations may be there either.
		var free net.Listener
		if free, err = strict.Listen(context.Background(), "tcp4", n.Addr()); err != nil {
			reserved.Close()
			continue
		}
		free.Close()
		n.reserved = reserved
		return n, nil
	}
	return nil, fmt.Errorf("reserve a loopback address: none free in %d tries, at last: %w", tries, err)
}
