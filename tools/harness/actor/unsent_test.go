//go:build unix

package actor

import (
	"bytes"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestUnsent checks that a transcript has the bytes that were sent, and no others.
func TestUnsent(t *testing.T) {
	packets, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer packets.Close()
	alice, err := Dial(nil, "alice", "udp4", packets.LocalAddr().String(), false, soon(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer alice.Stop()
	if err := alice.Send("short", false, soon()); err != nil {
		t.Fatal(err)
	}
	if err := alice.Send(strings.Repeat("x", 70_000), false, soon()); !errors.Is(err, syscall.EMSGSIZE) {
		t.Errorf("a datagram of 70,000 bytes: %v", err)
	}
	if got, want := alice.Screen(), "» \"short\"\n"; got != want {
		t.Errorf("got\n%.200swant\n%s", got, want)
	}

	for network, size := range map[string]int{"tcp4": 16 << 20, "unix": 800_000} {
		addr := "127.0.0.1:0"
		if network == "unix" {
			addr = filepath.Join(t.TempDir(), "s")
		}
		l, err := net.Listen(network, addr)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		bob, err := Dial(nil, "bob", network, l.Addr().String(), false, soon(), nil)
		if err != nil {
			t.Fatal(err)
		}
		peer, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer peer.Close()
		bob.Send("begin ", false, soon())
		if err := bob.Send(strings.Repeat("x", size), false, time.Now().Add(300*time.Millisecond)); err == nil {
			t.Errorf("%d bytes were all sent to who reads nothing", size)
		}
		bob.conn.Close()
		received, _ := io.ReadAll(peer)
		screen := bob.Screen()
		gone := 0
		if rest, is := strings.CutPrefix(screen, "… "); is {
			gone, _ = strconv.Atoi(rest[:strings.IndexByte(rest, ' ')])
		}
		if said := gone + strings.Count(screen, "x") + len("begin "); gone == 0 && said != len(received) || gone > 0 && said-len("begin ") != len(received) {
			t.Errorf("the transcript has %d bytes as sent, %d came: %.60q", said, len(received), screen)
		}
		if gone == 0 && !bytes.HasPrefix([]byte(screen), []byte("» \"begin x")) {
			t.Errorf("the transcript begins with %.60q", screen)
		}
		bob.Stop()
	}
}
