package packets

import (
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A capture is a packet socket that shares a ring of memory with the kernel
// (packet(7), PACKET_RX_RING). The kernel copies the beginning of every packet
// into the next frame of it as it passes, whether we look or not: as many are
// kept as there are frames.
type capture struct {
	fd    int
	wake  int // an eventfd that ends run
	ring  []byte
	frame int // size of one, in bytes
	next  int // where the frame to be read begins

	dropped int
}

// A snap is how much is captured.
type snap struct {
	bytes  int // of each packet
	frame  int // room for them and what the kernel says about them
	frames int
}

var (
	// For the lines: every header, and the beginning of what it carries.
	snapLine = snap{bytes: 384, frame: 512, frames: 1 << 15}
	// For a file: all. On a loopback TCP makes segments of up to 64 KiB.
	snapFile = snap{bytes: 67 << 10, frame: 68 << 10, frames: 1 << 10}
)

// open begins to capture on an interface of the calling thread's network.
func open(on *net.Interface, snap snap) (c *capture, err error) {
	// Protocol 0 receives nothing yet.
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket AF_PACKET", err)
	}
	c = &capture{fd: fd, wake: -1, frame: snap.frame}
	defer func() {
		if err != nil {
			c.close()
		}
	}()
	if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_VERSION, unix.TPACKET_V2); err != nil {
		return nil, os.NewSyscallError("setsockopt PACKET_VERSION", err)
	}
	// The kernel allocates in blocks, which must be whole pages and frames.
	block := max(snap.frame, 64<<10)
	if err := unix.SetsockoptTpacketReq(fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &unix.TpacketReq{
		Block_size: uint32(block), Block_nr: uint32(snap.frames / (block / snap.frame)),
		Frame_size: uint32(snap.frame), Frame_nr: uint32(snap.frames),
	}); err != nil {
		return nil, os.NewSyscallError("setsockopt PACKET_RX_RING", err)
	}
	if c.ring, err = unix.Mmap(fd, 0, snap.frame*snap.frames, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	filter := filter(on.Flags&net.FlagLoopback != 0, snap.bytes)
	if err := unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{
		Len: uint16(len(filter)), Filter: &filter[0],
	}); err != nil {
		return nil, os.NewSyscallError("setsockopt SO_ATTACH_FILTER", err)
	}
	if c.wake, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return nil, os.NewSyscallError("eventfd", err)
	}
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: bigEndian(unix.ETH_P_ALL), Ifindex: on.Index}); err != nil {
		return nil, os.NewSyscallError("bind", err)
	}
	return c, nil
}

// filter is a program that the kernel runs for each packet (bpf(4) of BSD;
// Linux's filter.txt). It says how much of it to keep. What passes on a loopback is
// seen twice, when it leaves and when it arrives: there only what leaves is
// kept, and so every packet stands behind the one that it answers.
func filter(loopback bool, snap int) []unix.SockFilter {
	keep := unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: uint32(snap)}
	if !loopback {
		return []unix.SockFilter{keep}
	}
	const packetType = 0xfffff000 + 4 // SKF_AD_OFF + SKF_AD_PKTTYPE
	return []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: packetType},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.PACKET_OUTGOING, Jt: 0, Jf: 1},
		keep,
		{Code: unix.BPF_RET | unix.BPF_K, K: 0},
	}
}

// bigEndian is n as the network has it, whatever the machine.
func bigEndian(n uint16) uint16 {
	return binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, n))
}

// run calls each with every packet until stop, and idle when it has seen all
// there are, or a whole ring of them: they may come without end.
func (c *capture) run(each func(packet), idle func()) error {
	for stopping := false; ; {
		for range len(c.ring) / c.frame {
			if !c.read(each) {
				break
			}
		}
		idle()
		if stopping {
			return nil
		}
		fds := []unix.PollFd{{Fd: int32(c.fd), Events: unix.POLLIN}, {Fd: int32(c.wake), Events: unix.POLLIN}}
		if _, err := unix.Poll(fds, -1); err != nil && err != unix.EINTR {
			return os.NewSyscallError("poll", err)
		}
		if fds[0].Revents&unix.POLLERR != 0 {
			code, _ := unix.GetsockoptInt(c.fd, unix.SOL_SOCKET, unix.SO_ERROR)
			return os.NewSyscallError("capture", unix.Errno(code))
		}
		stopping = fds[1].Revents != 0
	}
}

// read reads the next frame, if there is a packet in it.
func (c *capture) read(each func(packet)) bool {
	frame := c.ring[c.next:][:c.frame]
	header := (*unix.Tpacket2Hdr)(unsafe.Pointer(&frame[0]))
	if atomic.LoadUint32(&header.Status)&unix.TP_STATUS_USER == 0 {
		return false
	}
	const addressAt = (unix.SizeofTpacket2Hdr + 15) &^ 15
	link := (*unix.RawSockaddrLinklayer)(unsafe.Pointer(&frame[addressAt]))
	p := packet{
		when: time.Unix(int64(header.Sec), int64(header.Nsec)),
		data: frame[header.Net:][:header.Snaplen],
		size: int(header.Len),
	}
	// LINUX_SLL: the packet's type, the link's, its address, the protocol.
	binary.BigEndian.PutUint16(p.link[0:], uint16(link.Pkttype))
	binary.BigEndian.PutUint16(p.link[2:], link.Hatype)
	binary.BigEndian.PutUint16(p.link[4:], uint16(link.Halen))
	copy(p.link[6:14], link.Addr[:])
	binary.NativeEndian.PutUint16(p.link[14:], link.Protocol)
	each(p)
	atomic.StoreUint32(&header.Status, unix.TP_STATUS_KERNEL)
	c.next = (c.next + c.frame) % len(c.ring)
	return true
}

// stop ends run.
func (c *capture) stop() { unix.Write(c.wake, binary.NativeEndian.AppendUint64(nil, 1)) }

// lost is how many packets the kernel had no room for so far (packet(7),
// PACKET_STATISTICS, which counts from the last time it was asked).
func (c *capture) lost() (int, error) {
	stats, err := unix.GetsockoptTpacketStats(c.fd, unix.SOL_PACKET, unix.PACKET_STATISTICS)
	if err != nil {
		return 0, os.NewSyscallError("getsockopt PACKET_STATISTICS", err)
	}
	c.dropped += int(stats.Drops)
	return c.dropped, nil
}

// close gives everything back. Nobody may be in run.
func (c *capture) close() {
	if c.ring != nil {
		unix.Munmap(c.ring)
	}
	unix.Close(c.fd)
	if c.wake >= 0 {
		unix.Close(c.wake)
	}
}

// interfaceNamed finds an interface of the calling thread's network.
func interfaceNamed(name string) (*net.Interface, error) {
	ifi, err := net.InterfaceByName(name)
	if err == nil {
		return ifi, nil
	}
	var names []string
	all, _ := net.Interfaces()
	for _, i := range all {
		names = append(names, i.Name)
	}
	return nil, fmt.Errorf("no interface %q: there are %q", name, names)
}
