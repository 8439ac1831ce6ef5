package chat

import "time"

const (
	// queueMax is how many bytes may be pending for one caller before its queue
	// is full. A caller that doesn't read costs us this much memory, twice: Write
	// may be busy with as many bytes again.
	queueMax = 256 << 10

	// sendBuffer is how many bytes the kernel may keep for one caller in addition
	// (socket(7), SO_SNDBUF; Linux doubles it, for its own bookkeeping).
	sendBuffer = 256 << 10

	// roomMax is how many bytes may be pending for all callers together, or be on
	// their way in Write. In a crowd the queues can use up all memory even if
	// none of them is full.
	roomMax = 8 << 20

	// Buffers of up to freeBufferMax bytes are used again for other callers; up
	// to freeBuffersMax of them are kept for that.
	freeBufferMax, freeBuffersMax = 1024, 16 << 10

	// replyAllowance is how many bytes a caller may still say while a queue is
	// full. So a queue holds at most queueMax + callers x (replyAllowance + one
	// line).
	replyAllowance = 4096
)

// When somebody's queue is full, who pays? Not the room: each line still goes
// into every queue at once, and a caller that says a few words never waits. Not a
// reader that gets too much too fast: the speaker has to slow down (pace). But
// not for long: when a queue stays full for longer than the room's patience, its
// caller is dropped (drop). Lesson 4.4 is about this choice.

// say tells everyone in the room, except one.
func (r *room) say(line string, except *caller) {
	for _, c := range r.members {
		if c != except {
			r.tell(c, line)
		}
	}
}

// tell adds a line to what is pending for one caller. It only copies bytes: it
// takes no longer for a caller who doesn't read.
func (r *room) tell(c *caller, line string) {
	if c.ended || c.lost {
		return
	}
	if c.pending == nil {
		c.pending = r.buffer()
	}
	c.pending = append(append(c.pending, line...), '\n')
	c.more.Signal()
	r.queued += len(line) + len("\n")
	if r.queued >= roomMax && r.overloadTimer == nil {
		r.overloadTimer = time.AfterFunc(r.patience, r.stayedOverloaded)
	}
	if len(c.pending) >= queueMax && c.full == nil {
		r.full++
		c.full = time.AfterFunc(r.patience, func() { r.stayedFull(c) })
	}
}

// stayedFull drops a caller whose queue has been full for the room's patience.
func (r *room) stayedFull(c *caller) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case c.full == nil: // it is not full any more
	case c.stuck(r.patience):
		r.drop(c)
	default: // the caller reads, and the server is too slow
		c.full.Reset(r.patience)
	}
}

// stayedOverloaded is called when all queues together have been too full for the
// room's patience. It drops each caller whose Write has taken that long. The
// others stay: if they got nothing either, there is more to tell than we can tell
// in time, and that is not their fault.
func (r *room) stayedOverloaded() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.overloadTimer = nil
	if r.queued < roomMax {
		return
	}
	for c := range r.callers {
		if c.stuck(r.patience) {
			r.drop(c)
		}
	}
	r.overloadTimer = time.AfterFunc(r.patience, r.stayedOverloaded)
}

// drop hangs up on a slow caller. It is called in two places: stayedFull, for
// its own queue, and stayedOverloaded, for all queues together. With linger 0,
// Close doesn't try to deliver what the kernel still holds: it sends RST and
// frees the memory.
func (r *room) drop(c *caller) {
	c.conn.SetLinger(0)
	c.conn.Close()
	r.remove(c, "dropped: not reading")
}

// stuck reports whether the current Write to the caller has taken that long.
func (c *caller) stuck(patience time.Duration) bool {
	began := c.began.Load()
	return began != nil && time.Since(*began) >= patience
}

// congested reports whether a queue, or all of them together, are full.
func (r *room) congested() bool { return r.full > 0 || r.queued >= roomMax }

// pace waits, after a line of n bytes, while the caller would add to a full
// queue: its own, by our answers, or anybody's, by saying much. The caller's idle
// time counts from the end of the wait, because we did not read meanwhile.
func (r *room) pace(c *caller, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c.said += n + len("\n")
	if !r.congested() {
		c.said = 0
	}
	for !c.ended && (c.full != nil || r.congested() && c.said > replyAllowance) {
		r.spaceFreed.Wait()
	}
	if c.name != "" && !c.ended {
		r.setDeadline(c, r.idle)
	}
}

// take waits for something to write and returns all of it, nil at the end.
func (r *room) take(c *caller) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.written(c)
	for len(c.pending) == 0 && !c.ended {
		c.more.Wait() // releases the lock while it waits
	}
	c.writing, c.pending = c.pending, nil
	r.emptied(c)
	return c.writing
}

// written notes that the Write to a caller has returned.
func (r *room) written(c *caller) {
	if r.queued >= roomMax && r.queued-len(c.writing) < roomMax {
		r.spaceFreed.Broadcast()
	}
	r.queued -= len(c.writing)
	if cap(c.writing) > 0 && cap(c.writing) <= freeBufferMax && len(r.freeBuffers) < freeBuffersMax {
		r.freeBuffers = append(r.freeBuffers, c.writing[:0])
	}
	c.writing = nil
}

// emptied notes that a caller's queue is no longer full, or no longer matters.
func (r *room) emptied(c *caller) {
	if c.full != nil {
		c.full.Stop()
		c.full = nil
		r.full--
		r.spaceFreed.Broadcast()
	}
}

// buffer returns an empty buffer, if possible one that was used before: in a
// crowd, every line needs thousands of them for a moment.
func (r *room) buffer() []byte {
	n := len(r.freeBuffers)
	if n == 0 {
		return make([]byte, 0, 64)
	}
	b := r.freeBuffers[n-1]
	r.freeBuffers = r.freeBuffers[:n-1]
	return b
}

// forget is called for a caller to which nothing will be written any more.
func (r *room) forget(c *caller) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c.lost = true
	r.written(c)
	r.queued -= len(c.pending)
	c.pending = nil
	r.emptied(c)
	r.spaceFreed.Broadcast()
}
