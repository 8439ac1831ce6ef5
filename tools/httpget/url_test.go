package httpget

import (
	"bufio"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	for _, test := range []struct{ url, addr, host, path string }{
		{"http://example.com", "example.com:80", "example.com", "/"},
		{"http://example.com/", "example.com:80", "example.com", "/"},
		{"HTTP://Example.COM/A", "Example.COM:80", "Example.COM", "/A"},
		{"http://example.com?x=1", "example.com:80", "example.com", "/?x=1"},
		{"http://example.com/?", "example.com:80", "example.com", "/?"},
		{"http://example.com#top", "example.com:80", "example.com", "/"},
		{"http://example.com/a#b?c", "example.com:80", "example.com", "/a"},
		{"http://example.com/a?b#c", "example.com:80", "example.com", "/a?b"},
		{"http://example.com:80/", "example.com:80", "example.com", "/"},
		{"http://example.com:080/", "example.com:80", "example.com", "/"},
		{"http://example.com:/", "example.com:80", "example.com", "/"},
		{"http://example.com:8080/", "example.com:8080", "example.com:8080", "/"},
		{"http://example.com:65535", "example.com:65535", "example.com:65535", "/"},
		{"http://my_host-1.:8000/", "my_host-1.:8000", "my_host-1.:8000", "/"},
		{"http://127.0.0.1:8000/x", "127.0.0.1:8000", "127.0.0.1:8000", "/x"},
		// What is behind # is never sent: it may be anything.
		{"http://h/p#two words", "h:80", "h", "/p"},
		{"http://h/p#größe\r\n\x1b[2J", "h:80", "h", "/p"},
		// IPv4 addresses as inet_aton(3) has them.
		{"http://127.1:8000/", "127.0.0.1:8000", "127.0.0.1:8000", "/"},
		{"http://127.0.1/", "127.0.0.1:80", "127.0.0.1", "/"},
		{"http://2130706433/", "127.0.0.1:80", "127.0.0.1", "/"},
		{"http://0x7F.1/", "127.0.0.1:80", "127.0.0.1", "/"},
		{"http://0177.0x0.0.01/", "127.0.0.1:80", "127.0.0.1", "/"},
		{"http://0:8000/", "0.0.0.0:8000", "0.0.0.0:8000", "/"},
		{"http://127.0.0.1./", "127.0.0.1:80", "127.0.0.1", "/"},
		{"http://4294967295/", "255.255.255.255:80", "255.255.255.255", "/"},
		{"http://1.2.65535/", "1.2.255.255:80", "1.2.255.255", "/"},
		{"http://1_0/", "1_0:80", "1_0", "/"},
		{"http://0b1/", "0b1:80", "0b1", "/"},
		{"http://1.example/", "1.example:80", "1.example", "/"},
		{"http://0xyz/", "0xyz:80", "0xyz", "/"},
		{"http://[::1]", "[::1]:80", "[::1]", "/"},
		{"http://[::1]:80/", "[::1]:80", "[::1]", "/"},
		{"http://[::1]:8080/x", "[::1]:8080", "[::1]:8080", "/x"},
		{"http://[::1]?x", "[::1]:80", "[::1]", "/?x"},
		{"http://[2001:DB8::1]/", "[2001:DB8::1]:80", "[2001:DB8::1]", "/"},
		{"https://example.com", "example.com:443", "example.com", "/"},
		{"HTTPS://Example.COM:/a#b", "Example.COM:443", "Example.COM", "/a"},
		{"https://example.com:443/", "example.com:443", "example.com", "/"},
		{"https://example.com:80/", "example.com:80", "example.com:80", "/"},
		{"http://example.com:443/", "example.com:443", "example.com:443", "/"},
		{"https://[::1]", "[::1]:443", "[::1]", "/"},
		{"https://[::1]:8443?x", "[::1]:8443", "[::1]:8443", "/?x"},
		// Kept exactly as typed: escapes, dots, slashes, doubtful characters.
		{"http://h/%0d%0aX:%20y?%41=%zz&a+b", "h:80", "h", "/%0d%0aX:%20y?%41=%zz&a+b"},
		{"http://h//a/./../b;c=d,e", "h:80", "h", "//a/./../b;c=d,e"},
		{"http://h/a:b@c?http://u:p@d/", "h:80", "h", "/a:b@c?http://u:p@d/"},
		{`http://h/"<>\^{|}` + "`", "h:80", "h", `/"<>\^{|}` + "`"},
	} {
		got, err := split(test.url)
		if err != nil {
			t.Errorf("split(%q): %v", test.url, err)
			continue
		}
		url, _, _ := strings.Cut(test.url, "#")
		secure := strings.EqualFold(test.url[:5], "https")
		name, _, _ := net.SplitHostPort(test.addr)
		if want := (target{url, "tcp", test.addr, test.host, test.path, secure, name}); got != want {
			t.Errorf("split(%q)\n got %+v\nwant %+v", test.url, got, want)
		}
		want := "GET " + test.path + " HTTP/1.1\r\nHost: " + test.host + "\r\nConnection: close\r\n\r\n"
		if got := (request{to: got, method: "GET"}).text(); got != want {
			t.Errorf("request of %q\n got %q\nwant %q", test.url, got, want)
		}
	}
}

