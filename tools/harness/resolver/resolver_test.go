package resolver

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"
)

// ask asks a server with Go's own resolver.
func ask(t *testing.T, a Answers, timeout time.Duration, network, name string) ([]netip.Addr, error) {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := Serve(conn, a)
	defer s.Close()
	r := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp4", conn.LocalAddr().String())
	}}
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	return r.LookupNetIP(ctx, network, name)
}

func TestAnswers(t *testing.T) {
	a := Answers{Names: map[string][]netip.Addr{
		"shop.example": {netip.MustParseAddr("10.0.0.2"), netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("2001:db8::1")},
		"six.example":  {netip.MustParseAddr("2001:db8::2")},
	}}
	for _, test := range []struct{ network, name, want string }{
		{"ip4", "shop.example.", "10.0.0.1 10.0.0.2"},
		{"ip4", "SHOP.Example.", "10.0.0.1 10.0.0.2"},
		{"ip6", "shop.example.", "2001:db8::1"},
		{"ip", "six.example.", "2001:db8::2"},
	} {
		got, err := ask(t, a, time.Minute, test.network, test.name)
		slices.SortFunc(got, netip.Addr.Compare)
		var all string
		for _, addr := range got {
			all += " " + addr.Unmap().String()
		}
		if err != nil || all != " "+test.want {
			t.Errorf("%s of %s: %s, %v; want %s", test.network, test.name, all, err, test.want)
		}
	}
	var missing *net.DNSError
	if _, err := ask(t, a, time.Minute, "ip", "nobody.example."); !errors.As(err, &missing) || !missing.IsNotFound {
		t.Errorf("a name that does not exist: %v", err)
	}
	// A name without an address of that kind exists all the same.
	if _, err := ask(t, a, time.Minute, "ip4", "six.example."); !errors.As(err, &missing) || !missing.IsNotFound {
		t.Errorf("an address of the other kind: %v", err)
	}
	// Delayed, and silent.
	if got, err := ask(t, Answers{Names: a.Names, Delay: 20 * time.Millisecond}, time.Minute, "ip4", "shop.example."); err != nil || len(got) != 2 {
		t.Errorf("after a delay: %v, %v", got, err)
	}
	if _, err := ask(t, Answers{Names: a.Names, Silent: true}, 100*time.Millisecond, "ip4", "shop.example."); !errors.As(err, &missing) || !missing.IsTimeout {
		t.Errorf("of one that is silent: %v", err)
	}
}

// FuzzQuestion: whatever comes, it answers or not, and never more than once.
func FuzzQuestion(f *testing.F) {
	f.Add([]byte("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x00\x00\x01\x00\x01"))
	f.Add([]byte{})
	a := Answers{Names: map[string][]netip.Addr{"a": {netip.MustParseAddr("10.0.0.1")}}}
	f.Fuzz(func(t *testing.T, question []byte) {
		answer, err := a.to(question)
		if err == nil && (len(answer) < 12 || answer[2]&0x80 == 0 || answer[0] != question[0] || answer[1] != question[1]) {
			t.Errorf("%x is answered by %x", question, answer)
		}
	})
}
