package httpget

import (
	"errors"
	"net"
	"os"
	"syscall"
	"time"
)

const (
	// plenty is what one receive must have brought, in bytes, until we believe
	// that more follows at once.
	plenty = 128 << 10
	// burst is for how many bytes we then ask to be woken.
	burst = 1 << 20
	// lull is how long we wait for so many, before fewer are welcome again.
	lull = 10 * time.Millisecond
)

// A bursts is a TCP connection that is received from in bursts while much comes.
// Who is as fast as the sender is woken for every piece, and the waking costs
// both more than the bytes do: curl, which is slower, was the faster of the two.
// SO_RCVLOWAT tells the kernel to wake us for more than one byte (socket(7)).
type bursts struct {
	*net.TCPConn
	deadline time.Time
	waits    bool // for a burst
}

func (c *bursts) SetReadDeadline(t time.Time) error {
	c.deadline = t
	return c.TCPConn.SetReadDeadline(t)
}

func (c *bursts) SetDeadline(t time.Time) error {
	c.deadline = t
	return c.TCPConn.SetDeadline(t)
}

func (c *bursts) Read(b []byte) (int, error) {
	if c.waits {
		soon := time.Now().Add(lull)
		if !c.deadline.IsZero() && c.deadline.Before(soon) {
			soon = c.deadline
		}
		c.TCPConn.SetReadDeadline(soon)
		n, err := c.TCPConn.Read(b)
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err
		}
		c.waits = false
		c.wakeFor(1)
		c.TCPConn.SetReadDeadline(c.deadline)
	}
	n, err := c.TCPConn.Read(b)
	if n >= plenty {
		c.waits = c.wakeFor(burst) == nil
	}
	return n, err
}

// wakeFor asks the kernel to wake us when so many bytes have come, or the end.
func (c *bursts) wakeFor(bytes int) (err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	if failed := raw.Control(func(fd uintptr) {
		err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVLOWAT, bytes)
	}); failed != nil {
		return failed
	}
	return err
}
