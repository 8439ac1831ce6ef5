package httpget

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// framing shows an answer with its parts named (-framing): which bytes are the
// page, which say where it ends, and which belong to nothing. Each line is a part
// and its bytes in quotes, up to the end of their line or frameWidth.
//
//	head    "HTTP/1.1 200 OK\r\n"
//	head    "Transfer-Encoding: chunked\r\n"
//	head    "\r\n"
//	size    "7\r\n"
//	body    "hello, "
//	size    "\r\n"
//	size    "0\r\n"
//	trailer "\r\n"
//	behind  "HTTP/1.1 404 Not Found\r\n"
//	= chunked: 1 chunk, 7 bytes; 24 bytes behind the end
type framing struct {
	to    io.Writer
	part  string
	line  []byte
	bytes map[string]int64 // of each part
	sizes int64            // lines of the part size: two for each chunk, one for the last
	err   error
}

// frameWidth is about how many bytes stand in one line.
const frameWidth = 60

// as is where the bytes of a part go.
func (f *framing) as(part string) io.Writer { return framePart{f, part} }

type framePart struct {
	*framing
	name string
}

func (p framePart) Write(b []byte) (int, error) {
	f := p.framing
	if f.bytes == nil {
		f.bytes = map[string]int64{}
	}
	f.bytes[p.name] += int64(len(b))
	if f.part != p.name {
		f.flush()
		f.part = p.name
	}
	for _, c := range b {
		// A letter of several bytes stays whole.
		if len(f.line) >= frameWidth && utf8.RuneStart(c) || len(f.line) > 2*frameWidth {
			f.flush()
		}
		f.line = append(f.line, c)
		if c == '\n' {
			f.flush()
		}
	}
	return len(b), f.err
}

// flush shows the line that has begun.
func (f *framing) flush() {
	if len(f.line) > 0 && f.err == nil {
		if f.part == "size" && f.line[len(f.line)-1] == '\n' {
			f.sizes++
		}
		_, f.err = fmt.Fprintf(f.to, "%-7s %s\n", f.part, strconv.Quote(string(f.line)))
	}
	f.line = nil
}

// end says how the answer was framed.
func (f *framing) end(framed string, whole bool) error {
	f.flush()
	if !whole || f.err != nil {
		return f.err
	}
	all := []string{framed}
	if framed == framedChunked {
		all = []string{fmt.Sprintf("%s: %s", framed, count((f.sizes-1)/2, "chunk"))}
	}
	if framed != framedNone {
		all = append(all, count(f.bytes["body"], "byte"))
	}
	text := strings.Join(all, ", ")
	if framed == framedLength || framed == framedClose {
		text = strings.Join(all, ": ")
	}
	if n := f.bytes["behind"]; n > 0 {
		text += fmt.Sprintf("; %s behind the end", count(n, "byte"))
	}
	_, f.err = fmt.Fprintf(f.to, "= %s\n", text)
	return f.err
}

func count(n int64, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
