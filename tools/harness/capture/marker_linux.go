package capture

import (
	"bytes"
	"crypto/rand"
	"net"
	"os"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gopacket/gopacket/layers"
)

// markerType is an Ethernet type for experiments (IEEE 802, Local Experimental
// Ethertype 1).
const markerType layers.EthernetType = 0x88b5

// A marker sends packets of its own over a loopback, to find out when all earlier
// packets have arrived. A packet on a loopback waits in a queue of the processor
// that sent it, until the kernel has time to receive it. Its sender may go on long
// before the answer exists. Each queue keeps its order. So when a marker from every
// processor has arrived, everything sent before has arrived too, and has been
// answered.
//
// A packet between two hosts of a script waits in the same queues twice: at the
// switch and at the other end. So for a captured card a marker makes 3 rounds over
// the loopback, not 1.
type marker struct {
	fd    int
	lo    int    // the loopback on which it sends
	on    int    // the interface that is captured
	hops  int    // how many queues a packet passes
	token []byte // distinguishes our packets from others'
	round byte
}

func newMarker(on *net.Interface) (*marker, error) {
	m := &marker{lo: on.Index, on: on.Index, hops: 1, token: make([]byte, 16)}
	if on.Flags&net.FlagLoopback == 0 {
		lo, err := Interface("lo")
		if err != nil {
			return nil, err
		}
		m.lo, m.hops = lo.Index, 3 // there, back, and the answer's answer
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket AF_PACKET", err)
	}
	// A socket bound to one protocol sees packets that arrive but not those that
	// leave, unlike a capture.
	err = unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: bigEndian(uint16(markerType)), Ifindex: m.lo})
	if err != nil {
		unix.Close(fd)
		return nil, os.NewSyscallError("bind", err)
	}
	m.fd = fd
	rand.Read(m.token)
	return m, nil
}

func (m *marker) close() { unix.Close(m.fd) }

// is reports whether a packet is one of the marker's, and its round.
func (m *marker) is(p Packet) (round byte, ok bool) {
	if p.protocol() != markerType || len(p.Data) <= len(m.token) || !bytes.HasPrefix(p.Data, m.token) {
		return 0, false
	}
	return p.Data[len(m.token)], true
}

// flush sends a marker from every processor and waits for all to arrive: then every
// earlier packet has been answered. If a processor's queue is full it tries again.
// At the end it sends one more marker, which is captured after all others, and
// returns its round.
func (m *marker) flush(deadline time.Time) (round byte, err error) {
	const patience = time.Second
	done := make(chan struct{})
	go func() {
		defer close(done)
		// The thread moves from processor to processor, and ends with this
		// goroutine.
		runtime.LockOSThread()
		for arrived := 0; arrived < m.hops; {
			if !time.Now().Before(deadline) {
				err = errLate
				return
			}
			var sent int
			if sent, err = m.everywhere(); err != nil {
				return
			}
			until := time.Now().Add(patience)
			if deadline.Before(until) {
				until = deadline
			}
			if m.arrived(sent, until) {
				arrived++
			}
		}
		m.round++
		err = m.send(m.on)
	}()
	<-done
	return m.round, err
}

func (m *marker) send(on int) error {
	to := &unix.SockaddrLinklayer{Protocol: bigEndian(uint16(markerType)), Ifindex: on, Halen: 6}
	err := unix.Sendto(m.fd, append(bytes.Clone(m.token), m.round), 0, to)
	return os.NewSyscallError("sendto", err)
}

// everywhere sends a marker from every processor that the thread may run on
// (sched_setaffinity(2)), and returns their number.
func (m *marker) everywhere() (sent int, err error) {
	var all unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		return 0, os.NewSyscallError("sched_getaffinity", err)
	}
	defer unix.SchedSetaffinity(0, &all)
	m.round++
	for cpu := 0; sent < all.Count(); cpu++ {
		if !all.IsSet(cpu) {
			continue
		}
		var one unix.CPUSet
		one.Set(cpu)
		if err := unix.SchedSetaffinity(0, &one); err != nil {
			return sent, os.NewSyscallError("sched_setaffinity", err)
		}
		if err := m.send(m.lo); err != nil {
			return sent, err
		}
		sent++
	}
	return sent, nil
}

// arrived waits for n markers of this round.
func (m *marker) arrived(n int, until time.Time) bool {
	buf := make([]byte, 64)
	for n > 0 {
		wait := time.Until(until).Milliseconds()
		if wait < 0 {
			return false
		}
		ready, err := unix.Poll([]unix.PollFd{{Fd: int32(m.fd), Events: unix.POLLIN}}, int(wait)+1)
		if err == unix.EINTR || err == nil && ready == 0 {
			continue
		}
		got, _, err := unix.Recvfrom(m.fd, buf, unix.MSG_DONTWAIT)
		if err == nil && got > len(m.token) && bytes.HasPrefix(buf[:got], m.token) && buf[len(m.token)] == m.round {
			n--
		}
	}
	return true
}
