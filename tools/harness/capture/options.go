package capture

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/gopacket/gopacket/layers"
)

// details are the numbers and options of a segment's header.
func details(c *connection, who int, s *segment, from int64, window int) string {
	mine, theirs := &c.halves[who], &c.halves[1-who]
	tcp := &s.tcp
	var parts []string
	say := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if mine.known {
		say("seq %d", from)
	}
	if tcp.ACK && theirs.known {
		say("ack %d", theirs.relative(tcp.Ack))
	}
	for _, flag := range []struct {
		set  bool
		name string
	}{{tcp.PSH, "PSH"}, {tcp.URG, "URG"}, {tcp.ECE, "ECE"}, {tcp.CWR, "CWR"}} {
		if flag.set {
			say("%s", flag.name)
		}
	}
	say("window %d", window)
	for _, o := range tcp.Options {
		switch n := len(o.OptionData); {
		case o.OptionType == layers.TCPOptionKindEndList, o.OptionType == layers.TCPOptionKindNop:
		case o.OptionType == layers.TCPOptionKindMSS && n == 2:
			say("MSS %d", binary.BigEndian.Uint16(o.OptionData))
		case o.OptionType == layers.TCPOptionKindWindowScale && n == 1:
			say("window scale %d", o.OptionData[0])
		case o.OptionType == layers.TCPOptionKindSACKPermitted:
			say("SACK permitted")
		case o.OptionType == layers.TCPOptionKindSACK:
			for ; n >= 8 && theirs.known; n -= 8 {
				at := o.OptionData[len(o.OptionData)-n:]
				say("SACK %d-%d", theirs.relative(binary.BigEndian.Uint32(at)), theirs.relative(binary.BigEndian.Uint32(at[4:]))-1)
			}
		case o.OptionType == layers.TCPOptionKindTimestamps:
			say("timestamps") // their values are arbitrary (RFC 7323 section 5.4)
		default:
			say("option %d", o.OptionType)
		}
	}
	return strings.Join(parts, ", ")
}

// windowScale is the shift of later windows that a SYN offers, at most 14; -1 if it
// offers none. It counts if both ends offer one (RFC 7323 section 2).
func windowScale(tcp *layers.TCP) int {
	for _, o := range tcp.Options {
		if o.OptionType == layers.TCPOptionKindWindowScale && len(o.OptionData) == 1 {
			return min(int(o.OptionData[0]), 14)
		}
	}
	return -1
}
