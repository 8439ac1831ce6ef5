//go:build unix

package socksh

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// python prints the session as a Python program that makes the same calls.
func (sh *shell) python(words []word) error {
	p, err := sh.newProgram()
	if err != nil {
		return err
	}
	return sh.save(words, p.inPython(sh.steps))
}

func (p *program) inPython(steps []step) string {
	main, readFailed := "", false
	for _, s := range steps {
		main += fmt.Sprintf("\n# %s\n", s.oneLine())
		if s.interrupted() {
			main += "# Left out: a person interrupted it.\n"
			continue
		}
		code := p.fill(s, p.pyTemplate(s), func(k *kind, v any) string {
			if v == nil {
				return missing
			}
			return k.python(p, v)
		})
		code = missingArg().ReplaceAllString(code, "")
		isRead := s.function.name == "readline"
		fails := s.err != nil || s.errno != 0 || strings.Contains(code, "(fileno=")
		if fails || isRead && readFailed {
			// Python raises what C returns.
			readFailed = readFailed || isRead // it reads no further
			code = "try:\n    " + strings.ReplaceAll(code, "\n", "\n    ") + "\nexcept " + pyErrors(s, code) + " as e:\n    failure(e)"
		}
		main += code + "\n"
	}
	tail := ""
	for _, h := range pyHelpers {
		if strings.Contains(main+tail, h.name) {
			tail = "\n" + h.code + tail
		}
	}
	head := pyHead
	for _, module := range []string{"errno", "os", "select", "socket", "struct"} {
		if strings.Contains(main+tail, module+".") {
			head += "import " + module + "\n"
		}
	}
	return head + tail + "\n" + main
}

// pyTemplate is the function's template, or what a step needs beside it.
func (p *program) pyTemplate(s step) string {
	template := s.function.python
	fd := s.args.int(0)
	switch {
	case s.asks("getsockopt", unix.SO_TYPE):
		return "kind = socket.SocketKind({FD}.getsockopt({LEVEL}, {OPTION}))\nanswer(f\"{kind.value} {kind.name}\")"
	case s.asks("getsockopt", unix.SO_ERROR):
		return "answer(number({FD}.getsockopt({LEVEL}, {OPTION})))"
	case s.function.name == "getsockopt" && credentialsOf(s.args.int(1), s.args.int(2)) != nil:
		return "answer(\"%d,%d,%d\" % struct.unpack(\"iII\", {FD}.getsockopt({LEVEL}, {OPTION}, 12)))"
	case s.asks("getsockopt", unix.SO_LINGER):
		return "answer(\"%d,%d\" % struct.unpack(\"ii\", {FD}.getsockopt({LEVEL}, {OPTION}, 8)))"
	case s.function.name == "makefile" && s.err == nil:
		p.filed[fd] = true
	case s.function.name == "close" && p.filed[fd]:
		return "files[{FD}].close()  # Python keeps the socket as long as its file\n" + template
	}
	return template
}

// pyErrors returns Python's exceptions for a step's failure. Python raises
// TypeError for an address of another family, and ValueError for a negative
// descriptor.
func pyErrors(s step, code string) string {
	if strings.Contains(code, "(fileno=-") {
		return "ValueError"
	}
	errno := s.errno
	errors.As(s.err, &errno)
	if errno == unix.EINVAL || errno == unix.EAFNOSUPPORT {
		return "(OSError, TypeError)"
	}
	return "OSError"
}

// socket is the variable of a descriptor, or an object made of its number.
func (p *program) socket(v any) string {
	if name, ok := p.vars[v.(int)]; ok {
		return name
	}
	return fmt.Sprintf("socket.socket(fileno=%d)", v)
}

// sockets are for poll, which takes numbers too.
func (p *program) sockets(v any) string {
	return each(v.([]int), func(v any) string {
		if p.gone[v.(int)] {
			return fmt.Sprint(v)
		}
		return p.descriptor(v)
	})
}

// missing stands for an optional argument that was left out.
const missing = "\x00"

var missingArg = lazy(`, \x00|\x00, |\x00`)

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
	switch n := val.ints(); n {
	case 0:
		return pyQuote(val.pack())
	case 1:
		return fmt.Sprint(val.parts[0])
	default:
		parts := strings.ReplaceAll(strings.Trim(fmt.Sprint(val.parts), "[]"), " ", ", ")
		return fmt.Sprintf(`struct.pack("%s", %s)`, strings.Repeat("i", n), parts)
	}
}

func (p *program) pyAddress(v any) string {
	switch sa := v.(type) {
	case *unix.SockaddrInet4, *unix.SockaddrInet6:
		addr := showAddress(sa.(unix.Sockaddr))
		colon := strings.LastIndexByte(addr, ':')
		return fmt.Sprintf("(%q, %s)", strings.Trim(addr[:colon], "[]"), addr[colon+1:])
	case *unix.SockaddrUnix:
		if name, ok := strings.CutPrefix(sa.Name, "@"); ok {
			return pyQuote([]byte("\x00" + name))
		}
		if q := pyQuote([]byte(sa.Name)); !strings.Contains(q, `\x`) {
			return strings.TrimPrefix(q, "b")
		} else {
			return q
		}
	}
	return "None"
}

func (p *program) pyBytes(v any) string {
	d := v.(data)
	if d.times == 1 {
		return pyQuote([]byte(d.unit))
	}
	return fmt.Sprintf("%s * %d", pyQuote([]byte(d.unit)), d.times)
}

// pyQuote is a bytes literal of Python.
func pyQuote(b []byte) string {
	var s strings.Builder
	s.WriteString(`b"`)
	for _, c := range b {
		switch {
		case c == '"' || c == '\\':
			s.WriteByte('\\')
			s.WriteByte(c)
		case c == '\n':
			s.WriteString(`\n`)
		case c == '\r':
			s.WriteString(`\r`)
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
