package procfs

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"testing"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// BenchmarkTables compares two ways to list the TCP sockets of a network. One is
// its tables in /proc, which this package reads; the other is SOCK_DIAG
// (sock_diag(7)). Both run on a network of their own, with few connections and
// with many.
func BenchmarkTables(b *testing.B) {
	// As netns sets it: reading /proc/net/tcp walks the whole table.
	os.WriteFile("/proc/sys/net/ipv4/tcp_child_ehash_entries", []byte("4096"), 0)
	for _, connections := range []int{1, 1000} {
		for name, list := range map[string]func() int{"proc": listProc, "diag": listDiag} {
			b.Run(fmt.Sprintf("%s/%d", name, connections), func(b *testing.B) {
				alone(b, connections)
				for b.Loop() {
					if n := list(); n < 2*connections {
						b.Fatalf("%d sockets, want %d", n, 2*connections)
					}
				}
			})
		}
	}
}

// alone puts the benchmark on a new network with the given number of
// connections.
func alone(b *testing.B, connections int) {
	runtime.LockOSThread() // the thread ends with the benchmark
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		b.Skip(err)
	}
	lo, err := netlink.LinkByName("lo")
	if err == nil {
		err = netlink.LinkSetUp(lo)
	}
	if err != nil {
		b.Fatal(err)
	}
	l, err := net.Listen("tcp4", "127.0.0.1:8000")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	for range connections {
		c, err := net.Dial("tcp4", "127.0.0.1:8000")
		if err != nil {
			b.Fatal(err)
		}
		a, err := l.Accept()
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { a.Close(); c.Close() })
	}
}

func listProc() (n int) {
	for _, name := range []string{"tcp", "tcp6"} {
		table(name, func(col []string) {
			if len(col) > 9 && col[0] != "sl" && kernelAddr(col[1]) != "" {
				n++
			}
		})
	}
	return n
}

func listDiag() (n int) {
	for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
		sockets, _ := netlink.SocketDiagTCPInfo(family)
		n += len(sockets)
	}
	return n
}
