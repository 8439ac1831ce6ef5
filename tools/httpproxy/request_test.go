package httpproxy

import (
	"bufio"
	"strings"
	"testing"
)

func read(head string) (request, error) {
	return readRequest(bufio.NewReaderSize(strings.NewReader(head), pieceSize))
}

// A head that two servers could read in two ways goes to neither.
func TestRefusesHeads(t *testing.T) {
	for _, head := range []string{
		"GET /\r\n\r\n",
		"GET  / HTTP/1.1\r\n\r\n",
		"GET / HTTP/2.0\r\n\r\n",
		"GET / HTTP/1.1\n\n",
		"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n",
		"GET / HTTP/1.1\r\n: x\r\n\r\n",
		"GET / HTTP/1.1\r\nA: b\rX-Forwarded-For: 1\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\n",
		"GET /" + strings.Repeat("x", pieceSize) + " HTTP/1.1\r\n\r\n",
		"GET / HTTP/1.1\r\n" + strings.Repeat("A: "+strings.Repeat("b", 1000)+"\r\n", 70) + "\r\n",
	} {
		if q, err := read(head); err == nil {
			t.Errorf("%.60q was taken: %.200q", head, q)
		}
	}
}

func TestOnward(t *testing.T) {
	for _, test := range []struct {
		proxy            options
		head, server, to string
	}{
		{options{to: "in:1"}, "GET /a HTTP/1.1\r\nHost: h\r\n\r\n", "in:1", "GET /a HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: me\r\n"},
		{options{to: "in:1"}, "GET / HTTP/1.0\r\nx-forwarded-for: a\r\nA: b\r\nX-Forwarded-For: b, c\r\nConnection: X-Forwarded-For\r\n\r\n", "in:1",
			"GET / HTTP/1.0\r\nA: b\r\nX-Forwarded-For: a, b, c, me\r\n"},
		{options{to: "in:1"}, "POST / HTTP/1.1\r\nHost: h\r\nConnection: A, host\r\nConnection: content-length\r\nA: b\r\nContent-Length: 1\r\nUpgrade: x\r\n\r\n", "in:1",
			"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nX-Forwarded-For: me\r\n"},
		{options{}, "GET http://h/a?b HTTP/1.1\r\nHost: other\r\nX-Forwarded-For: a\r\n\r\n", "h:80", "GET /a?b HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: a\r\n"},
		{options{}, "GET HTTP://[::1]:8000?b HTTP/1.1\r\n\r\n", "[::1]:8000", "GET /?b HTTP/1.1\r\nHost: [::1]:8000\r\n"},
		{options{}, "GET http://[::1] HTTP/1.1\r\n\r\n", "[::1]:80", "GET / HTTP/1.1\r\nHost: [::1]\r\n"},
	} {
		q, err := read(test.head)
		if err != nil {
			t.Errorf("%q: %v", test.head, err)
			continue
		}
		server, _, err := test.proxy.route(&q)
		got := q.onward(test.proxy.to != "", "me")
		if want := test.to + "Via: 1.1 http-proxy\r\nConnection: close\r\n\r\n"; err != nil || server != test.server || got != want {
			t.Errorf("%q\n got %s %q, %v\nwant %s %q", test.head, server, got, err, test.server, want)
		}
	}
}

func TestCallsNobodyElse(t *testing.T) {
	for _, test := range []struct{ target, status string }{
		{"GET /", "400 Bad Request"},
		{"GET https://h/", "400 Bad Request"},
		{"GET http:///", "400 Bad Request"},
		{"GET http://:80/", "400 Bad Request"},
		{"GET http://bank@h/", "400 Bad Request"},
		{"CONNECT h", "400 Bad Request"},
		{"CONNECT h:25", "403 Forbidden"},
		{"CONNECT h:443", ""},
	} {
		q, err := read(test.target + " HTTP/1.1\r\n\r\n")
		if err != nil {
			t.Fatal(err)
		}
		if _, status, err := (options{tunnels: []string{"443"}}).route(&q); status != test.status || (err == nil) != (status == "") {
			t.Errorf("%s: %q, %v; want %q", test.target, status, err, test.status)
		}
	}
}
