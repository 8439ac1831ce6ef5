package httpget

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// target is a URL taken apart into what a GET needs.
type target struct {
	url     string // as typed, up to a #, for messages
	network string // tcp, or unix
	addr    string // whom to call: HOST:PORT, or a path
	host    string // which name to say: the Host header
	path    string // what to ask for: PATH?QUERY, as typed
	secure  bool   // https: seal what is sent,
	name    string // and accept only a server that can prove to be this host
}

// defaultPort is where a scheme's servers are, unless the URL says otherwise
// (RFC 9110, section 4.2).
var defaultPort = map[bool]string{false: "80", true: "443"}

// split takes a URL apart (RFC 3986, section 3), or says why it can't be
// asked. Nothing is decoded: %0d%0a travels as those six harmless characters.
func split(url string) (target, error) {
	// What follows # is for the reader of the page: it never leaves our side, and
	// may be anything.
	url, _, _ = strings.Cut(url, "#")
	if err := plain(url); err != nil {
		return target{}, err
	}
	t := target{url: url, network: "tcp"}

	scheme, rest, found := strings.Cut(url, "://")
	switch {
	case !found || strings.ContainsAny(scheme, "/?:"):
		return target{}, errors.New("no scheme; a URL to ask begins with http:// or https://")
	case strings.EqualFold(scheme, "https"):
		t.secure = true
	case !strings.EqualFold(scheme, "http"):
		return target{}, fmt.Errorf("scheme %q is not http or https", scheme)
	}

	// Everything before the first / or ? is the server, the rest is for it.
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	server := rest[:end]
	t.path = rest[end:]
	if !strings.HasPrefix(t.path, "/") {
		t.path = "/" + t.path // even "nothing" has a name: the root
	}

	if strings.Contains(server, "@") {
		// The server would never see it: a password travels in a header of
		// its own. And URLs end up in histories, logs and process lists.
		return target{}, errors.New("a name or password before @ is not part of a request; leave it out")
	}
	host, port, err := hostPort(server, defaultPort[t.secure])
	if err != nil {
		return target{}, err
	}
	t.name = strings.Trim(host, "[]")
	t.addr = net.JoinHostPort(t.name, port)
	t.host = host
	if port != defaultPort[t.secure] {
		t.host += ":" + port
	}
	return t, nil
}

// plain refuses what can't stand in a request line. A space would end the path
// early; CR LF would start a line of its own, written by the URL's author.
func plain(url string) error {
	for i, r := range url {
		switch {
		case r == ' ':
			return fmt.Errorf("a space at byte %d; write it as %%20", i+1)
		case r < ' ' || r == 0x7f:
			return fmt.Errorf("a control character, %q, at byte %d", r, i+1)
		case r > 0x7f:
			return fmt.Errorf("the character at byte %d is not ASCII; percent-encode it (%%%X...), or, in a host name, use its xn-- form",
				i+1, url[i])
		}
	}
	return nil
}

// hostPort splits HOST[:PORT]. An IPv6 address keeps its brackets, which separate
// its colons from the port's.
func hostPort(server, standard string) (host, port string, err error) {
	host, port = server, ""
	if i := strings.LastIndexByte(server, ':'); i > strings.LastIndexByte(server, ']') {
		host, port = server[:i], server[i+1:]
	}
	if port == "" {
		port = standard // a bare colon means the default too (RFC 3986, 3.2.3)
	}
	if port, err = portNumber(port); err != nil {
		return "", "", err
	}

	if strings.HasPrefix(host, "[") {
		// NOTE: an address with a zone, fe80::1%eth0, is refused as well.
		inside, closed := strings.CutSuffix(host[1:], "]")
		ip, err := netip.ParseAddr(inside)
		if err != nil || !closed || !ip.Is6() || ip.Zone() != "" {
			return "", "", fmt.Errorf("%q is not an IPv6 address in brackets", server)
		}
		return host, port, nil
	}
	if host == "" {
		return "", "", errors.New("no host")
	}
	if strings.Contains(host, ":") {
		return "", "", fmt.Errorf("%q has too many colons; an IPv6 address goes in brackets: http://[::1]/", server)
	}
	for _, r := range host {
		// No % among them: decoded, an escape could be any character at all.
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._", r) {
			return "", "", fmt.Errorf("host %q holds %q; letters, digits, - . and _ can stand there", host, r)
		}
	}
	host, err = numeric(host)
	return host, port, err
}

// portNumber returns a port without leading zeros.
func portNumber(port string) (string, error) {
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || number == 0 {
		return "", fmt.Errorf("port %q is not a number from 1 to 65535", port)
	}
	return strconv.FormatUint(number, 10), nil
}

// numeric returns host, or, if host ends with a number, the IPv4 address that it
// means: 127.1 is 127.0.0.1, and so are 0x7f.1 and 2130706433. The last number
// fills the bytes that the others leave; 0x begins hexadecimal, 0 octal. Such
// addresses are bad style, but every C library reads them (inet_aton(3)).
func numeric(host string) (string, error) {
	parts := strings.Split(strings.TrimSuffix(host, "."), ".")
	last := strings.ToLower(parts[len(parts)-1])
	digits, hex := strings.CutPrefix(last, "0x")
	if last == "" || !hex && strings.Trim(last, "0123456789") != "" || hex && strings.Trim(digits, "0123456789abcdef") != "" {
		return host, nil // a name
	}
	ip, room := uint64(0), 32 // bits
	for i, part := range parts {
		bits := 8
		if i == len(parts)-1 {
			bits = room
		}
		base := 10
		if digits, hex := strings.CutPrefix(strings.ToLower(part), "0x"); hex {
			base, part = 16, digits
		} else if len(part) > 1 && part[0] == '0' {
			base = 8
		}
		n, err := strconv.ParseUint(part, base, 64)
		if err != nil || bits <= 0 || n >= 1<<bits {
			return "", fmt.Errorf("host %q ends with a number, as an IPv4 address does, and is none", host)
		}
		room -= bits
		ip |= n << room
	}
	return netip.AddrFrom4([4]byte{byte(ip >> 24), byte(ip >> 16), byte(ip >> 8), byte(ip)}).String(), nil
}
