package httpget

import (
	"bufio"
	"bytes"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

// pieces is a connection on which said comes, cut into pieces as long as cuts
// says, over and over, and then the end.
type pieces struct {
	net.Conn
	said, cuts []byte
	next       int
}

func (p *pieces) SetReadDeadline(time.Time) error { return nil }

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.said) == 0 {
		return 0, io.EOF
	}
	n := len(p.said)
	if len(p.cuts) > 0 {
		n = min(n, 1+int(p.cuts[p.next%len(p.cuts)]))
		p.next++
	}
	n = copy(b, p.said[:n])
	p.said = p.said[n:]
	return n, nil
}

// outcome is what http-get shows of an answer, in all its modes.
type outcome struct{ raw, head, body, err, notes string }

func outcomeOf(said, cuts []byte, raw bool) outcome {
	var shown, head, body, notes bytes.Buffer
	look := view{raw: io.Discard, head: &head, body: &body}
	if raw {
		look.raw = &shown
	}
	log.SetOutput(&notes)
	err := receive(&wire{conn: &pieces{said: said, cuts: cuts}}, "URL", look)
	o := outcome{shown.String(), head.String(), body.String(), "", notes.String()}
	if err != nil {
		o.err = err.Error()
	}
	return o
}

// FuzzAnswer: whatever a server says, in whatever pieces, http-get shows every
// byte of it, and its verdict depends on the bytes alone. A page is whole if
// net/http, given all of it at once, says so too and finds the same page.
// What is whole stays so, whatever comes behind it; and no stranger's control
// character reaches stderr.
func FuzzAnswer(f *testing.F) {
	f.Fuzz(func(t *testing.T, said, cuts []byte, part uint16) {
		whole := outcomeOf(said, nil, true)
		if whole.raw != string(said) {
			t.Errorf("of %q it shows %q", said, whole.raw)
		}
		if cut := outcomeOf(said, cuts, true); cut != whole {
			t.Errorf("%q\nat once %+v\nin pieces %+v", said, whole, cut)
		}
		quiet := outcomeOf(said, cuts, false)
		if quiet.raw = whole.raw; quiet != whole {
			t.Errorf("%q\n-i=false %+v\n-body %+v", said, whole, quiet)
		}
		for _, text := range []string{whole.err, strings.TrimSuffix(whole.notes, "\n")} {
			if len(text) > 2000 || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
				t.Errorf("%q makes it say %q", said, text)
			}
		}
		if whole.err != "" {
			answer, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(said)), nil)
			if err != nil || answer.StatusCode < 200 {
				return
			}
			if body, err := io.ReadAll(answer.Body); err == nil {
				t.Errorf("%q: %s, but to net/http it is whole: %q", said, whole.err, body)
			}
			return
		}

		at := bytes.Index(said, []byte(whole.head))
		if at < 0 || whole.head == "" {
			t.Fatalf("%q: head %q", said, whole.head)
		}
		answer, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(said[at:])), nil)
		if err != nil {
			t.Fatalf("%q: no answer to net/http: %v", said, err)
		}
		body, err := io.ReadAll(answer.Body)
		if err != nil || string(body) != whole.body {
			t.Errorf("%q: body %q, net/http's %q, %v", said, whole.body, body, err)
		}

		untilClose := answer.ContentLength < 0 && len(answer.TransferEncoding) == 0
		if less := outcomeOf(said[:int(part)%(len(said)+1)], cuts, false); less.err == "" && !untilClose && less.head == whole.head && less.body != whole.body {
			t.Errorf("%q: with less of it, a whole page of %q instead of %q", said, less.body, whole.body)
		}
		more := outcomeOf(append(said[:len(said):len(said)], "HTTP/1.1 200 OK\r\n\r\n"...), cuts, false)
		if !untilClose && (more.err != "" || more.body != whole.body) {
			t.Errorf("%q: with more behind it, %+v", said, more)
		}
	})
}
