package httpget

import "strings"

// decoded is a whole answer as the oracle reads it: its heads, its body, and how
// many bytes were needed to know. why says what is wrong, if it isn't whole.
type decoded struct {
	head, body string
	used       int
	why        string
}

// decode reads RFC 9112 a second time, to check the first reading. It shares
// nothing with the program, and works in another way. The answer is one string, a
// cursor goes over it byte by byte along the grammar, and where nothing fits, a
// panic ends it. (The program receives pieces, and reads lines.)
func decode(said string) (d decoded) {
	p := &grammar{said: said}
	defer func() {
		d.used = p.at
		if why := recover(); why != nil {
			d.why = why.(string)
		}
	}()
	for {
		p.statusLine()
		p.fieldSection()
		d.head = said[:p.at]
		if p.at > 1<<20 {
			panic("the heads are too long")
		}
		if p.status == 101 || p.status < 100 || p.status >= 200 {
			break
		}
	}
	d.body = "" // a panic from here on keeps what came
	if p.status == 101 || p.status == 204 || p.status == 304 {
		return d
	}
	switch {
	case p.codings != "":
		if p.codings != "chunked," {
			panic("coding")
		}
		if p.hasLength {
			panic("two ends")
		}
		for {
			size := p.chunkSize()
			if size == 0 {
				p.fieldSection()
				return d
			}
			d.body += p.take(size)
			p.want('\r')
			p.want('\n')
		}
	case p.hasLength:
		d.body += p.take(p.length())
	default:
		d.body = said[p.at:]
		p.at = len(said)
	}
	return d
}

type grammar struct {
	said      string
	at        int
	status    int
	codings   string // each with a comma behind it
	lengths   string // likewise
	hasLength bool
}

// peek is the next byte, or 0 at the end, where the grammar has none.
func (p *grammar) peek() byte {
	if p.at < len(p.said) {
		return p.said[p.at]
	}
	return 0
}

func (p *grammar) want(c byte) {
	if p.at == len(p.said) {
		panic("the end")
	}
	if p.said[p.at] != c {
		panic("not " + string(rune(c)))
	}
	p.at++
}

// take returns the next n bytes, or fewer if there are no more.
func (p *grammar) take(n uint64) string {
	if rest := p.said[p.at:]; n > uint64(len(rest)) {
		panic("the end")
	}
	p.at += int(n)
	return p.said[p.at-int(n) : p.at]
}

// eol is CR LF, or LF alone.
func (p *grammar) eol() {
	if p.peek() == '\r' {
		p.at++
	}
	p.want('\n')
}

func (p *grammar) blanks() {
	for p.peek() == ' ' || p.peek() == '\t' {
		p.at++
	}
}

func (p *grammar) digit() int {
	c := p.peek()
	if c < '0' || c > '9' {
		panic("not a digit")
	}
	p.at++
	return int(c - '0')
}

func (p *grammar) statusLine() {
	for i := range 7 {
		p.want("HTTP/1."[i])
	}
	p.digit()
	p.want(' ')
	for p.peek() == ' ' {
		p.at++
	}
	p.status = 100 * p.digit()
	p.status += 10 * p.digit()
	p.status += p.digit()
	if p.peek() == ' ' {
		for p.at < len(p.said) && p.peek() != '\r' && p.peek() != '\n' {
			p.at++
		}
	}
	p.eol()
}

// fieldSection is *( field-line CRLF ) CRLF.
func (p *grammar) fieldSection() {
	p.codings, p.lengths, p.hasLength = "", "", false
	for p.peek() != '\r' && p.peek() != '\n' {
		name := p.fieldName()
		value := p.fieldValue()
		for p.eol(); p.peek() == ' ' || p.peek() == '\t'; p.eol() { // obs-fold
			value += " " + p.fieldValue()
		}
		list := ""
		for _, part := range strings.Split(value, ",") {
			for part != "" && (part[0] == ' ' || part[0] == '\t') {
				part = part[1:]
			}
			for part != "" && (part[len(part)-1] == ' ' || part[len(part)-1] == '\t') {
				part = part[:len(part)-1]
			}
			if part != "" {
				list += lower(part) + ","
			}
		}
		switch name {
		case "transfer-encoding":
			p.codings += list
		case "content-length":
			p.hasLength = true
			p.lengths += list
		}
	}
	p.eol()
}

// lower is for ASCII alone.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] += 'a' - 'A'
		}
	}
	return string(b)
}

func (p *grammar) fieldName() string {
	from := p.at
	for {
		switch c := p.peek(); {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case c == '!', c == '#', c == '$', c == '%', c == '&', c == '\'', c == '*', c == '+', c == '-',
			c == '.', c == '^', c == '_', c == '`', c == '|', c == '~':
		case c == ':' && p.at > from:
			p.at++
			return lower(p.said[from : p.at-1])
		default:
			panic("not a name")
		}
		p.at++
	}
}

// fieldValue is *( VCHAR / obs-text / SP / HTAB ).
func (p *grammar) fieldValue() string {
	from := p.at
	for c := p.peek(); c >= ' ' && c != 0x7f || c == '\t'; c = p.peek() {
		p.at++
	}
	return p.said[from:p.at]
}

// length is 1*DIGIT, once or several times, always the same number.
func (p *grammar) length() uint64 {
	var found []uint64
	var n uint64
	digits := 0
	for _, c := range []byte(p.lengths) {
		switch {
		case c == ',' && digits > 0:
			found, n, digits = append(found, n), 0, 0
		case c < '0' || c > '9':
			panic("not a length")
		default:
			if n = timesPlus(n, 10, uint64(c-'0')); n > 1<<63-1 {
				panic("too large")
			}
			digits++
		}
	}
	if len(found) == 0 {
		panic("not a length")
	}
	for _, n := range found {
		if n != found[0] {
			panic("two lengths")
		}
	}
	return found[0]
}

// timesPlus is n*base+digit, or 1<<63 if that is more than an int64 holds.
func timesPlus(n, base, digit uint64) uint64 {
	if n > (1<<63-1-digit)/base {
		return 1 << 63
	}
	return n*base + digit
}

// chunkSize is 1*HEXDIG BWS [ ";" anything ] CRLF.
func (p *grammar) chunkSize() (size uint64) {
	from := p.at
	for ; ; p.at++ {
		c := p.peek()
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			if p.at == from {
				panic("not a size")
			}
			p.blanks()
			if p.peek() == ';' {
				for p.at < len(p.said) && p.peek() != '\r' && p.peek() != '\n' {
					p.at++
				}
			}
			p.want('\r')
			p.want('\n')
			if p.at-from > 64<<10 {
				panic("the line is too long")
			}
			return size
		}
		if size = timesPlus(size, 16, uint64(c)); size > 1<<63-1 {
			panic("too large")
		}
	}
}
