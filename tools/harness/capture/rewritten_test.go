//go:build linux

package capture

import (
	"slices"
	"testing"

	"github.com/gopacket/gopacket/layers"
)

// TestSamePacket changes single bytes of a packet: those that NAT changes make no
// other packet of it, and all others do.
func TestSamePacket(t *testing.T) {
	const header = 20
	for protocol, changed := range map[layers.IPProtocol][]int{
		layers.IPProtocolTCP: {header, header + 1, header + 16, header + 17},
		layers.IPProtocolUDP: {header, header + 1, header + 6, header + 7},
	} {
		changed = append(changed, 8, 10, 11, 12, 13, 14, 15) // time to live, checksum, source
		before := append([]byte{0x45}, make([]byte, 47)...)
		before[9] = byte(protocol)
		for i := range before {
			after := slices.Clone(before)
			after[i] ^= 2
			if got := rewritten(before, after); got != slices.Contains(changed, i) {
				t.Errorf("%v: with another byte %d it counts as the same packet: %v", protocol, i, got)
			}
		}
	}
	for _, cut := range [][]byte{nil, make([]byte, 30), append([]byte{0x4f}, make([]byte, 19)...)} {
		if rewritten(cut, cut) {
			t.Errorf("% x is no packet of IPv4, and counts as rewritten", cut)
		}
	}
}
