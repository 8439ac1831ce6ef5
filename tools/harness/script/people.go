//go:build unix

package script

import (
	"net"
	"net/netip"
	"slices"
	"sync"
	"syscall"
	"time"

	"socklab/tools/harness/actor"
	"socklab/tools/harness/capture"
	"socklab/tools/harness/procfs"
)

// people know who has which socket: the sockets that the script made, and those of
// its programs. Recorders ask while the script goes on.
type people struct {
	mu       sync.Mutex
	sockets  map[uint64]capture.Owner
	calls    []call
	ends     map[[2]netip.AddrPort]capture.Owner // of connected sockets of ours, by their own address and the other
	listens  []listening
	programs []neighbour
	execs    [][2]time.Time // when exec ran; the last may have no end yet
}

// A listening is an address at which somebody can be called.
type listening struct {
	procfs.Listener
	host  string
	owner capture.Owner
	since time.Time
}

// Bounds of what is remembered.
const (
	callsMax   = 100
	listensMax = 1000
	execsMax   = 1000
	learnMax   = 5 // looks at a program that listens nowhere new; one takes 0.1 ms
)

// A neighbour is a program, and where it runs.
type neighbour struct {
	*actor.Program
	host string // "" is the script's own network
	idle int    // how often learn has looked at it in vain
}

// A call is made by a socket of ours.
type call struct {
	owner  capture.Owner
	socket uint64
	to     string
	at     time.Time
}

// has notes that a socket is somebody's.
func (p *people) has(socket uint64, o capture.Owner) {
	if socket == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.set(socket, o)
}

// connected notes a socket of ours that is connected.
func (p *people) connected(s *actor.Socket) {
	p.has(s.Inode(), capture.Owner{Name: s.Name()})
	if s.LocalAddr().Network() != "tcp" {
		return
	}
	unmapped := func(a net.Addr) netip.AddrPort {
		at := procfs.AddrPort(a)
		return netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls = slices.DeleteFunc(p.calls, func(c call) bool { return c.socket == s.Inode() })
	if p.ends == nil {
		p.ends = map[[2]netip.AddrPort]capture.Owner{}
	}
	p.ends[[2]netip.AddrPort{unmapped(s.LocalAddr()), unmapped(s.RemoteAddr())}] = capture.Owner{Name: s.Name()}
}

// listensAt notes that a listener of ours can be called.
func (p *people) listensAt(l net.Listener, host string, o capture.Owner) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if at := procfs.AddrPort(l.Addr()); at.IsValid() {
		p.listens = append(p.listens, listening{procfs.Listener{Network: "tcp", Addr: at}, host, o, time.Now()})
	}
}

// Has knows sockets by their addresses, also when they are closed.
func (p *people) Has(local, remote netip.AddrPort) capture.Owner {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ends[[2]netip.AddrPort{local, remote}]
}

// makes returns a function that notes a new socket of ours. It is a Control of
// net.ListenConfig and net.Dialer, which call it before the socket does anything.
func (p *people) makes(o capture.Owner) func(network, addr string, raw syscall.RawConn) error {
	return func(_, addr string, raw syscall.RawConn) error {
		return raw.Control(func(fd uintptr) {
			socket := procfs.InodeOf(fd)
			p.has(socket, o)
			if o.Listens {
				return
			}
			p.mu.Lock()
			defer p.mu.Unlock()
			p.calls = append(p.calls, call{o, socket, addr, time.Now()})
			p.calls = p.calls[max(len(p.calls)-callsMax, 0):]
		})
	}
}

// runs notes a program when it has started. Whoever asks meanwhile waits.
func (p *people) runs(host string, start func() (*actor.Program, error)) (*actor.Program, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	program, err := start()
	if err == nil {
		p.programs = append(p.programs, neighbour{Program: program, host: host})
	}
	return program, err
}

// exec notes that a command begins, and whether it is exec.
func (p *people) exec(is bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if k := len(p.execs); k > 0 && p.execs[k-1][1].IsZero() {
		p.execs[k-1][1] = time.Now()
	}
	if is {
		p.execs = append(p.execs, [2]time.Time{time.Now()})
		p.execs = p.execs[max(len(p.execs)-execsMax, 0):]
	}
}

