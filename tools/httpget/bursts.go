package httpget

import (
	"errors"
	"net"
	"os"
	"time"
)

const (
	// plenty is how many bytes one receive must have brought before we believe
	// that more follows at once.
	plenty = 128 << 10
	// burst is how many bytes must then be there before the kernel wakes us.
	burst = 1 << 20
	// lull is how long we wait for a burst before we take fewer bytes again.
	lull = 10 * time.Millisecond
)

// A bursts is a TCP connection that receives in bursts while much comes. A reader
// that keeps up with the sender is woken for every segment, and wake-ups cost
// more than the copying. (curl, reading less often, was faster.) SO_RCVLOWAT
// tells the kernel to wake us for more than one byte (socket(7)).
type bursts struct {
	*net.TCPConn
	deadline time.Time
	waits    bool // the last receive brought plenty: wait for a burst
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
