package script

import (
	"net/netip"
	"os"
	"os/exec"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"socklab/tools/harness/actor"
	"socklab/tools/harness/procfs"
)

// A program makes a socket, says so, and binds it later. Its name must be known when
// it has gone: packets are read after they came.
func TestBoundLater(t *testing.T) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(fd), "socket")
	defer file.Close()
	diag, err := procfs.OpenDiag()
	if err != nil {
		t.Fatal(err)
	}
	defer diag.Close()

	p := &people{}
	bob, err := p.runs("", func() (*actor.Program, error) {
		cat := exec.Command("cat")
		cat.ExtraFiles = []*os.File{file}
		return actor.Start(nil, "bob", cat)
	})
	if err != nil {
		t.Fatal(err)
	}
	all := func(string) []procfs.Listener { return diag.Listeners() }
	p.learn(bob, all)
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	p.learn(bob, all)
	at, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	addr := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(at.(*unix.SockaddrInet4).Port))
	came := time.Now()
	bob.Stop()
	if o := p.Listener("", "udp", addr, came); o.Name != "bob" {
		t.Errorf("who received at %s: expected bob, got %q", addr, o.Name)
	}
}
