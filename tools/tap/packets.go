package tap

import (
	"errors"
	"io"
	"net"
)

// callersMax bounds the callers of a tap for datagrams, which never hang up.
const callersMax = 1000

// startPackets relays datagrams: each comes and goes as one. A caller gets an
// upstream socket of its own, by which the answers find their way back.
func (t *Tap) startPackets(c Config) error {
	front, err := net.ListenPacket(c.Network, c.Listen)
	if err != nil {
		return err
	}
	t.addr, t.ends = front.LocalAddr(), []io.Closer{front}
	entered := make(chan struct{})
	defer func() { <-entered }()
	go func() {
		err := c.Enter()
		close(entered)
		if err != nil {
			t.log.note("the tap can't reach the network: " + err.Error())
			front.Close()
			return
		}
		type caller struct {
			up  net.Conn
			who *parties
		}
		callers := map[string]caller{}
		buf := make([]byte, 64<<10)
		for {
			n, from, err := front.ReadFrom(buf)
			if err != nil {
				return
			}
			call, known := callers[from.String()]
			if !known && len(callers) < callersMax {
				up, err := net.Dial(c.Network, c.Target)
				if err != nil {
					t.log.note("the tap can't reach the server: " + err.Error())
					continue
				}
				if !t.keep(up) {
					return
				}
				call = caller{up, t.log.open(nil, from)}
				callers[from.String()] = call
				go t.answers(call.up, front, from, call.who)
			}
			if call.up == nil {
				continue // one caller too many: datagrams may get lost
			}
			t.log.datagram(call.who, client2server, buf[:n])
			// A datagram to nobody is lost, and that is no failure of ours.
			call.up.Write(buf[:n])
		}
	}()
	return nil
}

// answers relays what the server says to one caller.
func (t *Tap) answers(up net.Conn, front net.PacketConn, to net.Addr, who *parties) {
	buf := make([]byte, 64<<10)
	for {
		n, err := up.Read(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // nobody is there (yet): ICMP said so (udp(7))
		}
		t.log.datagram(who, server2client, buf[:n])
		front.WriteTo(buf[:n], to)
	}
}
