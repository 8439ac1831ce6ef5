package chat

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"runtime"
	"sync"
	"time"
)

const (
	// lineMax is the longest line a caller may send, in bytes, its end not
	// counted. Without a limit one endless line would fill our memory.
	lineMax = 4096

	// goodbye is how long the end of a conversation may take: to send what is
	// still queued, and to let the caller finish.
	goodbye = time.Second

	// drainMax is how many bytes we read, and throw away, at the end.
	drainMax = 1 << 20
)

// A caller is one connection. A conversation that is no alternation takes two
// goroutines for each: listen waits for what the caller says, speak waits
// for something to tell it. Neither ever waits for the other.
type caller struct {
	conn    *net.TCPConn
	flushed chan struct{} // closed when speak has nothing left to do

	// The rest is guarded by room.mu.
	name    string     // "" until the room has let it in
	pending []byte     // whole lines that speak has yet to write
	more    *sync.Cond // pending has grown, or ended is true
	ended   bool       // nothing will be added to pending any more
}

// serve is the whole life of a connection.
func (r *room) serve(c *caller) {
	go r.speak(c)
	r.listen(c)
	r.leave(c)

	// Now hang up without losing the last words. Closing a socket that has
	// something unread sends RST instead of FIN, and a RST destroys what is
	// still on its way to the caller. So: let speak send everything and then
	// its FIN; read until the caller has closed too; then close. A deadline,
	// because a caller may do neither (it also ends a Write that is stuck).
	c.conn.SetDeadline(time.Now().Add(goodbye))
	<-c.flushed
	io.CopyN(io.Discard, c.conn, drainMax)
	c.conn.Close()
}

// listen cuts the stream into lines until the caller leaves. How the bytes
// came, in one receive or in twenty, makes no difference any more.
func (r *room) listen(c *caller) {
	// The reader's buffer is all the memory a line gets: if there is no line
	// end in a full buffer, the line is too long.
	in := bufio.NewReaderSize(c.conn, lineMax+len("\r\n"))
	for {
		line, err := in.ReadSlice('\n')
		full := err == bufio.ErrBufferFull
		if err != nil && !full {
			// The end of the stream, even if only of the half that we read: the
			// caller has left. A last line without its newline isn't heard, for
			// nobody can know whether that was all of it.
			return
		}
		// nc on Windows and telnet end a line with CR LF.
		line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
		if full || len(line) > lineMax {
			r.tooLong(c)
			for err == bufio.ErrBufferFull {
				_, err = in.ReadSlice('\n') // skip the rest, a bufferful at a time
			}
			continue // another error will come again
		}
		if !r.hear(c, line) {
			return
		}
		// In the middle of a burst, let the goroutines that speak go first. On
		// one processor they would else find their queues full already.
		runtime.Gosched()
	}
}

// speak writes what is pending, and at the end half-closes: the caller reads
// the end of the stream after the last line, and we can still read.
func (r *room) speak(c *caller) {
	defer close(c.flushed)
	for {
		// Everything that has gathered goes in one Write, so a burst costs few
		// system calls, and who reads at all catches up quickly.
		text := r.take(c)
		if text == nil {
			c.conn.CloseWrite()
			return
		}
		// No deadline here. When the caller doesn't read, both kernels' buffers
		// fill and Write waits, in this goroutine alone, for as long as the
		// room finds place in the queue.
		if _, err := c.conn.Write(text); err != nil {
			c.conn.Close() // listen's Read fails now: the caller has left
			return
		}
	}
}
