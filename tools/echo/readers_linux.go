package echo

import (
	"fmt"
	"maps"

	"golang.org/x/sys/unix"
)

// unreadMax is how many answers one caller may leave unread.
const unreadMax = 16

// Linux counts what a caller has not read against us, the sender (socket(7),
// SO_SNDBUF). A caller that never reads would use up the buffer for all. The
// kernel says how many bytes are unread (SIOCOUTQ), but not by whom: so we count.
var readers = ledger{ahead: map[string]int{}}

// A ledger counts the answers sent to each caller since the unread bytes of all
// callers together were at their minimum. A caller can't have more unread answers
// than that. least is that minimum: the bytes unread by callers that have reached
// unreadMax.
type ledger struct {
	ahead map[string]int
	least int
}

// may returns an error that says why a caller can't be sent another answer, or
// nil.
func (l *ledger) may(fd uintptr, caller string) error {
	unread, err := unix.IoctlGetInt(int(fd), unix.SIOCOUTQ)
	switch {
	case err != nil:
		return err
	case unread < l.least || len(l.ahead) > 1000: // somebody who held much has read
		clear(l.ahead)
		l.least = unread
	case unread == l.least: // all others have
		maps.DeleteFunc(l.ahead, func(_ string, n int) bool { return n < unreadMax })
	}
	if l.ahead[caller] == unreadMax {
		return fmt.Errorf("it has not read the last %d answers", unreadMax)
	}
	return nil
}

// sent notes that a caller was sent an answer.
func (l *ledger) sent(fd uintptr, caller string) {
	l.ahead[caller]++
	if l.ahead[caller] == unreadMax {
		l.least, _ = unix.IoctlGetInt(int(fd), unix.SIOCOUTQ)
	}
}
