//go:build linux

package capture

import (
	"fmt"
	"strings"
	"testing"

	"socklab/tools/harness/recording"
)

// TestNetworkBounded checks that a recording keeps a bounded number of packets, and
// says how many it left out: for their number, and because they came too fast.
func TestNetworkBounded(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		frames, sent, kept int
		says               string
	}{
		{1 << 14, packetsMax + 10, packetsMax, "10 events, "},
		{128, 200, 128, "72 packets that came too fast"},
	} {
		t.Run(test.says, func(t *testing.T) {
			t.Parallel()
			private(t)
			rec, snap := recording.New(), snapRecord
			snap.frames = test.frames
			n := newNetwork(rec, nil, snap)
			if _, err := n.Add("", "lo"); err != nil {
				t.Fatal(err)
			}
			n.mu.Lock() // the reader waits
			flood(t, test.sent, strings.Repeat("x", 1000))
			n.mu.Unlock()
			n.End()
			var kept int
			var said []string
			for _, e := range rec.Events() {
				switch {
				case e.Layer != "packets":
				case e.Kind == "dropped":
					said = append(said, string(e.Text))
				default:
					kept++
					if len(e.Frame) != snap.bytes || e.Size < 1000 {
						t.Fatalf("a frame of %d bytes, of %d; want %d", len(e.Frame), e.Size, snap.bytes)
					}
				}
			}
			if kept != test.kept || !strings.HasPrefix(fmt.Sprint(said), "["+test.says) {
				t.Errorf("%d packets are kept, want %d; it says %q, want %s", kept, test.kept, said, test.says)
			}
		})
	}
}
