package privnet

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestMain(m *testing.M) { os.Exit(M{m}.Run()) }

// TestApart has many scripts listen at the address that each was given, all at
// the same time.
func TestApart(t *testing.T) {
	const scripts = 50
	var together, done sync.WaitGroup
	together.Add(scripts)
	for range scripts {
		done.Go(func() {
			n, err := Join()
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
		n, err := joinShared()
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

// TestHostsEnd checks that a network is gone with its hosts: nobody holds it.
func TestHostsEnd(t *testing.T) {
	if !Available() {
		t.Skip("needs a private network")
	}
	before := namespaces(t)
	done := make(chan error)
	go func() {
		n, err := Join()
		for i := byte(1); err == nil && i <= 3; i++ {
			_, err = n.AddHost(fmt.Sprint("host", i), netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, i}), 24))
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
	fds, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		if link, _ := os.Readlink(fd); strings.HasPrefix(link, "net:[") {
			n++
		}
	}
	return n
}

// BenchmarkHost compares a network without hosts with one of ten.
func BenchmarkHost(b *testing.B) {
	if !Available() {
		b.Skip("needs a private network")
	}
	const hosts = 10
	build := func(hosts byte) time.Duration {
		took := make(chan time.Duration)
		go func() {
			start := time.Now()
			n, err := Join()
			for i := byte(1); err == nil && i <= hosts; i++ {
				_, err = n.AddHost(fmt.Sprint("host", i), netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, i}), 24))
			}
			if err != nil {
				b.Error(err)
			}
			took <- time.Since(start)
			n.Leave()
		}()
		return <-took
	}
	var without, with []time.Duration
	for b.Loop() {
		without = append(without, build(0))
		with = append(with, build(hosts))
	}
	slices.Sort(without)
	slices.Sort(with)
	alone, together := without[len(without)/2], with[len(with)/2]
	b.ReportMetric(float64(alone.Microseconds())/1e3, "ms/network")
	b.ReportMetric(float64((together-alone).Microseconds())/1e3/hosts, "ms/host")
}
