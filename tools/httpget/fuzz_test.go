//go:build unix

package httpget

import (
	"bufio"
	"bytes"
	"io"
	"log"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

// pieces is a connection on which said comes, and then the end. It comes in
// pieces of the lengths in cuts, over and over.
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

// logMu is held while a test uses the log, of which there is only one.
var logMu sync.Mutex

func outcomeOf(said, cuts []byte, raw bool) outcome {
	logMu.Lock()
	defer logMu.Unlock()
	var shown, head, body, notes bytes.Buffer
	look := nowhere()
	look.head, look.body, look.untilClose = &head, &body, raw
	if raw {
		look.raw = &shown
	}
	log.SetOutput(&notes)
	log.SetFlags(0) // as the program does: a line with its time differs from the next
	in := &wire{conn: &pieces{said: said, cuts: cuts}}
	a := answer{in: in, stream: bufio.NewReaderSize(io.TeeReader(in, look.raw), pieceSize)}
	q := request{to: target{url: "http://host/"}, method: "GET"}
	_, err := a.receive(q, look)
	o := outcome{shown.String(), head.String(), body.String(), "", notes.String()}
	if err != nil {
		o.err = err.Error()
	}
	return o
}

// FuzzAnswer: however a server cuts its answer into pieces, http-get shows every
// byte of it, and the verdict depends on the bytes alone. A page is whole if the
// oracle, given all of it at once, says so too and finds the same page. A whole
// answer stays whole, whatever comes behind it. And no control character of the
// server reaches stderr.
func FuzzAnswer(f *testing.F) {
	for i, c := range answerCases() {
		if len(c.answer) < 4096 {
			f.Add([]byte(c.answer), []byte{byte(i % 7), byte(i % 3)}, uint16(i*31))
		}
	}
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
		want := decode(string(said))
		if (want.why == "") != (whole.err == "") || want.why == "" && (want.head != whole.head || want.body != whole.body) {
			t.Errorf("%q\n   it finds %+v\nthe oracle %+v", said, whole, want)
		}
		if whole.err != "" {
			return
		}

		// With less of it, the answer isn't whole. With more it is the same,
		// unless the close is its end.
		if more := decode(string(said) + "x"); more.body != want.body {
			return
		}
		if less := outcomeOf(said[:int(part)%want.used], cuts, false); less.err == "" {
			t.Errorf("%q: with less of it, a whole page %+v", said, less)
		}
		more := outcomeOf(append(said[:len(said):len(said)], "HTTP/1.1 200 OK\r\n\r\n"...), cuts, false)
		if more.err != "" || more.body != whole.body {
			t.Errorf("%q: with more behind it, %+v", said, more)
		}
	})
}
