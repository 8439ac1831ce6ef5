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
	out     io.Writer // a line for each who joined or left
	serving sync.WaitGroup

	mu      sync.Mutex
	callers map[*caller]bool // all whom we talk to, with a name or without
	members []*caller        // those who have a name, in order of arrival
}

func newRoom(out io.Writer) *room {
	return &room{out: out, callers: make(map[*caller]bool)}
}

// arrive greets a caller. It isn't in the room before it has a name.
func (r *room) arrive(conn *net.TCPConn) *caller {
	// The kernel queues too, as much as it finds fit. Now it is as much as we do:
	// enough for a burst, and no more for one who never reads.
	conn.SetWriteBuffer(sendBuffer)
	r.mu.Lock()
	defer r.mu.Unlock()
	c := &caller{conn: conn, flushed: make(chan struct{}), more: sync.NewCond(&r.mu)}
	r.callers[c] = true
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
	r.remove(c, "left")
}

// remove takes a caller out, once, and tells those who stay.
func (r *room) remove(c *caller, how string) {
	if c.ended {
		return
	}
	c.ended = true
	c.more.Signal()
	delete(r.callers, c)
	if i := slices.Index(r.members, c); i >= 0 {
		r.members = slices.Delete(r.members, i, i+1)
		fmt.Fprintf(r.out, "%s %s\n", c.name, how)
		r.say("* "+c.name+" "+how, nil)
	}
}

// close tells everybody that it is over and waits until all conversations
// have ended: all at the same time, each with its goodbye.
func (r *room) close() {
	r.mu.Lock()
	for c := range r.callers {
		c.push("* the room is closing")
		c.ended = true
		c.more.Signal()
		// A deadline that has passed makes listen's Read return at once.
		c.conn.SetReadDeadline(time.Now())
	}
	clear(r.callers)
	r.members = nil
	r.mu.Unlock()
	r.serving.Wait()
}
