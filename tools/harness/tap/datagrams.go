//go:build unix

package tap

import (
	"context"
	"errors"
	"io"
	"net"

	"socklab/tools/harness/procfs"
)

// callersMax bounds the callers of a UDP tap. Those never disconnect, so each is
// kept.
const callersMax = 1000

// startPackets relays datagrams and keeps their boundaries. Each caller gets an
// upstream socket of its own, so that answers find their way back.
func (t *Tap) startPackets(c Config) error {
	listen, dialer := net.ListenConfig{Control: c.Made}, net.Dialer{Control: c.Made}
	front, err := listen.ListenPacket(context.Background(), c.Network, c.Listen)
	if err != nil {
		return err
	}
	t.addr, t.ends, t.queued = front.LocalAddr(), []io.Closer{front}, func() bool { return readable(front) }
	return c.On.Go(func() {
		type caller struct {
			up  net.Conn
			who *parties
		}
		callers := map[string]caller{}
		buf := make([]byte, 64<<10)
		pass := func(datagram []byte, from net.Addr) {
			call, known := callers[from.String()]
			if !known && len(callers) < callersMax {
				up, err := dialer.Dial(c.Network, c.Target)
				if err != nil {
					t.log.note("the tap can't reach the server: " + err.Error())
					return
				}
				if !t.keep(up) {
					return
				}
				call = caller{up, t.log.open(from, procfs.SenderOf(c.Network, from.String()),
					t.log.diag.Socket(c.Network, procfs.AddrPort(from), procfs.AddrPort(front.LocalAddr())))}
				callers[from.String()] = call
				go t.answers(call.up, front, from, call.who)
			}
			if call.up == nil {
				return // too many callers: the datagram is dropped, as UDP allows
			}
			t.log.datagram(call.who, client2server, datagram)
			// If nobody receives the datagram it is lost, and that is no failure of
			// the tap.
			call.up.Write(datagram)
		}
		for {
			n, from, err := front.ReadFrom(buf)
			if err != nil {
				return
			}
			t.taking.Add(1)
			pass(buf[:n], from)
			t.taking.Add(-1)
		}
	})
}

// answers relays the server's answers to one caller.
func (t *Tap) answers(up net.Conn, front net.PacketConn, to net.Addr, who *parties) {
	buf := make([]byte, 64<<10)
	for {
		n, err := up.Read(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // nobody listens there (yet): an ICMP error said so (udp(7))
		}
		t.log.datagram(who, server2client, buf[:n])
		front.WriteTo(buf[:n], to)
	}
}
