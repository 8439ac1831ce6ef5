package wsdoor

import (
	"errors"
	"net/http"
	"strings"
	"testing"
)

// The example of RFC 6455, section 1.3.
func TestAccept(t *testing.T) {
	if got := accept("dGhlIHNhbXBsZSBub25jZQ=="); got != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Error(got)
	}
}

// The frames of RFC 6455, section 5.7, and what a browser must not send.
func TestReadFrame(t *testing.T) {
	const mask = "\x37\xfa\x21\x3d"
	for _, test := range []struct {
		bytes string
		want  frame
		code  uint16
	}{
		{"\x81\x85" + mask + "\x7f\x9f\x4d\x51\x58", frame{true, opText, []byte("Hello")}, 0},
		{"\x01\x80" + mask, frame{false, opText, nil}, 0},
		{"\x89\x85" + mask + "\x7f\x9f\x4d\x51\x58", frame{true, opPing, []byte("Hello")}, 0},
		{"\x81\xfe\x01\x00    " + strings.Repeat("A", 256), frame{true, opText, []byte(strings.Repeat("a", 256))}, 0},
		{"\x81\xff\x00\x00\x00\x00\x00\x00\x01\x00    " + strings.Repeat("A", 256), frame{true, opText, []byte(strings.Repeat("a", 256))}, 0},
		{"\x81\x05Hello", frame{}, protocolError},
		{"\xc1\x85" + mask, frame{}, protocolError},
		{"\x09\x80" + mask, frame{}, protocolError},
		{"\x89\xfe\x00\x7e" + mask, frame{}, protocolError},
		{"\x81\xfe\x10\x01" + mask, frame{}, tooBig},
		{"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff" + mask, frame{}, tooBig},
	} {
		got, err := readFrame(strings.NewReader(test.bytes))
		var wrong violation
		errors.As(err, &wrong)
		if wrong.code != test.code || test.code == 0 && (err != nil || got.last != test.want.last || got.op != test.want.op || string(got.payload) != string(test.want.payload)) {
			t.Errorf("%.20q: %v, %v", test.bytes, got, err)
		}
	}
}

func TestOwnPage(t *testing.T) {
	for origin, own := range map[string]bool{
		"": true, "http://127.0.0.1:8080": true, "https://127.0.0.1:8080": true,
		"http://127.0.0.1": false, "http://127.0.0.1:8080.evil.example": false, "http://evil.example": false, "null": false, "::": false,
	} {
		r := &http.Request{Host: "127.0.0.1:8080", Header: http.Header{}}
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		if ownPage(r) != own {
			t.Errorf("%q: %v", origin, !own)
		}
	}
}
