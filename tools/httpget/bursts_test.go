//go:build unix

package httpget

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"socklab/tools/harness/testexec"

	"golang.org/x/sys/unix"
)

// inBurst is a connection on which much has come, so that it waits for a burst.
func inBurst(t *testing.T) (c *bursts, peer *net.TCPConn) {
	t.Helper()
	listener := listen(t)
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	peer, err = listener.AcceptTCP()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { peer.Close() })
	c = &bursts{TCPConn: conn.(*net.TCPConn)}
	c.SetDeadline(time.Now().Add(testexec.TooLong))
	raw, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if err := c.wakeFor(plenty); err != nil {
			t.Fatal(err)
		}
		go peer.Write(make([]byte, plenty))
		// A receive takes what is there. poll waits until burst bytes are there,
		// if the kernel has room for them.
		raw.Control(func(fd uintptr) {
			for err = unix.EINTR; err == unix.EINTR; {
				_, err = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 100)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		n, err := c.Read(make([]byte, plenty))
		if err != nil {
			t.Fatal(err)
		}
		if c.waits {
			return c, peer
		}
		// The rest is less than a burst.
		if err := c.wakeFor(1); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(c.TCPConn, make([]byte, plenty-n)); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("plenty came, and it doesn't wait for more")
	return nil, nil
}

// TestLull: a sender that becomes slow is received from like any other.
func TestLull(t *testing.T) {
	c, peer := inBurst(t)
	for _, word := range []string{"a", "few", "words"} {
		// It may be here before we wait for it, or after a lull or two.
		go io.WriteString(peer, word)
		got := make([]byte, 10)
		if n, err := c.Read(got); err != nil || string(got[:n]) != word {
			t.Fatalf("received %q, %v; want %q", got[:n], err, word)
		}
	}
}

// TestBurstEnds: the end of the stream is no lull.
func TestBurstEnds(t *testing.T) {
	c, peer := inBurst(t)
	io.WriteString(peer, "bye")
	peer.Close()
	if got, err := io.ReadAll(c); err != nil || string(got) != "bye" {
		t.Errorf("received %q, %v", got, err)
	}
}

// TestBurstDeadline: the deadline that a caller sets counts, not a lull's.
func TestBurstDeadline(t *testing.T) {
	for _, limit := range []time.Duration{lull / 10, 5 * lull} {
		c, _ := inBurst(t)
		start := time.Now()
		c.SetReadDeadline(start.Add(limit))
		if n, err := c.Read(make([]byte, 10)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("received %d bytes, %v", n, err)
		}
		if took := time.Since(start); took < limit {
			t.Errorf("gave up after %v, want %v", took, limit)
		}
		if c.waits {
			t.Error("nothing came, and it still waits for plenty")
		}
	}
}
