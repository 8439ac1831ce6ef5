package procfs

import (
	"encoding/binary"
	"testing"
)

// TestTables parses the address of 127.0.0.1:8000 as machines of either byte
// order write it (/proc/net/tcp, /proc/net/tcp6).
func TestTables(t *testing.T) {
	for _, test := range []struct {
		order  binary.ByteOrder
		column string
		want   string
	}{
		{binary.LittleEndian, "0100007F:1F40", "127.0.0.1:8000"},
		{binary.BigEndian, "7F000001:1F40", "127.0.0.1:8000"},
		{binary.LittleEndian, "00000000000000000000000001000000:1F40", "[::1]:8000"},
		{binary.BigEndian, "00000000000000000000000000000001:1F40", "[::1]:8000"},
	} {
		if got := addrIn(test.order, test.column); got != test.want {
			t.Errorf("%s, %v: got %s, want %s", test.column, test.order, got, test.want)
		}
	}
}
