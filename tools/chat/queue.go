package chat

// queueMax is how many bytes may be pending for one caller. It is the price of
// one who doesn't read, paid in memory (twice: Write may be busy with as much
// again). A burst no longer than this harms nobody, however fast it comes.
// NOTE: a longer one can, if it is faster than a caller who does read. We drop
// that caller, for the others shall not wait; lesson 4.4 is about this choice.
const queueMax = 1 << 20

// sendBuffer is how many bytes the kernel may keep for one caller besides
// (socket(7), SO_SNDBUF; Linux doubles it, for its own bookkeeping).
const sendBuffer = 1 << 20

// say tells everyone in the room, except one. It drops those whose queue is
// full, but only after the others have the line: the news comes second.
func (r *room) say(line string, except *caller) {
	var full []*caller
	for _, c := range r.members {
		if c != except && !c.push(line) {
			full = append(full, c)
		}
	}
	for _, c := range full {
		r.drop(c)
	}
}

// tell tells one caller.
func (r *room) tell(c *caller, line string) {
	if !c.push(line) {
		r.drop(c)
	}
}

// push adds a line to what is pending, and reports whether there was place. It
// only copies bytes: it takes no longer for a caller who doesn't read.
func (c *caller) push(line string) bool {
	if c.ended {
		return true
	}
	if len(c.pending)+len(line)+1 > queueMax {
		return false
	}
	c.pending = append(append(c.pending, line...), '\n')
	c.more.Signal()
	return true
}

// take waits for something to write and returns all of it, nil at the end.
func (r *room) take(c *caller) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(c.pending) == 0 && !c.ended {
		c.more.Wait() // opens the lock while it waits
	}
	text := c.pending
	c.pending = nil
	return text
}

// drop hangs up on a caller who doesn't read. With linger 0, Close doesn't try
// to deliver what the kernel still holds: it sends RST and frees the memory.
func (r *room) drop(c *caller) {
	c.conn.SetLinger(0)
	c.conn.Close()
	r.remove(c, "dropped: not reading")
}
