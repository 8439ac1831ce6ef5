package httpget

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"socklab/tools/cli"
)

// How the end of a body is found (RFC 9112, section 6.3).
const (
	framedNone    = "no body"
	framedChunked = "chunked"
	framedLength  = "Content-Length"
	framedClose   = "until the close"
)

// A body is the body of an answer, up to its end. Read returns io.EOF there, and
// io.ErrUnexpectedEOF if the stream ended before.
type body struct {
	io.Reader
	framed string
	length int64 // in bytes, or -1
}

// body finds out where the body of an answer to method ends. Some answers have none.
// Of the others there are three ways to say it: "chunked" cuts the body into counted
// pieces, the last one empty; Content-Length counts its bytes; without either, it
// ends when the server closes (RFC 9112, section 6.3).
func (h head) body(method string, stream *bufio.Reader, look view) (body, error) {
	// An answer to HEAD has the headers that GET would get, and no more; 101, 204
	// and 304 have no body either, whatever they say.
	if method == "HEAD" || h.status == 101 || h.status == 204 || h.status == 304 {
		return body{&counted{stream, 0}, framedNone, 0}, nil
	}

	if codings := h.list("transfer-encoding"); len(codings) > 0 {
		switch {
		case !slices.Equal(codings, []string{"chunked"}) && strings.Join(codings, "") != strings.Repeat("chunked", len(codings)):
			return body{unread{fmt.Errorf("it is in the transfer coding %.40q, which we did not ask for; chunked alone we can decode (RFC 9112, section 7.4)",
				strings.Join(codings, ", "))}, framedChunked, -1}, nil
		case len(codings) > 1:
			return body{}, fmt.Errorf("Transfer-Encoding says chunked %d times; once is right (RFC 9112, section 6.1)", len(codings))
		case h.values("content-length") != nil:
			// Chunks count more than a length. But a proxy on the way that
			// believes the length passes on another answer than we would read:
			// so answers are smuggled into a connection (RFC 9112, section 11.2).
			return body{}, errors.New("both Transfer-Encoding and Content-Length say where the body ends; one of them is wrong (RFC 9112, section 6.3)")
		}
		return body{&chunks{stream: stream, look: look}, framedChunked, -1}, nil
	}

	if h.values("content-length") == nil {
		return body{stream, framedClose, -1}, nil
	}
	length, err := h.contentLength()
	return body{&counted{stream, length}, framedLength, length}, err
}

// contentLength returns the number in Content-Length. The header may repeat this
// number, but not give another (RFC 9112, section 6.3).
func (h head) contentLength() (int64, error) {
	said := strings.Join(h.values("content-length"), ", ")
	length := int64(-1)
	for _, number := range h.list("content-length") {
		n, err := strconv.ParseUint(number, 10, 63)
		switch {
		case err != nil && strings.Trim(number, "0123456789") == "":
			return 0, fmt.Errorf("Content-Length is %.40q, more than we can count (RFC 9110, section 8.6)", number)
		case err != nil:
			return 0, fmt.Errorf("Content-Length is %.40q; want digits (RFC 9110, section 8.6)", said)
		case length >= 0 && int64(n) != length:
			return 0, fmt.Errorf("two lengths, Content-Length: %.40s; one of them is wrong (RFC 9112, section 6.3)", cli.Visible(said))
		}
		length = int64(n)
	}
	if length < 0 {
		return 0, fmt.Errorf("Content-Length is %.40q; want digits (RFC 9110, section 8.6)", said)
	}
	return length, nil
}

// unread is a body that we can't read.
type unread struct{ why error }

func (u unread) Read([]byte) (int, error) { return 0, u.why }

// counted is a body of a known number of bytes.
type counted struct {
	stream *bufio.Reader
	left   int64
}

func (c *counted) Read(b []byte) (int, error) {
	if c.left == 0 {
		return 0, io.EOF
	}
	n, err := c.stream.Read(b[:min(int64(len(b)), c.left)])
	c.left -= int64(n)
	if err == io.EOF {
		// A close says "no more", not "that was all": only the count knows.
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// chunks is a body in chunks. Each is a line with its size in hexadecimal, as
// many bytes as it says, and a line end. The last chunk has size 0: behind it
// come headers, if any, and an empty line (RFC 9112, section 7.1).
type chunks struct {
	stream *bufio.Reader
	look   view
	chunk  *counted // the current one
}

func (c *chunks) Read(b []byte) (int, error) {
	for {
		if c.chunk != nil {
			n, err := c.chunk.Read(b)
			if n > 0 || err != io.EOF {
				return n, err
			}
			if err := c.endChunk(); err != nil {
				return 0, err
			}
		}
		size, err := c.readSize()
		if err != nil {
			return 0, err
		}
		if size == 0 {
			trailers := &lines{stream: c.stream, show: c.look.trailer, room: maxHead}
			if _, err := trailers.fields(); err != nil {
				return 0, err
			}
			return 0, io.EOF
		}
		c.chunk = &counted{c.stream, size}
	}
}

// maxChunkLine is how long the line with a chunk's size may be, in bytes. Behind
// the size "chunk extensions" may follow; none are in use.
const maxChunkLine = 64 << 10

// readSize reads the line with a chunk's size.
func (c *chunks) readSize() (int64, error) {
	in := &lines{stream: c.stream, room: maxChunkLine}
	line, err := in.next()
	if _, failed := io.WriteString(c.look.size, line); failed != nil {
		return 0, failed
	}
	if err == errNoRoom {
		return 0, fmt.Errorf("the line with a chunk's size is longer than %d bytes", maxChunkLine)
	}
	if err != nil {
		return 0, err
	}
	line, whole := strings.CutSuffix(line, "\r\n")
	if !whole {
		return 0, fmt.Errorf("the line with a chunk's size, %.40q, ends with LF; want CR LF (RFC 9112, section 7.1)", line)
	}
	digits, extension, _ := strings.Cut(line, ";")
	digits = strings.TrimRight(digits, " \t")
	if strings.Trim(digits, "0123456789abcdefABCDEF") != "" || digits == "" || strings.Contains(extension, "\r") {
		return 0, fmt.Errorf("the line with a chunk's size is %.40q; want hexadecimal digits (RFC 9112, section 7.1)", line)
	}
	size, err := strconv.ParseUint(digits, 16, 63)
	if err != nil {
		return 0, fmt.Errorf("a chunk's size is %.40q, more than we can count (RFC 9112, section 7.1)", digits)
	}
	return int64(size), nil
}

// endChunk reads the line end behind a chunk.
func (c *chunks) endChunk() error {
	for _, want := range []byte("\r\n") {
		got, err := c.stream.ReadByte()
		if err == io.EOF {
			return io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		if _, failed := c.look.size.Write([]byte{got}); failed != nil {
			return failed
		}
		if got != want {
			return fmt.Errorf("behind a chunk's bytes comes %q; want CR LF, so its size was wrong (RFC 9112, section 7.1)", string([]byte{got}))
		}
	}
	return nil
}