// others reports whether exec ran then: it may have started anybody.
func (p *people) others(at time.Time) bool {
	return slices.ContainsFunc(p.execs, func(span [2]time.Time) bool {
		return at.After(span[0]) && (span[1].IsZero() || at.Before(span[1]))
	})
}

// learn notes the sockets of a program that has just been heard, and where it
// listens. all lists who listens in the network of a host.
func (p *people) learn(program *actor.Program, all func(host string) []procfs.Listener) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := slices.IndexFunc(p.programs, func(n neighbour) bool { return n.Program == program })
	if at < 0 || program.End().How != "" || p.programs[at].idle >= learnMax {
		return
	}
	p.programs[at].idle++
	who, host := capture.Owner{Name: program.Name()}, p.programs[at].host
	its := procfs.Sockets(program.Group())
	p.keep(its, who)
	if len(its) == 0 {
		return
	}
	for _, l := range all(host) {
		known := slices.ContainsFunc(p.listens, func(k listening) bool { return k.host == host && k.Listener == l })
		if slices.Contains(its, l.Inode) && !known {
			p.listens = append(p.listens, listening{l, host, who, time.Now()})
			p.listens = p.listens[max(len(p.listens)-listensMax, 0):]
			p.programs[at].idle = 0
		}
	}
}

// keep notes that sockets are somebody's, those that were nobody's.
func (p *people) keep(sockets []uint64, o capture.Owner) {
	for _, socket := range sockets {
		if _, known := p.sockets[socket]; !known {
			p.set(socket, o)
		}
	}
}

func (p *people) set(socket uint64, o capture.Owner) {
	if p.sockets == nil {
		p.sockets = map[uint64]capture.Owner{}
	}
	p.sockets[socket] = o
}

// Listener is whoever was heard before the time, and listened there.
func (p *people) Listener(host, network string, addr netip.AddrPort, at time.Time) capture.Owner {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range slices.Backward(p.listens) {
		there := l.Addr == addr || l.Addr.Addr().IsUnspecified() && l.Addr.Port() == addr.Port()
		if l.host == host && l.Network == network && there && l.since.Before(at) && (l.owner.Listens || p.lived(l.owner.Name, at)) {
			return l.owner
		}
	}
	return capture.Owner{}
}

// lived reports whether a program ran then.
func (p *people) lived(name string, at time.Time) bool {
	return slices.ContainsFunc(p.programs, func(n neighbour) bool { return n.Name() == name && n.lived(at) })
}

func (n neighbour) lived(at time.Time) bool {
	end := n.End()
	return n.Started().Before(at) && (end.How == "" || n.Started().Add(end.After).After(at))
}

// Owner looks at the descriptors of the programs, the last one first, and then at
// those of their children.
func (p *people) Owner(socket uint64) capture.Owner {
	if socket == 0 {
		return capture.Owner{}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if o, known := p.sockets[socket]; known {
		p.calls = slices.DeleteFunc(p.calls, func(c call) bool { return c.socket == socket })
		return o
	}
	for _, processes := range []func(leader int) []int{alone, procfs.Descendants} {
		for _, n := range slices.Backward(p.programs) {
			if n.End().How != "" {
				continue
			}
			for _, pid := range processes(n.Group()) {
				p.keep(procfs.Sockets(pid), capture.Owner{Name: n.Name()})
			}
			if o, found := p.sockets[socket]; found {
				return o
			}
		}
	}
	return capture.Owner{}
}

func alone(pid int) []int { return []int{pid} }

// Caller is a call of ours. Else it is the only program on the host that doesn't
// listen there itself, unless exec may have started another.
func (p *people) Caller(host string, to netip.AddrPort, at time.Time) (o capture.Owner) {
	p.mu.Lock()
	defer p.mu.Unlock()
	const soon = time.Second // the two clocks may differ
	for i, c := range p.calls {
		if c.to == to.String() && c.at.Before(at.Add(soon)) {
			p.calls = slices.Delete(p.calls, i, i+1)
			return c.owner
		}
	}
	if p.others(at) {
		return o
	}
	there := 0
	for _, n := range p.programs {
		called := slices.ContainsFunc(p.listens, func(l listening) bool {
			return l.host == host && l.owner.Name == n.Name() && l.Addr.Port() == to.Port()
		})
		if n.host == host && n.lived(at) && !called {
			there++
			o = capture.Owner{Name: n.Name()}
		}
	}
	if there != 1 {
		return capture.Owner{}
	}
	return o
}
