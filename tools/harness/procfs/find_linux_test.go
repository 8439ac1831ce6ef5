package procfs

import (
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

// TestDiag finds the sockets at both ends of a connection, a listener, the sockets
// of datagrams, and the other end of an AF_UNIX connection.
func TestDiag(t *testing.T) {
	d, err := OpenDiag()
	if err != nil {
		t.Skip(err)
	}
	defer d.Close()
	listen := func(network, addr string) net.Listener {
		l, err := net.Listen(network, addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		return l
	}
	connect := func(l net.Listener) (client, server net.Conn) {
		client, err := net.Dial(l.Addr().Network(), l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if server, err = l.Accept(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { client.Close(); server.Close() })
		return client, server
	}
	l := listen("tcp", "127.0.0.1:0")
	client, server := connect(l)
	bound, err := net.ListenPacket("udp4", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer bound.Close()
	to := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), AddrPort(bound.LocalAddr()).Port())
	sender, err := net.Dial("udp", to.String())
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()
	none, from := netip.AddrPort{}, AddrPort(sender.LocalAddr())
	c, s := AddrPort(client.LocalAddr()), AddrPort(server.LocalAddr())
	for _, test := range []struct {
		who, network  string
		local, remote netip.AddrPort
		want          any
	}{
		{"client", "tcp", c, s, client},
		{"server", "tcp", s, c, server},
		{"listener", "tcp", s, none, l},
		{"nobody", "tcp", c, none, nil},
		{"sender", "udp", from, to, sender},
		{"receiver", "udp", to, from, bound},
	} {
		want := uint64(0)
		if test.want != nil {
			want = Inode(test.want.(syscall.Conn))
		}
		if got := d.Socket(test.network, test.local, test.remote); got != want {
			t.Errorf("%s: socket %d, want %d", test.who, got, want)
		}
	}
	wants := []Listener{
		{Network: "tcp", Addr: s, Inode: Inode(l.(syscall.Conn))},
		{Network: "udp", Addr: AddrPort(bound.LocalAddr()), Inode: Inode(bound.(syscall.Conn))},
	}
	for _, network := range []string{"tcp", "tcp6"} { // Go sets IPV6_V6ONLY for tcp6
		if six, err := net.Listen(network, "[::]:0"); err == nil {
			defer six.Close()
			wants = append(wants, Listener{"tcp", AddrPort(six.Addr()), Inode(six.(syscall.Conn)), network == "tcp6"})
		}
	}
	for _, want := range wants {
		if all := d.Listeners(); !slices.Contains(all, want) {
			t.Errorf("%v has no %v", all, want)
		}
	}
	a, b := connect(listen("unix", filepath.Join(t.TempDir(), "s")))
	if got, want := d.Peer(Inode(b.(syscall.Conn))), Inode(a.(syscall.Conn)); got != want {
		t.Errorf("the peer is socket %d, want %d", got, want)
	}
	if mine := Sockets(os.Getpid()); !slices.Contains(mine, Inode(client.(syscall.Conn))) {
		t.Errorf("this process has the sockets %d, and not the client's", mine)
	}
}
