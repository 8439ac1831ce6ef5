package httpget

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"socklab/tools/cli"
)

// maxHead is how many bytes of status lines and headers we take, those of interim
// answers included. The server decides how long they are, so we must bound what
// we keep in memory. A body has no limit: we keep only one piece of it.
const maxHead = 1 << 20

// head is what an answer says of itself before its body.
type head struct {
	minor  byte // HTTP/1.minor, a digit
	status int
	fields []field
}

// field is one header. Its name is in lower case, because case has no meaning
// there.
type field struct{ name, value string }

// values returns the values of the headers called name, a string for each.
func (h head) values(name string) (all []string) {
	for _, f := range h.fields {
		if f.name == name {
			all = append(all, f.value)
		}
	}
	return all
}

// list returns the parts of a value that is a list. Two headers with the same
// name are one longer list, and an empty part doesn't count (RFC 9110, 5.3 and
// 5.6.1).
func (h head) list(name string) (parts []string) {
	for part := range strings.SplitSeq(strings.Join(h.values(name), ","), ",") {
		if part = strings.Trim(part, " \t"); part != "" {
			parts = append(parts, strings.ToLower(part))
		}
	}
	return parts
}

// readHead reads status line and headers, and writes them to show as they come.
// Interim answers ("100 Continue", "103 Early Hints") are read and passed over:
// they say that the real one is still to come. A client must be able to read "one
// or more" (RFC 9110, section 15.2). We don't limit their number, only the room
// for them. 101 is no interim answer: behind it the server speaks another
// protocol.
func readHead(stream *bufio.Reader, show io.Writer) (head, error) {
	in := &lines{stream: stream, show: show, room: maxHead}
	for {
		first := in.room == maxHead
		h, err := in.head()
		if err == errNoRoom && !first {
			err = fmt.Errorf("interim answers and no other within %d bytes", maxHead)
		}
		if err != nil || h.status < 100 || h.status > 199 || h.status == 101 {
			return h, err
		}
	}
}

// lines reads a stream by lines, up to an empty one, and shows them as they are.
type lines struct {
	stream *bufio.Reader
	show   io.Writer
	room   int // how many more bytes it may keep
}

var errNoRoom = fmt.Errorf("no empty line within %d bytes", maxHead)

// next returns the next line with its end. At the end of the stream it returns
// what there is of the line, and the reason. A receive knows nothing of lines: it
// may bring half of one, or fifty.
func (l *lines) next() (string, error) {
	var line []byte
	for {
		piece, err := l.stream.ReadSlice('\n')
		line = append(line, piece...)
		l.room -= len(piece)
		switch {
		case err == io.EOF:
			return string(line), io.ErrUnexpectedEOF
		case l.room < 0:
			return string(line[:len(line)+l.room]), errNoRoom
		case err != bufio.ErrBufferFull:
			return string(line), err
		}
	}
}

// head reads a status line and the headers behind it. A fault in one of them
// doesn't stop it: a person who asked for the head must see all of it.
func (l *lines) head() (h head, err error) {
	before := l.room
	line, err := l.next()
	if line != "" && !startsHTTP(line) {
		return h, fmt.Errorf("not HTTP: the answer begins with %.40q", line)
	}
	if _, err := io.WriteString(l.show, line); err != nil {
		return h, err
	}
	var fault error
	if err == nil {
		h.minor, h.status, fault = parseStatus(line)
		h.fields, err = l.fields()
	}
	switch {
	case fault != nil && failedWrite(err) == nil:
		return h, fault
	case err == io.ErrUnexpectedEOF && l.room == before:
		return h, errors.New("closed without an answer")
	case err == io.ErrUnexpectedEOF:
		return h, fmt.Errorf("cut short: %d bytes came, and no empty line", before-l.room)
	}
	return h, err
}

// fields reads headers up to an empty line. Its error is about the first bad one.
func (l *lines) fields() (all []field, fault error) {
	for {
		line, err := l.next()
		if _, err := io.WriteString(l.show, line); err != nil {
			return all, err
		}
		if err != nil {
			return all, cmp.Or(fault, err)
		}
		line, bare := chomp(line)
		switch {
		case line == "":
			return all, cmp.Or(fault, bare)
		case fault != nil || bare != nil:
			fault = cmp.Or(fault, bare)
		case line[0] != ' ' && line[0] != '\t':
			var f field
			f, fault = parseField(line)
			all = append(all, f)
		case len(all) == 0:
			fault = fmt.Errorf("white space before the first header, %.40q (RFC 9112, section 2.2)", line)
		default:
			// Long headers could once be folded: a line that begins with white
			// space goes on with the line before (RFC 9112, section 5.2).
			last := &all[len(all)-1]
			more := strings.Trim(line, " \t")
			last.value = strings.Trim(last.value+" "+more, " \t")
			fault = plainValue(last.name, more)
		}
	}
}

