//go:build unix

package script

import (
	"strings"
	"testing"
)

// TestCaret has a port that the kernel chose, of which a part alone is wanted.
func TestCaret(t *testing.T) {
	change := strings.NewReplacer("127.0.0.1:40973", "127.0.0.1:50001", "127.0.0.1:40977", "127.0.0.1:50002").Replace
	for _, test := range []struct{ is, want Difference }{
		{Difference{Expected: `^Host: 127.0.0.1:40973\r\n`, Got: `Host: 127.0.0.1\r\n`, At: 15, Wanted: `:40973\r\n`},
			Difference{Expected: `^Host: 127.0.0.1:50001\r\n`, Got: `Host: 127.0.0.1\r\n`, At: 15, Wanted: `:50001\r\n`}},
		{Difference{Expected: `127.0.0.1:40973$`, Got: `127.0.0.1:40977`, At: 14, Wanted: `3$`},
			Difference{Expected: `127.0.0.1:50001$`, Got: `127.0.0.1:50002`, At: 10, Wanted: `50001$`}},
		{Difference{Expected: `^to$`, Got: `too`, At: 2, Wanted: `$`}, Difference{Expected: `^to$`, Got: `too`, At: 2, Wanted: `$`}},
		{Difference{Expected: `^b`, Got: `a`}, Difference{Expected: `^b`, Got: `a`}},
	} {
		if test.is.change(change); test.is.String() != test.want.String() {
			t.Errorf("expected\n%v\ngot\n%v", &test.want, &test.is)
		}
	}
}
