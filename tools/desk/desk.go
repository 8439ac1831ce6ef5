package desk

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net"
	"slices"
	"sync"
	"time"

	"socklab/tools/cli"
)

// unansweredMax is how many messages of one caller may wait for the operator.
// Beyond that we stop reading from it, so a caller that sends without pause fills
// neither our memory nor the operator's screen.
const unansweredMax = 16

// answerTimeout is how long one answer may take to leave us. It takes any time at
// all only when the caller doesn't read and the buffers on the way are full.
const answerTimeout = 5 * time.Second

// A desk is what the callers' goroutines and the operator share.
type desk struct {
	out           io.Writer     // the operator's screen
	answerTimeout time.Duration // for one answer
	freed         chan struct{} // a caller has left, and its descriptor is free

	mu      sync.Mutex
	waiting []*caller // an entry for each unanswered message, oldest first
}

// A caller is one connection. Its messages are printed when they come, so we
// don't keep them: the order of the callers who wait is enough.
type caller struct {
	number     int
	conn       net.Conn
	unanswered chan struct{} // a token for each unanswered message
	gone       bool          // guarded by desk.mu
}

// ask shows a message to the operator and puts its caller at the end of the
// queue. Both under one lock: the order on the screen is the order of answers.
func (d *desk) ask(c *caller, message []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c.gone {
		return
	}
	d.waiting = append(d.waiting, c)
	cli.Must(fmt.Fprintf(d.out, "[%d] %s\n", c.number, cli.Visible(message)))
}

// operate sends each typed line as an answer, until ^D.
func (d *desk) operate(terminal io.Reader) {
	in := bufio.NewReaderSize(terminal, typedMax+1)
	for {
		line, err := typed(in)
		if err != nil {
			return
		}
		d.answer(line)
	}
}

// answer sends the line to the caller who has waited longest.
// NOTE: a caller may leave while the operator is typing; the line then answers
// the next one. Real desks put the number into the answer.
func (d *desk) answer(line []byte) {
	d.mu.Lock()
	if len(d.waiting) == 0 {
		d.mu.Unlock()
		log.Print("send: nobody waits for an answer")
		return
	}
	c := d.waiting[0]
	d.waiting = d.waiting[1:]
	d.mu.Unlock()

	// The lock is released: Write can take until its deadline, and the other
	// callers must be heard meanwhile. Only the line's bytes travel; the
	// newline was the operator's way of telling us that the line was complete.
	c.conn.SetWriteDeadline(time.Now().Add(d.answerTimeout))
	if _, err := c.conn.Write(line); err != nil {
		// Perhaps a part of the line is on its way. We can't take it back, and
		// what we sent next would be read as its end: this conversation is over.
		cli.Complain("send to %d: %v", c.number, cli.Cause(err))
		d.leave(c)
	}
	<-c.unanswered
}

// leave hangs up and announces it, once, and drops the caller's unanswered
// messages, so that no answer goes to a caller that has gone. (A caller that only
// closes, with a question open, looks like one that waits for the answer.)
func (d *desk) leave(c *caller) {
	c.conn.Close()
	select {
	case d.freed <- struct{}{}:
	default: // that somebody left is known already
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if c.gone {
		return
	}
	c.gone = true
	waited := len(d.waiting)
	d.waiting = slices.DeleteFunc(d.waiting, func(w *caller) bool { return w == c })
	for range waited - len(d.waiting) {
		<-c.unanswered // receive may wait for it
	}
	cli.Must(fmt.Fprintf(d.out, "[%d] left\n", c.number))
}
