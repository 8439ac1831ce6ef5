package chat

import "time"

const (
	// queueMax is how many bytes may be pending for one caller before its queue
	// is full. It is the price of one who doesn't read, paid in memory (twice:
	// Write may be busy with as much again).
	queueMax = 256 << 10

	// sendBuffer is how many bytes the kernel may keep for one caller besides
	// (socket(7), SO_SNDBUF; Linux doubles it, for its own bookkeeping).
	sendBuffer = 256 << 10

	// roomMax is how many bytes may be pending for all callers together, and be
	// on their way in Write. In a crowd a queue for each, even one that is far
	// from full, would be more memory than there is.
	roomMax = 8 << 20

	// spareMax is the size of the largest buffer, in bytes, that is used again
	// for another caller; sparesMax is how many may wait for that.
	spareMax, sparesMax = 1024, 16 << 10

	// smallTalk is how many bytes each caller may say while others have to
	// wait. It bounds how far a queue can outgrow queueMax: by this, and a line,
	// from each in the room.
	smallTalk = 4096
)

// When somebody's queue is full, who pays? Not the room: each line still goes
// into every queue at once, and who says a few words waits for nobody. Not one
// who reads, and was told too much too fast: whoever tells it has to slow down.
// And not for long: a queue that stays full for longer than the room's patience
// is that of a statue, which is dropped. Lesson 4.4 is about this choice.

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
	if r.queued >= roomMax && r.relief == nil {
		r.relief = time.AfterFunc(r.patience, r.relieve)
	}
	if len(c.pending) >= queueMax && c.full == nil {
		r.full++
		var timer *time.Timer
		timer = time.AfterFunc(r.patience, func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			switch {
			case c.full != timer: // no more, or again
			case c.stuck(r.patience):
				r.drop(c)
			default: // it is we who are slow
				timer.Reset(r.patience)
			}
		})
		c.full = timer
	}
}

// take waits for something to write and returns all of it, nil at the end.
func (r *room) take(c *caller) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.written(c)
	for len(c.pending) == 0 && !c.ended {
		c.more.Wait() // opens the lock while it waits
	}
	c.writing, c.pending = c.pending, nil
	r.emptied(c)
	return c.writing
}

// written notes that nothing of a caller's is on its way in Write any more.
func (r *room) written(c *caller) {
	if r.queued >= roomMax && r.queued-len(c.writing) < roomMax {
		r.ebb.Broadcast()
	}
	r.queued -= len(c.writing)
	if cap(c.writing) > 0 && cap(c.writing) <= spareMax && len(r.spares) < sparesMax {
		r.spares = append(r.spares, c.writing[:0])
	}
	c.writing = nil
}

// buffer returns an empty buffer, if possible one that has been written: in a
// crowd, every line that is said needs thousands of them for a moment.
func (r *room) buffer() []byte {
	n := len(r.spares)
	if n == 0 {
		return make([]byte, 0, 64)
	}
	b := r.spares[n-1]
	r.spares = r.spares[:n-1]
	return b
}

// forget is for a caller to whom nothing will be written any more.
func (r *room) forget(c *caller) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c.lost = true
	r.written(c)
	r.queued -= len(c.pending)
	c.pending = nil
	r.emptied(c)
	r.ebb.Broadcast()
}

// crowded reports whether there is no place for much.
func (r *room) crowded() bool { return r.full > 0 || r.queued >= roomMax }

// pace waits, after a line of n bytes, while a queue is full to which the caller
// would go on adding: its own, with answers; or anybody's, by saying much. How
// long the caller may be silent counts from then on: it was we who did not read.
func (r *room) pace(c *caller, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c.said += n + len("\n")
	if !r.crowded() {
		c.said = 0
	}
	for !c.ended && (c.full != nil || r.crowded() && c.said > smallTalk) {
		r.ebb.Wait()
	}
	if c.name != "" && !c.ended {
		r.awaits(c, r.idle)
	}
}

// relieve drops all who have taken nothing within the room's patience, when it
// has been too much for all together. Some healthy callers may have got nothing
// for as long: when there is more to tell than we can tell in time. That is not
// their fault.
func (r *room) relieve() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.relief = nil
	if r.queued < roomMax {
		return
	}
	for c := range r.callers {
		if c.stuck(r.patience) {
			r.drop(c)
		}
	}
	r.relief = time.AfterFunc(r.patience, r.relieve)
}

// emptied notes that a caller's queue is not full, or matters no more.
func (r *room) emptied(c *caller) {
	if c.full != nil {
		c.full.Stop()
		c.full = nil
		r.full--
		r.ebb.Broadcast()
	}
}

// stuck reports whether one Write to the caller has taken as long as that.
func (c *caller) stuck(patience time.Duration) bool {
	began := c.began.Load()
	return began != nil && time.Since(*began) >= patience
}

// drop hangs up on a caller who doesn't read. With linger 0, Close doesn't try
// to deliver what the kernel still holds: it sends RST and frees the memory.
func (r *room) drop(c *caller) {
	c.conn.SetLinger(0)
	c.conn.Close()
	r.remove(c, "dropped: not reading")
}