func TestSplitRefuses(t *testing.T) {
	for _, test := range []struct{ url, want string }{
		{"", "no scheme; a URL to ask begins with http:// or https://"},
		{"example.com", "no scheme; a URL to ask begins with http:// or https://"},
		{"localhost:8000/x", "no scheme; a URL to ask begins with http:// or https://"},
		{"localhost:8000/?u=http://h/", "no scheme; a URL to ask begins with http:// or https://"},
		{"http:/example.com", "no scheme; a URL to ask begins with http:// or https://"},
		{"#http://h/", "no scheme; a URL to ask begins with http:// or https://"},
		{"://h/", `scheme "" is not http or https`},
		{"ftp://h/", `scheme "ftp" is not http or https`},
		{"httpss://h/", `scheme "httpss" is not http or https`},
		{"https:/h/", "no scheme; a URL to ask begins with http:// or https://"},
		{"https://", "no host"},
		{"https://u:p@h/", "a name or password before @ is not part of a request; leave it out"},

		{"http://", "no host"},
		{"http:///x", "no host"},
		{"http://?x", "no host"},
		{"http://#x", "no host"},
		{"http://:8000/", "no host"},
		{"http://u:p@h/", "a name or password before @ is not part of a request; leave it out"},
		{"http://u@h/", "a name or password before @ is not part of a request; leave it out"},
		{"http://@h/", "a name or password before @ is not part of a request; leave it out"},
		{`http://h\@evil/`, "a name or password before @ is not part of a request; leave it out"},

		{"http://h:0/", `port "0" is not a number from 1 to 65535`},
		{"http://h:65536/", `port "65536" is not a number from 1 to 65535`},
		{"http://h:-1/", `port "-1" is not a number from 1 to 65535`},
		{"http://h:+1/", `port "+1" is not a number from 1 to 65535`},
		{"http://h:http/", `port "http" is not a number from 1 to 65535`},
		{"http://h:8%30/", `port "8%30" is not a number from 1 to 65535`},
		{"http://[::1]:x/", `port "x" is not a number from 1 to 65535`},

		{"http://::1/", `"::1" has too many colons; an IPv6 address goes in brackets: http://[::1]/`},
		{"http://a:1:2/", `"a:1:2" has too many colons; an IPv6 address goes in brackets: http://[::1]/`},
		{"http://[::1/", `"[::1" is not an IPv6 address in brackets`},
		{"http://[::1:80/", `"[::1:80" is not an IPv6 address in brackets`},
		{"http://[]/", `"[]" is not an IPv6 address in brackets`},
		{"http://[127.0.0.1]/", `"[127.0.0.1]" is not an IPv6 address in brackets`},
		{"http://[::1]x/", `"[::1]x" is not an IPv6 address in brackets`},
		{"http://[::1]]/", `"[::1]]" is not an IPv6 address in brackets`},
		{"http://[fe80::1%25eth0]/", `"[fe80::1%25eth0]" is not an IPv6 address in brackets`},
		{"http://[::1%0d%0a]/", `"[::1%0d%0a]" is not an IPv6 address in brackets`},
		{"http://a%0d%0ab/", `host "a%0d%0ab" holds '%'; letters, digits, - . and _ can stand there`},
		{"http://a%20b/", `host "a%20b" holds '%'; letters, digits, - . and _ can stand there`},
		{"http://a,b/", `host "a,b" holds ','; letters, digits, - . and _ can stand there`},
		{`http://a\b/`, `host "a\\b" holds '\\'; letters, digits, - . and _ can stand there`},
		{"http://a]/", `host "a]" holds ']'; letters, digits, - . and _ can stand there`},

		{"http://h/a b", "a space at byte 11; write it as %20"},
		{" http://h/", "a space at byte 1; write it as %20"},
		{"http://256.256.256.256/", `host "256.256.256.256" ends with a number, as an IPv4 address does, and is none`},
		{"http://1.2.3.4.5/", `host "1.2.3.4.5" ends with a number, as an IPv4 address does, and is none`},
		{"http://foo.09/", `host "foo.09" ends with a number, as an IPv4 address does, and is none`},
		{"http://foo.0x/", `host "foo.0x" ends with a number, as an IPv4 address does, and is none`},
		{"http://09/", `host "09" ends with a number, as an IPv4 address does, and is none`},
		{"http://4294967296/", `host "4294967296" ends with a number, as an IPv4 address does, and is none`},
		{"http://127..1/", `host "127..1" ends with a number, as an IPv4 address does, and is none`},
		{"http://h/\r\nX: y", `a control character, '\r', at byte 10`},
		{"http://h/\n", `a control character, '\n', at byte 10`},
		{"http://h\t/", `a control character, '\t', at byte 9`},
		{"http://h/\x00", `a control character, '\x00', at byte 10`},
		{"http://h/\x7f", `a control character, '\x7f', at byte 10`},
		{"http://h/\x1b[2J", `a control character, '\x1b', at byte 10`},
		{"http://h/é", "the character at byte 10 is not ASCII; percent-encode it (%C3...), or, in a host name, use its xn-- form"},
		{"http://h/\xff", "the character at byte 10 is not ASCII; percent-encode it (%FF...), or, in a host name, use its xn-- form"},
		{"http://h/\u2028", "the character at byte 10 is not ASCII; percent-encode it (%E2...), or, in a host name, use its xn-- form"},
		{"http://münchen/", "the character at byte 9 is not ASCII; percent-encode it (%C3...), or, in a host name, use its xn-- form"},
	} {
		got, err := split(test.url)
		if err == nil {
			t.Errorf("split(%q) was accepted: %+v", test.url, got)
		} else if err.Error() != test.want {
			t.Errorf("split(%q)\n got %s\nwant %s", test.url, err, test.want)
		}
	}
}

