package chat

import (
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// vanish lets a caller's kernel throw away whatever comes for this connection,
// before TCP sees it (socket(7), SO_ATTACH_FILTER): as far as the other side can
// tell, the cable is out. No acknowledgement, no FIN, no RST.
func (p *peer) vanish() {
	p.t.Helper()
	raw, err := p.SyscallConn()
	if err != nil {
		p.t.Fatal(err)
	}
	nothing := []unix.SockFilter{{Code: unix.BPF_RET | unix.BPF_K, K: 0}}
	raw.Control(func(fd uintptr) {
		err = unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_FILTER,
			&unix.SockFprog{Len: uint16(len(nothing)), Filter: &nothing[0]})
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

// TestVanished: a caller vanishes, with something on its way to it, or nothing.
func TestVanished(t *testing.T) {
	for _, say := range []string{"", "hi"} {
		t.Run("said "+say, func(t *testing.T) {
			t.Parallel()
			server := start(t, "server", "-gone=2s", "127.0.0.1:0")
			addr := server.address(t)
			alice := enter(t, addr, "alice")
			bob := enter(t, addr, "bob", alice)
			bob.vanish()
			if say != "" {
				alice.says(say)
			}
			alice.hearsWithin(15*time.Second, "* bob left")
		})
	}
}

// TestAcceptErrors is about what Accept may say.
func TestAcceptErrors(t *testing.T) {
	for err, want := range map[error]bool{
		nil: false, io.EOF: false, net.ErrClosed: false, syscall.ECONNABORTED: false,
		&net.OpError{Op: "accept", Err: syscall.EMFILE}: true,
		&net.OpError{Op: "accept", Err: syscall.ENFILE}: true,
	} {
		if exhausted(err) != want {
			t.Errorf("exhausted(%v) is %v", err, !want)
		}
	}
	if exhausted(errors.New("too many open files")) {
		t.Error("an error is not its words")
	}
}
