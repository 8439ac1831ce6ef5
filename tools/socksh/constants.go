//go:build unix

package socksh

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// A set is the constants that one argument takes, under their names in C, Go and
// Python.
type constants map[string]int

var (
	// Families (socket(2)).
	families = constants{
		"AF_UNIX": unix.AF_UNIX, "AF_INET": unix.AF_INET, "AF_INET6": unix.AF_INET6,
	}
	// Types (socket(2)).
	types = constants{
		"SOCK_STREAM": unix.SOCK_STREAM, "SOCK_DGRAM": unix.SOCK_DGRAM,
		"SOCK_SEQPACKET": unix.SOCK_SEQPACKET, "SOCK_RAW": unix.SOCK_RAW,
	}
	// Protocols, which only a raw socket must name (ip(7), ipv6(7)).
	protocols = constants{
		"IPPROTO_ICMP": unix.IPPROTO_ICMP, "IPPROTO_IGMP": unix.IPPROTO_IGMP,
		"IPPROTO_TCP": unix.IPPROTO_TCP, "IPPROTO_UDP": unix.IPPROTO_UDP,
		"IPPROTO_ICMPV6": unix.IPPROTO_ICMPV6, "IPPROTO_RAW": unix.IPPROTO_RAW,
	}
	// Levels of options (getsockopt(2)).
	levels = constants{
		"SOL_SOCKET": unix.SOL_SOCKET, "IPPROTO_IP": unix.IPPROTO_IP,
		"IPPROTO_IPV6": unix.IPPROTO_IPV6, "IPPROTO_TCP": unix.IPPROTO_TCP,
	}
	// Options of each level (socket(7), ip(7), ipv6(7), tcp(7)).
	options = map[int]constants{
		unix.SOL_SOCKET: {
			"SO_REUSEADDR": unix.SO_REUSEADDR, "SO_REUSEPORT": unix.SO_REUSEPORT,
			"SO_KEEPALIVE": unix.SO_KEEPALIVE, "SO_BROADCAST": unix.SO_BROADCAST,
			"SO_RCVBUF": unix.SO_RCVBUF, "SO_SNDBUF": unix.SO_SNDBUF,
			"SO_ERROR": unix.SO_ERROR, "SO_TYPE": unix.SO_TYPE,
			"SO_ACCEPTCONN": unix.SO_ACCEPTCONN, "SO_OOBINLINE": unix.SO_OOBINLINE,
			"SO_DONTROUTE": unix.SO_DONTROUTE, "SO_RCVLOWAT": unix.SO_RCVLOWAT,
			"SO_LINGER": unix.SO_LINGER,
		},
		unix.IPPROTO_IP: {
			"IP_TTL": unix.IP_TTL, "IP_TOS": unix.IP_TOS, "IP_HDRINCL": unix.IP_HDRINCL,
			"IP_MULTICAST_TTL": unix.IP_MULTICAST_TTL, "IP_MULTICAST_LOOP": unix.IP_MULTICAST_LOOP,
			"IP_ADD_MEMBERSHIP": unix.IP_ADD_MEMBERSHIP, "IP_DROP_MEMBERSHIP": unix.IP_DROP_MEMBERSHIP,
		},
		unix.IPPROTO_IPV6: {
			"IPV6_V6ONLY": unix.IPV6_V6ONLY, "IPV6_UNICAST_HOPS": unix.IPV6_UNICAST_HOPS,
		},
		unix.IPPROTO_TCP: {
			"TCP_NODELAY": unix.TCP_NODELAY, "TCP_MAXSEG": unix.TCP_MAXSEG,
		},
	}
	// Flags of send and recv (send(2), recv(2)).
	flags = constants{
		"MSG_PEEK": unix.MSG_PEEK, "MSG_WAITALL": unix.MSG_WAITALL,
		"MSG_DONTWAIT": unix.MSG_DONTWAIT, "MSG_TRUNC": unix.MSG_TRUNC, "MSG_OOB": unix.MSG_OOB,
	}
	// Directions that shutdown ends (shutdown(2)).
	directions = constants{
		"SHUT_RD": unix.SHUT_RD, "SHUT_WR": unix.SHUT_WR, "SHUT_RDWR": unix.SHUT_RDWR,
	}
	// Events that poll waits for and tells (poll(2)).
	events = constants{
		"POLLIN": unix.POLLIN, "POLLOUT": unix.POLLOUT, "POLLPRI": unix.POLLPRI,
		"POLLERR": unix.POLLERR, "POLLHUP": unix.POLLHUP, "POLLNVAL": unix.POLLNVAL,
	}
)

// value is the constant that a word names, or the number that it is. Names may
// be joined by |.
func (c constants) value(w word) (int, error) {
	v := 0
	for name := range strings.SplitSeq(w.text, "|") {
		n, ok := c[name]
		if !ok {
			n32, err := strconv.ParseInt(name, 10, 32)
			if err != nil || w.quoted {
				return 0, fmt.Errorf("%s: want %s", clip(name), c.either())
			}
			n = int(n32)
		}
		v |= n
	}
	return v, nil
}

// name returns the name of the constant v, or its number.
func (c constants) name(v int) string {
	for _, name := range c.names() {
		if c[name] == v {
			return name
		}
	}
	return strconv.Itoa(v)
}

// bits names every bit of v that has a name.
func (c constants) bits(v int) string {
	var set []string
	for _, name := range c.names() {
		if v&c[name] != 0 {
			set = append(set, name)
		}
	}
	return strings.Join(set, "|")
}

func (c constants) names() []string { return slices.Sorted(maps.Keys(c)) }

func (c constants) either() string {
	names := c.names()
	if len(names) == 1 {
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}
