package httpget

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"socklab/tools/cli"
)

// A request is a question, and whom to ask.
type request struct {
	to      target
	method  string
	headers []field // of -H; without a value, the header is left out
	data    string  // what is sent behind the headers
	hasData bool
	follow  bool // redirects are followed
	keep    bool // another request follows on the same connection
}

// text returns the bytes to send, up to the empty line (RFC 9112, section 3).
func (q request) text() string {
	lines := []string{
		q.method + " " + q.to.path + " HTTP/1.1",
		// One address can serve many sites: Host says which one we mean.
		"Host: " + q.to.host,
	}
	if !q.keep {
		// HTTP/1.1 keeps a connection for the next request unless told not
		// to. We want the close: it is how we know that nothing more comes.
		lines = append(lines, "Connection: close")
	}
	if q.hasData {
		// The server can't see where our data ends, either.
		lines = append(lines, "Content-Type: application/x-www-form-urlencoded", "Content-Length: "+strconv.Itoa(len(q.data)))
	}
	return strings.Join(q.replaced(lines), "\r\n") + "\r\n\r\n"
}

// replaced puts the headers of -H into the lines, in the place of ours.
func (q request) replaced(lines []string) []string {
	for _, f := range q.headers {
		ours := func(line string) bool {
			name, _, _ := strings.Cut(line, ":")
			return strings.EqualFold(name, f.name)
		}
		at := slices.IndexFunc(lines[1:], ours) + 1
		switch {
		case at > 0 && f.value == "":
			lines = slices.Delete(lines, at, at+1)
		case at > 0:
			lines[at] = f.name + ": " + f.value
		case f.value != "":
			lines = append(lines, f.name+": "+f.value)
		}
	}
	return lines
}

// idempotent reports whether asking twice does no more than asking once (RFC 9110,
// section 9.2.2).
func (q request) idempotent() bool {
	return slices.Contains([]string{"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"}, q.method)
}

// setHeader is the flag -H. A line end in it would begin another header, or another
// request.
func (q *request) setHeader(line string) error {
	name, value, found := strings.Cut(line, ":")
	value = strings.Trim(value, " \t")
	switch {
	case !found:
		return errors.New("want 'Name: value', or 'Name:' to leave it out")
	case !isToken(name):
		return fmt.Errorf("%.40q is no name of a header (RFC 9110, section 5.1)", name)
	}
	for _, c := range []byte(value) {
		if c < ' ' && c != '\t' || c == 0x7f {
			return fmt.Errorf("a control character, %q, in the value (RFC 9110, section 5.5)", rune(c))
		}
	}
	q.headers = append(q.headers, field{name, value})
	return nil
}

// maxData is how many bytes a request sends behind its headers.
const maxData = 64 << 20

// setData is the flag -d.
func (q *request) setData(text string) error {
	if q.hasData {
		return errors.New("-d was there before; put all into one file, and say -d @FILE")
	}
	q.hasData, q.data = true, text
	name, isFile := strings.CutPrefix(text, "@")
	if !isFile {
		return nil
	}
	in := os.Stdin
	if name != "-" {
		var err error
		if in, err = os.Open(name); err != nil {
			return cli.Cause(err)
		}
		defer in.Close()
	}
	data, err := io.ReadAll(io.LimitReader(in, maxData+1))
	if err == nil && len(data) > maxData {
		err = fmt.Errorf("more than %d MiB", maxData>>20)
	}
	q.data = string(data)
	return err
}
