package packets

import "time"

// A Recording is the packets on an interface, from Record to Stop.
type Recording struct {
	watch      *watch
	transcript transcript // guarded by watch.mu
}

// Record begins to capture on an interface of the calling thread's network.
func Record(name string) (*Recording, error) {
	on, err := interfaceNamed(name)
	if err != nil {
		return nil, err
	}
	r := &Recording{}
	r.watch, err = watchOn(on, snapLine, true, func(_ packet, l *line) { r.transcript.add(l) }, func() {})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// Finish waits until everything that was sent so far is in the recording:
// until every connection in it has ended, by a FIN from either side that the
// other has acknowledged or by RST (with open set, until nothing that it sent
// is on its way), and every packet has arrived and nothing answers it. It fails
// with ErrOpen, and names the connections, when the deadline passes, and when
// the kernel dropped packets.
func (r *Recording) Finish(deadline time.Time, open bool) error {
	done := (*connection).ended
	if open {
		done = (*connection).rests
	}
	err := r.watch.quiet(deadline, done)
	if lost := r.watch.lost(); lost != nil {
		return lost
	}
	return err
}

// Text is the transcript so far, a line for each packet.
func (r *Recording) Text(o Options) string {
	r.watch.mu.Lock()
	defer r.watch.mu.Unlock()
	return r.transcript.text(o)
}

// Stop ends the recording.
func (r *Recording) Stop() { r.watch.end() }
