package capture

import (
	"encoding/binary"
	"time"

	"github.com/gopacket/gopacket/layers"
)

// A Packet is a captured packet. Its bytes are valid until the next one comes.
type Packet struct {
	When time.Time
	Link [16]byte // its LINUX_SLL header (pcap-linktype(7))
	Head []byte   // its link header, if that is captured
	Data []byte   // from the network header on; may be cut
	Size int      // in bytes, before the cut
}

// protocol is the Ethernet type of Data, for links of any kind (packet(7),
// sll_protocol).
func (p Packet) protocol() layers.EthernetType {
	return layers.EthernetType(binary.BigEndian.Uint16(p.Link[14:]))
}
