//go:build unix

package netns_test

import (
	"flag"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"socklab/tools/harness/netns"
	"socklab/tools/harness/procfs"
	"socklab/tools/harness/supervise"
)

var network = flag.String("network", "auto", "private, host, or auto")

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(supervise.M{Tests: m, Network: *network}.Run())
}

// TestApart has many scripts listen at once, each at its own address.
func TestApart(t *testing.T) {
	const scripts = 50
	var together, done sync.WaitGroup
	together.Add(scripts)
	for range scripts {
		done.Go(func() {
			n, err := netns.Join("")
			if err != nil {
				t.Error(err)
				together.Done()
				return
			}
			defer n.Leave()
			l, err := net.Listen("tcp4", n.Addr())
			together.Done()
			if err != nil {
				t.Errorf("listen at %s: %v", n.Addr(), err)
				return
			}
			defer l.Close()
			together.Wait() // everybody listens
		})
	}
	done.Wait()
}

// TestShared reserves addresses of the host, each once.
func TestShared(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		n, err := netns.JoinShared()
		if err != nil {
			t.Fatal(err)
		}
		defer n.Leave()
		if seen[n.Addr()] {
			t.Errorf("%s was given twice", n.Addr())
		}
		seen[n.Addr()] = true
	}
}

// TestHostsEnd checks that a network ends with its hosts: no descriptor holds
// it.
func TestHostsEnd(t *testing.T) {
	if !netns.Available() {
		t.Skip("needs a private network: leave -network=host out")
	}
	before := namespaces(t)
	done := make(chan error)
	go func() {
		n, err := netns.Join("")
		for i := byte(1); err == nil && i <= 3; i++ {
			_, err = n.AddHost(fmt.Sprint("host", i), []netip.Prefix{netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, i}), 24)}, false)
		}
		if during := namespaces(t); err == nil && during < before+4 {
			err = fmt.Errorf("%d files of namespaces before, %d with a network of three hosts", before, during)
		}
		n.Leave()
		done <- err
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if after := namespaces(t); after != before {
		t.Errorf("%d files of namespaces before, %d after", before, after)
	}
}

// namespaces counts the descriptors of this process that hold a namespace.
func namespaces(t *testing.T) (n int) {
	fds := procfs.List("self/fd")
	if len(fds) == 0 {
		t.Error("this process has no descriptors, says /proc")
	}
	for _, fd := range fds {
		if strings.HasPrefix(procfs.Readlink("self/fd/"+fd), "net:[") {
			n++
		}
	}
	return n
}

// BenchmarkHost compares a network without hosts with one of ten, with one of ten and a
// router, and with ten that have IPv6, too.
func BenchmarkHost(b *testing.B) {
	if !netns.Available() {
		b.Skip("needs a private network")
	}
	const hosts = 10
	build := func(hosts byte, router, six bool) time.Duration {
		took := make(chan time.Duration)
		go func() {
			start := time.Now()
			n, err := netns.Join("")
			for i := byte(1); err == nil && i <= hosts; i++ {
				addrs := []netip.Prefix{netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, i}), 24)}
				if six {
					addrs = append(addrs, netip.PrefixFrom(netip.AddrFrom16([16]byte{0: 0xfd, 15: i}), 64))
				}
				_, err = n.AddHost(fmt.Sprint("host", i), addrs, false)
			}
			if err == nil && router {
				_, err = n.AddRouter("gate", [][]netip.Prefix{{netip.MustParsePrefix("10.0.0.254/24")}, {netip.MustParsePrefix("192.0.2.254/24")}})
			}
			if err != nil {
				b.Error(err)
			}
			took <- time.Since(start)
			n.Leave()
		}()
		return <-took
	}
	var without, with, routed, both []time.Duration
	for b.Loop() {
		without = append(without, build(0, false, false))
		with = append(with, build(hosts, false, false))
		routed = append(routed, build(hosts, true, false))
		if netns.HasIPv6() {
			both = append(both, build(hosts, false, true))
		}
	}
	median := func(all []time.Duration) float64 {
		slices.Sort(all)
		return float64(all[len(all)/2].Microseconds()) / 1e3
	}
	b.ReportMetric(median(without), "ms/network")
	b.ReportMetric((median(with)-median(without))/hosts, "ms/host")
	b.ReportMetric(median(routed)-median(with), "ms/router")
	if len(both) > 0 {
		b.ReportMetric((median(both)-median(without))/hosts, "ms/host-with-IPv6")
	}
}