var (
	requestShape = regexp.MustCompile(`^GET (/[!-~]*) HTTP/1\.1\r\nHost: ([!-~]+)\r\nConnection: close\r\n\r\n$`)
	hostShape    = regexp.MustCompile(`^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[1-9][0-9]*)?$`)
)

// FuzzURL: any URL is either refused, or its request is three lines and an empty
// one, and says what was typed.
func FuzzURL(f *testing.F) {
	f.Fuzz(func(t *testing.T, url string) {
		to, err := split(url)
		if err != nil {
			return
		}
		parts := requestShape.FindStringSubmatch(request{to: to, method: "GET"}.text())
		if parts == nil {
			t.Fatalf("%q makes the request %q", url, request{to: to, method: "GET"}.text())
		}
		path, host := parts[1], parts[2]
		if strings.Contains(path, "#") || !strings.Contains(url, strings.TrimPrefix(path, "/")) {
			t.Errorf("%q asks for %q", url, path)
		}
		if !hostShape.MatchString(host) {
			t.Errorf("%q has the Host %q", url, host)
		}
		name, port, err := net.SplitHostPort(to.addr)
		// A number becomes an IPv4 address (inet_aton(3)).
		if err != nil || !strings.Contains(url, name) && net.ParseIP(name).To4() == nil {
			t.Errorf("%q dials %q: %v", url, to.addr, err)
		}
		standard := "80"
		if to.secure {
			standard = "443"
		}
		if bare := strings.Trim(host, "[]"); port == standard && bare != name || port != standard && net.JoinHostPort(name, port) != host {
			t.Errorf("%q dials %q and says Host %q", url, to.addr, host)
		}
		// A server would agree, unless the typed URL had an escape that isn't
		// one.
		got, err := http.ReadRequest(bufio.NewReader(strings.NewReader(request{to: to, method: "GET"}.text())))
		if err != nil {
			if !strings.Contains(path, "%") {
				t.Errorf("%q makes a request no server takes: %v", url, err)
			}
		} else if got.RequestURI != path || got.Host != host || len(got.Header) != 1 {
			t.Errorf("%q was understood as %s %s %v", url, got.Host, got.RequestURI, got.Header)
		}
	})
}
