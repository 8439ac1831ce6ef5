//go:build unix

package examples_test

import (
	"encoding/binary"
	"fmt"
)

// The echo request of lesson 2.5, with its checksum put in. Privileged
// programs send it with net.ListenPacket("ip4:icmp", "127.0.0.1") and WriteTo.
func Example_raw() {
	echo := []byte("\x08\x00\x00\x00\x00\x00\x00\x02hi")
	binary.BigEndian.PutUint16(echo[2:], checksum(echo))
	fmt.Printf("% x\n", echo)
	// Output:
	// 08 00 8f 94 00 00 00 02 68 69
}

// checksum is the Internet's (RFC 1071): add the bytes two by two, as numbers
// of 16 bits; add what is carried over; turn every bit around.
func checksum(b []byte) uint16 {
	var sum uint32
	for ; len(b) > 1; b = b[2:] {
		sum += uint32(b[0])<<8 | uint32(b[1])
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
