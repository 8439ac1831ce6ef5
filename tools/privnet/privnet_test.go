package privnet

import (
	"net"
	"os"
	"sync"
	"testing"
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
