package chat

import (
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

// A room knows who is in it. One lock guards everything: whoever says something
// puts it into all queues under that lock, so everybody hears everything in
// the same order. Nobody does anything slow while holding it; above all, nobody
// writes to a socket.
// NOTE: except to out, the operator's screen. A terminal stopped with ^S
// would stop the room.
type room struct {
	limits
	out     io.Writer // a line for each who joined or left
	serving sync.WaitGroup
	freed   chan struct{} // a connection has been closed

	mu      sync.Mutex
	callers map[*caller]bool // all whom we talk to, with a name or without
	members []*caller        // those who have a name, in order of arrival
	full    int              // how many callers' queues are full
	queued  int              // bytes that are pending or being written, for all
	spares  [][]byte         // buffers to be used again
	relief  *time.Timer      // runs when that is too much
	ebb     *sync.Cond       // there is place again, or somebody has left
}

func newRoom(out io.Writer, l limits) *room {
	r := &room{limits: l, out: out, freed: make(chan struct{}, 1), callers: make(map[*caller]bool)}
	r.ebb = sync.NewCond(&r.mu)
	return r
}

// arrive greets a caller. It isn't in the room before it has a name.
func (r *room) arrive(conn *net.TCPConn) *caller {
	// The kernel queues too, as much as it finds fit. Now it is as much as we do:
	// enough for a burst, and no more for one who never reads.
	conn.SetWriteBuffer(sendBuffer)
	giveUp(conn, r.gone)
	r.mu.Lock()
	defer r.mu.Unlock()
	c := &caller{conn: conn, flushed: make(chan struct{}), more: sync.NewCond(&r.mu)}
	r.callers[c] = true
	// One moment for the whole name: who sends a byte of it every second gains
	// nothing by that.
	r.awaits(c, r.nameWithin)
	r.tell(c, "* welcome: your first line is your name")
	return c
}

// hear handles one line of a caller, and returns false when it was its last.
func (r *room) hear(c *caller, line []byte) bool {
	// What everybody's terminal would obey is made harmless here, in one place,
	// since we can't rely on what programs the others use.
	text := visible(line)
	command := strings.TrimSpace(text)

	r.mu.Lock()
	defer r.mu.Unlock()
	if c.name == "" {
		r.news(c)
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

// news waits, before everybody is told that a caller has come or gone, until the
// news before that are on their way. Where a thousand come, a thousand are told
// of each: they would fill our memory.
func (r *room) news(c *caller) {
	for !c.ended && r.queued >= roomMax {
		r.ebb.Wait()
	}
}

// awaits says by when the caller must have said something; 0 is any time. The
// lock is held and the caller has not ended, so no farewell is undone by it.
func (r *room) awaits(c *caller, within time.Duration) {
	var deadline time.Time // none
	if within > 0 {
		deadline = time.Now().Add(within)
	}
	if within > 0 || c.name != "" && r.nameWithin > 0 {
		c.conn.SetReadDeadline(deadline)
	}
}

// silent tells a caller that it has not said anything for too long.
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
	if err == nil && slices.ContainsFunc(r.members, func(m *caller) bool { return m.name == name }) {
		err = fmt.Errorf("%q is taken", name)
	}
	if err != nil {
		r.tell(c, "* name refused: "+err.Error()+"; another?")
		return
	}
	c.name = name
	r.members = append(r.members, c)
	fmt.Fprintf(r.out, "%s joined\n", name)
	r.say("* "+name+" joined", nil)
}

// tooLong tells a caller that its line won't be heard.
func (r *room) tooLong(c *caller) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tell(c, fmt.Sprintf("* line refused: longer than %d bytes", lineMax))
}

// leave is for a caller who has gone of its own will.
func (r *room) leave(c *caller) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.news(c)
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
	r.ebb.Broadcast() // it may be c who waits there
	delete(r.callers, c)
	if i := slices.Index(r.members, c); i >= 0 {
		r.members = slices.Delete(r.members, i, i+1)
		fmt.Fprintf(r.out, "%s %s\n", c.name, how)
		r.say("* "+c.name+" "+how, nil)
	}
}

// crowd is how many callers there are, with a name or without.
func (r *room) crowd() int {
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
		// A deadline that has passed makes listen's Read return at once.
		c.conn.SetReadDeadline(time.Now())
	}
	clear(r.callers)
	r.members = nil
	r.ebb.Broadcast()
	r.mu.Unlock()
	r.serving.Wait()
}
