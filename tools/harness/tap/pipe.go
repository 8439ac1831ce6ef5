//go:build unix

package tap

import (
	"errors"
	"net"
	"sync"
	"time"
)

// A pipe is one direction of a connection, from the socket that receives to the
// socket that sends on. Without faults bytes pass at once.
type pipe struct {
	tap *Tap
	way direction
	to  net.Conn

	mu     sync.Mutex
	change *sync.Cond
	kept   []byte
	busy   bool // send is writing
	closed bool // put will not be called any more
	sent   int  // bytes sent on
	taken  int  // bytes received, that are kept or sent on
	err    error
}

// keptMax bounds the bytes kept back in a pipe. Beyond it the tap stops receiving,
// so the sender waits.
const keptMax = 1 << 20

var (
	errCut   = errors.New("cut by the tap")
	errReset = errors.New("reset by the tap")
)

func newPipe(t *Tap, way direction, to net.Conn) *pipe {
	p := &pipe{tap: t, way: way, to: to}
	p.change = sync.NewCond(&p.mu)
	return p
}

// put sends received bytes on, at once or when the faults allow it.
func (p *pipe) put(b []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.err == nil && (p.busy || len(p.kept) >= keptMax) {
		p.change.Wait()
	}
	if p.err != nil {
		return p.err
	}
	if len(b) == 0 {
		return nil
	}
	if len(p.kept) == 0 && p.tap.faultsOf(p.way) == (Faults{}) {
		p.send(b)
		return p.err
	}
	p.kept = append(p.kept, b...)
	p.tap.keepBack(len(b))
	p.change.Broadcast()
	return nil
}

// took counts bytes that were received.
func (p *pipe) took(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken += n
}

// close says that put will not be called any more, and waits until all is sent on.
func (p *pipe) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.change.Broadcast()
	for p.err == nil && (p.busy || len(p.kept) > 0 || p.tap.faultsOf(p.way).Hold) {
		p.change.Wait()
	}
	return p.err
}

// stop ends the pipe, and drops what it keeps back.
func (p *pipe) stop(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		p.err = err
	}
	p.tap.keepBack(-len(p.kept))
	p.kept, p.closed = nil, true
	p.change.Broadcast()
}

// send writes a piece. It unlocks the pipe meanwhile.
func (p *pipe) send(b []byte) {
	p.busy = true
	p.mu.Unlock()
	_, err := p.to.Write(b)
	p.mu.Lock()
	p.busy = false
	p.sent += len(b)
	if p.err == nil {
		p.err = err
	}
	p.change.Broadcast()
}

// run sends on what is kept back, as the faults allow, until the end.
func (p *pipe) run() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		f := p.tap.faultsOf(p.way)
		ready := len(p.kept) > 0 && !f.Hold && (p.closed || len(p.kept) >= f.Glue)
		switch {
		case p.err != nil || p.closed && len(p.kept) == 0:
			return p.err
		case p.busy || !ready:
			p.change.Wait()
			continue
		}
		n := len(p.kept)
		split := f.Split > 0 && (f.SplitMost == 0 || p.sent < f.SplitMost)
		if split {
			n = min(n, f.Split)
		}
		for _, end := range []int{f.Cut, f.Reset} {
			if end > 0 {
				n = min(n, max(end-p.sent, 0))
			}
		}
		piece := p.kept[:n]
		p.kept = p.kept[n:]
		p.tap.keepBack(-n)
		p.busy = true
		p.mu.Unlock()
		if f.Delay > 0 {
			select {
			case <-time.After(f.Delay):
			case <-p.tap.stopped:
			}
		}
		var err error
		if n > 0 {
			_, err = p.to.Write(piece)
		}
		// A reset destroys bytes that were not received yet.
		last := f.Reset > 0 && p.sent+n >= f.Reset
		if err == nil && (split || last) {
			p.tap.awaitReceived(p.way, p.to, p.sent+n)
		}
		p.mu.Lock()
		p.busy = false
		p.sent += n
		switch {
		case err != nil:
		case f.Cut > 0 && p.sent >= f.Cut:
			err = errCut
		case f.Reset > 0 && p.sent >= f.Reset:
			err = errReset
		}
		if p.err == nil {
			p.err = err
		}
		p.change.Broadcast()
	}
}
