package httpget

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// target is a URL taken apart: the uses that a GET has for it.
type target struct {
	url    string // as typed, for messages
	addr   string // whom to call: HOST:PORT, for Dial
	host   string // which name to say: the Host header
	path   string // what to ask for: PATH?QUERY, as typed
	secure bool   // https: seal what is said,
	name   string // and accept only who can prove to be this host
}

// defaultPort is where a scheme's servers are, unless the URL says otherwise
// (RFC 9110, section 4.2).
var defaultPort = map[bool]string{false: "80", true: "443"}

// request returns the bytes to send (RFC 9112, section 3).
func (t target) request() string {
	return "GET " + t.path + " HTTP/1.1\r\n" +
		// One address can serve many sites: Host says which one we mean.
		"Host: " + t.host + "\r\n" +
		// HTTP/1.1 keeps a connection for the next request unless told not
		// to. We want the close: it is how we know that nothing more comes.
		"Connection: close\r\n" +
		"\r\n"
}

// split takes a URL apart (RFC 3986, section 3), or says why it can't be
// asked. Nothing is decoded: %0d%0a travels as those six harmless characters.
func split(url string) (target, error) {
	if err := plain(url); err != nil {
		return target{}, err
	}
	t := target{url: url}

	// What follows # is for the reader of the page: it never leaves our side.
	url, _, _ = strings.Cut(url, "#")

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
// early; CR LF would start a line of its own, written by whoever made the URL.
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

// hostPort splits HOST[:PORT]. An IPv6 address keeps its brackets, which
// divide its colons from the port's.
func hostPort(server, standard string) (host, port string, err error) {
	host, port = server, ""
	if i := strings.LastIndexByte(server, ':'); i > strings.LastIndexByte(server, ']') {
		host, port = server[:i], server[i+1:]
	}
	if port == "" {
		port = standard // a bare colon means the default too (RFC 3986, 3.2.3)
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || number == 0 {
		return "", "", fmt.Errorf("port %q is not a number from 1 to 65535", port)
	}
	port = strconv.FormatUint(number, 10)

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
		// No % among them: an escape, decoded, could be any character at all.
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._", r) {
			return "", "", fmt.Errorf("host %q holds %q; letters, digits, - . and _ can stand there", host, r)
		}
	}
	return host, port, nil
}
