package chat

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// goodbye is how long the end of a conversation may take: to send what is
	// still queued, and to let the caller finish.
	goodbye = time.Second

	// drainMax is how many bytes we read, and throw away, at the end.
	drainMax = 1 << 20
)

// A caller is one connection. Both sides may talk at any time, so each caller has
// two goroutines: readLoop waits for what the caller says, writeLoop for something
// to tell it. Neither ever waits for the other.
type caller struct {
	conn    *net.TCPConn
	flushed chan struct{}             // closed when writeLoop has ended
	began   atomic.Pointer[time.Time] // when writeLoop's Write began; nil: it is in none

	// The rest is guarded by room.mu.
	name    string      // "" until the room has let it in
	key     string      // no two callers may have the same
	pending []byte      // whole lines that writeLoop has yet to write
	more    *sync.Cond  // pending has grown, or ended is true
	writing []byte      // what writeLoop has taken, and writes
	full    *time.Timer // not nil while pending is queueMax or more
	said    int         // bytes, since a queue was full; see replyAllowance
	ended   bool        // it has left, or is asked to
	lost    bool        // nothing can be written to it any more
}

// converse is the whole life of a connection.
func (r *room) converse(c *caller) {
	go r.writeLoop(c)
	r.readLoop(c)
	r.leave(c)

	// Now hang up without losing the last words. Closing a socket that has
	// something unread sends RST instead of FIN, and a RST destroys what is
	// still on its way to the caller. So: let writeLoop send everything and then
	// its FIN; read until the caller has closed too; then close. A deadline,
	// because a caller may do neither (it also ends a Write that is stuck).
	c.conn.SetDeadline(time.Now().Add(goodbye))
	<-c.flushed
	io.CopyN(io.Discard, c.conn, drainMax)
	c.conn.Close()
	r.forget(c)

	// A descriptor is free again, and the accept loop may wait for one. The channel
	// holds one token: if it is full, the loop will look anyway.
	select {
	case r.freed <- struct{}{}:
	default:
	}
}

// readLoop reads the caller's lines until the caller leaves, or has been silent
// for longer than it may. The end of the stream, even if only of the half that
// we read, means that the caller has left.
func (r *room) readLoop(c *caller) {
	in := newLineReader(c.conn)
	for {
		line, err := in.next()
		switch {
		case err == errLong:
			r.tooLong(c)
		case errors.Is(err, os.ErrDeadlineExceeded):
			r.silent(c)
			return
		case err != nil || !r.hear(c, line):
			return
		}
		// Before we read on, wait until the queues have space. What we don't read
		// fills our kernel's buffer, then the caller's, and then its send blocks.
		r.pace(c, len(line))
	}
}

// writeLoop writes what is pending, and at the end half-closes: the caller reads
// the end of the stream after the last line, and we can still read.
func (r *room) writeLoop(c *caller) {
	defer close(c.flushed)
	for {
		// Everything that has gathered goes in one Write. So a burst costs few
		// system calls, and a caller who reads catches up quickly.
		text := r.take(c)
		if text == nil {
			c.conn.CloseWrite()
			return
		}
		// No deadline here. When the caller doesn't read, both kernels' buffers
		// fill and Write waits, in this goroutine alone, until the room's
		// patience with a full queue is over.
		began := time.Now()
		c.began.Store(&began)
		_, err := c.conn.Write(text)
		c.began.Store(nil)
		if err != nil {
			c.conn.Close() // readLoop's Read fails now: the caller has left
			r.forget(c)    // and until then nobody waits for its queue
			return
		}
	}
}
