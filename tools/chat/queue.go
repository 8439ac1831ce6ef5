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

	// smallTalk is how many bytes each caller may say while a queue is full. It
	// bounds how far a queue can outgrow queueMax: by this, and a line, from
	// each in the room.
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
	if c.ended {
		return
	}
	c.pending = append(append(c.pending, line...), '\n')
	c.more.Signal()
	if len(c.pending) >= queueMax && c.full == nil {
		r.full++
		var timer *time.Timer
		timer = time.AfterFunc(r.patience, func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			if c.full == timer { // still, or again
				r.drop(c)
			}
		})
		c.full = timer
	}
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
	r.emptied(c)
	return text
}

// pace waits, after a line of n bytes, while a queue is full to which the caller
// would go on adding: its own, with answers; or anybody's, by saying much.
func (r *room) pace(c *caller, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.full == 0 {
		c.said = 0
		return
	}
	c.said += n + len("\n")
	for !c.ended && (c.full != nil || r.full > 0 && c.said > smallTalk) {
		r.ebb.Wait()
	}
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

// drop hangs up on a caller who doesn't read. With linger 0, Close doesn't try
// to deliver what the kernel still holds: it sends RST and frees the memory.
func (r *room) drop(c *caller) {
	c.conn.SetLinger(0)
	c.conn.Close()
	r.remove(c, "dropped: not reading")
}
