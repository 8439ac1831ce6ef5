package socksh

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// python prints the session as a Python program that makes the same calls.
func (sh *shell) python(words []word) error {
	return sh.save(words, pyProgram(sh.steps))
}

func pyProgram(steps []step) string {
	p := &program{vars: map[int]string{}}
	var body strings.Builder
	for _, s := range steps {
		fmt.Fprintf(&body, "\n# %s\n", oneLine(s.line))
		if s.interrupted() {
			body.WriteString("# Left out: a person interrupted it.\n")
			continue
		}
		code := p.fill(s, s.function.python, func(k *kind, v any) string {
			if v == nil {
				return missing
			}
			return k.python(p, v)
		})
		code = missingArg.ReplaceAllString(code, "")
		if s.answer.err != nil || strings.Contains(code, "(fileno=") {
			// Python raises what C returns.
			code = "try:\n    " + strings.ReplaceAll(code, "\n", "\n    ") + "\nexcept OSError as e:\n    failed(e)"
		}
		body.WriteString(code + "\n")
	}
	main := body.String()
	var text strings.Builder
	text.WriteString("# This program makes the calls that a socket shell made, and prints the answers.\n")
	for _, module := range []string{"errno", "os", "select", "socket", "struct"} {
		if strings.Contains(main+pyHelpers, module+".") {
			fmt.Fprintf(&text, "import %s\n", module)
		}
	}
	text.WriteString(pyHelpers)
	text.WriteString(main)
	return text.String()
}

// socket is the variable of a descriptor, or an object made of its number.
func (p *program) socket(v any) string {
	if name, ok := p.vars[v.(int)]; ok {
		return name
	}
	return fmt.Sprintf("socket.socket(fileno=%d)", v)
}

func (p *program) sockets(v any) string { return each(v.([]int), p.socket) }

// missing stands for an optional argument that was left out.
const missing = "\x00"

var missingArg = regexp.MustCompile(`, \x00|\x00, |\x00`)

func (p *program) pyConstant(set constants, v any) string {
	return constant(set, v.(int), func(name string) string {
		if strings.HasPrefix(name, "POLL") {
			return "select." + name
		}
		return "socket." + name
	})
}

func (p *program) pyOption(v any) string { return p.pyConstant(p.optionSet(), v) }

func (p *program) pyValue(v any) string {
	val := v.(value)
	if n, ok := val.parts[0].(int); ok && len(val.parts) == 1 {
		return strconv.Itoa(n)
	}
	return pyQuote(val.pack())
}

func (p *program) pyAddress(v any) string {
	switch sa := v.(type) {
	case *unix.SockaddrInet4, *unix.SockaddrInet6:
		addr := showAddress(sa.(unix.Sockaddr))
		colon := strings.LastIndexByte(addr, ':')
		return fmt.Sprintf("(%q, %s)", strings.Trim(addr[:colon], "[]"), addr[colon+1:])
	case *unix.SockaddrUnix:
		name := sa.Name
		if strings.HasPrefix(name, "@") {
			name = "\x00" + name[1:]
		}
		return strings.TrimPrefix(pyQuote([]byte(name)), "b")
	}
	return "None"
}

func (p *program) pyBytes(v any) string { return pyQuote(v.([]byte)) }

// pyQuote is a bytes literal of Python.
func pyQuote(b []byte) string {
	var s strings.Builder
	s.WriteString(`b"`)
	for _, c := range b {
		switch {
		case c == '"' || c == '\\':
			s.WriteByte('\\')
			s.WriteByte(c)
		case c >= ' ' && c < 0x7f:
			s.WriteByte(c)
		default:
			fmt.Fprintf(&s, `\x%02x`, c)
		}
	}
	s.WriteByte('"')
	return s.String()
}

func (p *program) pyBool(v any) string {
	if v == 1 {
		return "True"
	}
	return "False"
}

func (p *program) pySeconds(v any) string {
	if v == none {
		return "None"
	}
	return showSeconds(v.(time.Duration))
}

const pyHelpers = `
files = {}


def answer(*values):
    print("=", ", ".join(where(v) for v in values), flush=True)


def where(v):
    if isinstance(v, tuple) and len(v) in (2, 4):  # the address of AF_INET or AF_INET6
        return ("%s:%d" if len(v) == 2 else "[%s]:%d") % v[:2]
    return str(v)


def number(n):
    print("=", n, errno.errorcode.get(n, "") and "%s (%s)" % (errno.errorcode[n], os.strerror(n)), flush=True)


def failed(e):
    print("= -1", errno.errorcode.get(e.errno, ""), e, flush=True)


def poll(events, seconds, *sockets):
    p = select.poll()
    for s in sockets:
        p.register(s, events)
    found = p.poll(None if seconds is None else seconds * 1000)
    answer(len(found), *["%d %#x" % event for event in found])

`
