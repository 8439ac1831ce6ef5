package chat

import (
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"socklab/tools/cli"
)

// A room knows who is in it. One lock guards everything: a line is put into all
// queues under that lock, so everybody hears everything in the same order.
// Nothing slow is done while it is held; above all, no writing to a socket.
// NOTE: except to out, the operator's screen. A terminal stopped with ^S
// would stop the room.
type room struct {
	limits
	out     io.Writer      // a line for each who joined or left
	serving sync.WaitGroup // a conversation for each connection
	freed   chan struct{}  // a connection has been closed

	mu            sync.Mutex
	callers       map[*caller]bool // all connections, with a name or without
	members       []*caller        // those who have a name, in order of arrival
	full          int              // how many callers' queues are full
	queued        int              // bytes that are pending or being written, for all
	overloadTimer *time.Timer      // runs while queued is roomMax or more
	spaceFreed    *sync.Cond       // a queue has space again, or somebody has left
	freeBuffers   [][]byte         // to be used again
}

func newRoom(out io.Writer, l limits) *room {
	r := &room{limits: l, out: out, freed: make(chan struct{}, 1), callers: make(map[*caller]bool)}
	r.spaceFreed = sync.NewCond(&r.mu)
	return r
}

// arrive greets a caller. It isn't in the room before it has a name.
func (r *room) arrive(conn *net.TCPConn) *caller {
	// The kernel has a queue too, which by itself can hold megabytes for a caller
	// that never reads. We let it hold as much as ours does: enough for a burst.
	conn.SetWriteBuffer(sendBuffer)
	setUserTimeout(conn, r.gone)
	r.mu.Lock()
	defer r.mu.Unlock()
	c := &caller{conn: conn, flushed: make(chan struct{}), more: sync.NewCond(&r.mu)}
	r.callers[c] = true
	// One deadline for the whole name: to send a byte of it every second gains
	// no time.
	r.setDeadline(c, r.nameWithin)
	r.tell(c, "* welcome: your first line is your name")
	return c
}

// hear handles one line of a caller, and returns false when it was its last.
func (r *room) hear(c *caller, line []byte) bool {
	// A line can hold orders to a terminal. They are made harmless here, in one
	// place, because not every client does it.
	text := cli.Visible(line)
	command := strings.TrimSpace(text)

	r.mu.Lock()
	defer r.mu.Unlock()
	if c.name == "" {
		r.awaitSpace(c)
	}
	switch {
	case c.ended || command == "/quit":
		return false
	case c.name == "":
		r.admit(c, string(line))
	case command == "/who":
		var names []string
		for _, m := range r.members {
			names = append(names, m.name)
		}
		r.tell(c, "* here: "+strings.Join(names, ", "))
	case strings.HasPrefix(command, "/"):
		command, _, _ = strings.Cut(command, " ")
		r.tell(c, "* unknown command "+command+": there are /who and /quit")
	case text != "":
		r.say(c.name+": "+text, c)
	}
	return true
}

// awaitSpace waits before everybody is told that a caller has come or gone: until
// most of the earlier such lines have been written. If a thousand callers come at
// once, that is half a million lines, which would fill our memory.
func (r *room) awaitSpace(c *caller) {
	for !c.ended && r.queued >= roomMax {
		r.spaceFreed.Wait()
	}
}

// setDeadline sets how soon the caller must say something; within 0 is no limit.
// The lock is held and the caller has not ended, so this can't undo the deadline
// that ends a conversation.
func (r *room) setDeadline(c *caller, within time.Duration) {
	var deadline time.Time // none
	if within > 0 {
		deadline = time.Now().Add(within)
	}
	if within > 0 || c.name != "" && r.nameWithin > 0 {
		c.conn.SetReadDeadline(deadline)
	}
}

// silent tells a caller that it has been silent for too long.
func (r *room) silent(c *caller) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c.name == "" {
		r.tell(c, fmt.Sprintf("* goodbye: no name in %v", r.nameWithin))
	} else {
		r.tell(c, fmt.Sprintf("* goodbye: not a word in %v", r.idle))
	}
}

// admit takes a caller into the room, if its name is good.
func (r *room) admit(c *caller, name string) {
	name = strings.Trim(name, " ")
	err := checkName(name)
	own := key(name)
	if err == nil && slices.ContainsFunc(r.members, func(m *caller) bool { return m.key == own }) {
		err = fmt.Errorf("%q is taken", name)
	}
	if err != nil {
		r.tell(c, "* name refused: "+err.Error()+"; another?")
		return
	}
	c.name, c.key = name, own
	r.members = append(r.members, c)
	cli.Must(fmt.Fprintf(r.out, "%s joined\n", name))
	r.say("* "+name+" joined", nil)
}

// tooLong tells a caller that its line won't be heard.
func (r *room) tooLong(c *caller) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tell(c, fmt.Sprintf("* line refused: longer than %d bytes", lineMax))
}

// leave takes out a caller who has left by itself.
func (r *room) leave(c *caller) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.awaitSpace(c)
	r.remove(c, "left")
}

// remove takes a caller out, once, and tells those who stay.
func (r *room) remove(c *caller, how string) {
	if c.ended {
		return
	}
	c.ended = true
	c.more.Signal()
	r.emptied(c)
	r.spaceFreed.Broadcast() // c itself may be waiting for it
	delete(r.callers, c)
	if i := slices.Index(r.members, c); i >= 0 {
		r.members = slices.Delete(r.members, i, i+1)
		cli.Must(fmt.Fprintf(r.out, "%s %s\n", c.name, how))
		r.say("* "+c.name+" "+how, nil)
	}
}

// count is how many callers there are, with a name or without.
func (r *room) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.callers)
}

// close tells everybody that it is over and waits until all conversations
// have ended: all at the same time, each with its goodbye.
func (r *room) close() {
	r.mu.Lock()
	for c := range r.callers {
		r.tell(c, "* the room is closing")
		c.ended = true
		c.more.Signal()
		r.emptied(c)
		// A deadline that has passed makes readLoop's Read return at once.
		c.conn.SetReadDeadline(time.Now())
	}
	clear(r.callers)
	r.members = nil
	r.spaceFreed.Broadcast()
	r.mu.Unlock()
	r.serving.Wait()
}
