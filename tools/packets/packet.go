package packets

import (
	"encoding/binary"
	"time"

	"github.com/gopacket/gopacket/layers"
)

// A packet is one as it was captured. Its bytes are valid until the next comes.
type packet struct {
	when time.Time
	link [16]byte // the header that LINUX_SLL puts before it
	data []byte   // from the network header on, perhaps cut
	size int      // in bytes, before it was cut
}

// protocol is what data holds: an Ethernet type, whatever the link is
// (packet(7), sll_protocol).
func (p packet) protocol() layers.EthernetType {
	return layers.EthernetType(binary.BigEndian.Uint16(p.link[14:]))
}
