package capture

import (
	"errors"
	"net"
	"testing"
	"time"

	"github.com/gopacket/gopacket/afpacket"
	"golang.org/x/sys/unix"
)

// BenchmarkRing compares our ring with that of gopacket/afpacket. 10,000 datagrams
// go over a loopback, and each ring captures them before any is read. Without a
// filter both see each datagram twice.
func BenchmarkRing(b *testing.B) {
	const n = 10000
	for name, read := range map[string]func(testing.TB, func()) int{"ours": readOurs, "afpacket": readTheirs} {
		b.Run(name, func(b *testing.B) {
			seen, packets := 0, 0
			done := make(chan struct{})
			go func() { // on a new network, with its own thread
				defer close(done)
				private(b)
				for b.Loop() {
					seen += read(b, func() {
						b.StopTimer()
						flood(b, n, "")
						b.StartTimer()
					})
					packets += 2 * n
				}
			}()
			<-done
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(max(seen, 1)), "ns/packet")
			b.ReportMetric(float64(packets-seen), "lost")
		})
	}
}

func readOurs(t testing.TB, send func()) (seen int) {
	lo, err := Interface("lo")
	if err != nil {
		t.Error(err)
		return 0
	}
	lo.Flags &^= net.FlagLoopback // also capture packets that arrive
	r, err := open(lo, snapLine)
	if err != nil {
		t.Error(err)
		return 0
	}
	defer r.close()
	send()
	r.stop()
	r.run(func(p Packet) {
		if p.protocol() == unix.ETH_P_IP {
			seen++
		}
	}, func() {})
	return seen
}

func readTheirs(t testing.TB, send func()) (seen int) {
	blocks := snapLine.frames * snapLine.frame >> 16
	r, err := afpacket.NewTPacket(afpacket.OptInterface("lo"), afpacket.TPacketVersion2, afpacket.OptFrameSize(snapLine.frame),
		afpacket.OptBlockSize(64<<10), afpacket.OptNumBlocks(blocks), afpacket.OptPollTimeout(time.Millisecond))
	if err != nil {
		t.Error(err)
		return 0
	}
	defer r.Close()
	send()
	for {
		_, info, err := r.ZeroCopyReadPacketData()
		if errors.Is(err, afpacket.ErrTimeout) {
			return seen
		}
		if err != nil {
			t.Error(err)
			return seen
		}
		if info.Length > 14 {
			seen++
		}
	}
}
