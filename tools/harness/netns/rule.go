//go:build unix

package netns

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// A Rule is what a firewall does with some packets.
type Rule struct {
	Where    string // in, out or through
	Verdict  string // drop, reject, reset or prohibit
	Protocol string // tcp, udp or icmp; "" is any
	Port     uint16 // of the addressee; 0 is any
}

// What a Rule may say.
var (
	directions = []string{"in", "out", "through"}
	answers    = []string{"drop", "reject", "reset", "prohibit"}
	protocols  = []string{"tcp", "udp", "icmp"}
)

// Check is an error where a rule makes no sense.
func (r Rule) Check() error {
	for _, word := range []struct {
		what, is string
		may      []string
	}{
		{"direction", r.Where, directions}, {"answer of a firewall", r.Verdict, answers}, {"protocol", r.Protocol, append([]string{""}, protocols...)},
	} {
		if !slices.Contains(word.may, word.is) {
			return fmt.Errorf("%q is no %s: want %s", word.is, word.what, strings.TrimPrefix(strings.Join(word.may, ", "), ", "))
		}
	}
	switch {
	case r.Verdict == "reset" && r.Protocol != "tcp":
		return errors.New("only TCP has connections to reset: say tcp")
	case r.Port != 0 && r.Protocol != "tcp" && r.Protocol != "udp":
		return errors.New("only tcp and udp have ports")
	}
	return nil
}

// Everywhere is the network of all addresses, of the version of one.
func Everywhere(like netip.Addr) netip.Prefix {
	if like.Is4() {
		return netip.PrefixFrom(netip.IPv4Unspecified(), 0)
	}
	return netip.PrefixFrom(netip.IPv6Unspecified(), 0)
}
