package chat

import (
	"bytes"
	"io"
	"runtime"
	"testing"
	"testing/iotest"
)

// pieces is a stream that comes in pieces of the given sizes, over and over.
type pieces struct {
	rest  []byte
	sizes []byte
	next  int
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		return 0, io.EOF
	}
	n := len(p.rest)
	if len(p.sizes) > 0 {
		n = 1 + int(p.sizes[p.next%len(p.sizes)])
		p.next++
	}
	n = copy(b, p.rest[:min(n, len(p.rest))])
	p.rest = p.rest[n:]
	return n, nil
}

// FuzzLineReader: however a stream comes, its lines are those between its
// newlines, each exactly once and in order; what is too long is refused once.
func FuzzLineReader(f *testing.F) {
	f.Fuzz(func(t *testing.T, stream, sizes []byte, times uint16) {
		// Long lines of short inputs: the last bytes are said several times.
		tail := stream[max(0, len(stream)-8):]
		stream = append(bytes.Clone(stream), bytes.Repeat(tail, int(times%2000))...)

		reader := newLineReader(iotest.DataErrReader(&pieces{rest: stream, sizes: sizes}))
		lines := bytes.Split(stream, []byte("\n"))
		last := lines[len(lines)-1] // without its newline
		for i, want := range lines[:len(lines)-1] {
			want = bytes.TrimSuffix(want, []byte("\r"))
			got, err := reader.next()
			if len(want) > lineMax {
				if err != errLong {
					t.Fatalf("line %d of %d bytes: %.40q, %v; want it refused", i, len(want), got, err)
				}
			} else if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("line %d: %.40q, %v; want %.40q", i, got, err, want)
			}
		}
		got, err := reader.next()
		if err == errLong && len(last) >= lineMax+len("\r\n") {
			got, err = reader.next() // refused before its end was there
		}
		if err != io.EOF || got != nil {
			t.Fatalf("at the end, behind %d bytes without a newline: %.40q, %v", len(last), got, err)
		}
	})
}

// endless is a line of n bytes without an end.
type endless struct{ n int }

func (e *endless) Read(b []byte) (int, error) {
	if e.n == 0 {
		return 0, io.EOF
	}
	n := min(e.n, len(b))
	e.n -= n
	return n, nil
}

// TestEndlessLine: a line of 8 MiB is refused, and takes no more memory than sixteen of 4 KiB.
func TestEndlessLine(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	reader := newLineReader(&endless{8 << 20})
	_, err := reader.next()
	_, end := reader.next()
	runtime.ReadMemStats(&after)
	if err != errLong || end != io.EOF {
		t.Errorf("%v, then %v; want %v, then the end", err, end, errLong)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 16*lineMax {
		t.Errorf("it took %d bytes of memory", n)
	}
}