// chomp takes the end off a line: CR LF, or LF alone, which a recipient may
// accept too. A CR elsewhere is a fault (RFC 9112, section 2.2). Lines end with
// CR CR LF when a program puts a CR before each LF, and so does the file or
// terminal that it writes to.
func chomp(line string) (string, error) {
	line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
	if strings.HasSuffix(line, "\r") {
		return strings.TrimRight(line, "\r"), fmt.Errorf("a line that ends with CR CR LF, %.40q; want CR LF (RFC 9112, section 2.2)", line+"\r\n")
	}
	if strings.Contains(line, "\r") {
		return line, fmt.Errorf("a CR without LF in the line %.40q (RFC 9112, section 2.2)", line)
	}
	return line, nil
}

// startsHTTP reports whether line is the beginning of a status line, or a part of
// that beginning: every answer of HTTP starts by saying that it is HTTP.
func startsHTTP(line string) bool {
	const magic = "HTTP/"
	n := min(len(line), len(magic))
	return line[:n] == magic[:n]
}

// parseStatus reads the first line, "HTTP/1.1 200 OK". What follows the number
// is for people (RFC 9112, section 4).
func parseStatus(line string) (minor byte, status int, fault error) {
	line, fault = chomp(line)
	if fault != nil {
		return 0, 0, fault
	}
	version, rest, _ := strings.Cut(line, " ")
	code, _, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
	number := strings.TrimPrefix(version, "HTTP/")
	major, minors, _ := strings.Cut(number, ".")
	if isDigit(major) && (minors == "" || isDigit(minors)) && number != "1" && major != "1" {
		// HTTP/2 and HTTP/3 are no lines of text, and a server speaks them only
		// when asked.
		return 0, 0, fmt.Errorf("the status line says %s; what begins so is HTTP/1.1 or HTTP/1.0 (RFC 9110, section 2.5)", version)
	}
	if major != "1" || !isDigit(minors) || len(code) != 3 || !isDigit(code[:1]) || !isDigit(code[1:2]) || !isDigit(code[2:]) {
		return 0, 0, fmt.Errorf("the status line is %.40q; want HTTP/1.1, a space, and three digits (RFC 9112, section 4)", line)
	}
	status, _ = strconv.Atoi(code)
	return minors[0], status, nil
}

func isDigit(s string) bool { return len(s) == 1 && '0' <= s[0] && s[0] <= '9' }

// parseField reads a header line, "Name: value".
func parseField(line string) (field, error) {
	name, value, found := strings.Cut(line, ":")
	value = strings.Trim(value, " \t")
	f := field{strings.ToLower(name), value}
	switch {
	case !found:
		return f, fmt.Errorf("a header without a colon, %.40q (RFC 9112, section 5)", line)
	case name == "":
		return f, fmt.Errorf("a header without a name, %.40q (RFC 9112, section 5)", line)
	case isToken(strings.TrimRight(name, " \t")) && !isToken(name):
		return f, fmt.Errorf("white space before the colon of %.40q (RFC 9112, section 5.1)", line)
	case !isToken(name):
		return f, fmt.Errorf("%.40q is no name of a header; letters, digits and some signs can stand there (RFC 9110, section 5.1)", name)
	}
	return f, plainValue(name, value)
}

// isToken reports whether s is a token of HTTP (RFC 9110, section 5.6.2).
func isToken(s string) bool {
	for _, r := range s {
		if r <= ' ' || r > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r) {
			return false
		}
	}
	return s != ""
}

// plainValue reports whether a value has no control character but tabs.
func plainValue(name, value string) error {
	for i := range len(value) {
		if c := value[i]; c < ' ' && c != '\t' || c == 0x7f {
			return fmt.Errorf("a control character, %q, in the value of %.40s (RFC 9110, section 5.5)", rune(c), cli.Visible(name))
		}
	}
	return nil
}
