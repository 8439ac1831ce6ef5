//go:build unix

package socksh

import (
	"errors"
	"fmt"
	"go/format"
	"go/scanner"
	"go/token"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// golang prints the session as a Go program that makes the same calls and
// prints the same answers. It imports the standard library alone, so that it
// runs wherever it is saved.
func (sh *shell) golang(words []word) error {
	p, err := sh.newProgram()
	if err != nil {
		return err
	}
	text, err := p.inGo(sh.steps)
	if err != nil {
		return err
	}
	return sh.save(words, text)
}

func (p *program) inGo(steps []step) (string, error) {
	main, wasLate, errnos := "", false, map[unix.Errno]string{}
	for _, s := range steps {
		main += fmt.Sprintf("\n\t// %s\n", s.oneLine())
		if s.interrupted() {
			main += "\t// Left out: a person interrupted it.\n"
			continue
		}
		errno := s.errno
		if errors.As(s.err, &errno) || errno != 0 {
			errnos[errno] = errnoName(errno)
		}
		wasLate = wasLate || errors.As(s.err, new(*late))
		code := p.fill(s, p.goTemplate(s), func(k *kind, v any) string { return k.golang(p, v) })
		main += "\t" + strings.ReplaceAll(code, "\n", "\n\t") + "\n"
	}
	words, tail := goWords(main), ""
	if words["setTimeout"] || words["poll"] {
		main = goQuiet + main
		words["signal"] = true
	}
	for _, h := range goHelpers {
		if !wasLate {
			h.code = lateCall().ReplaceAllString(h.code, "err")
		}
		if slices.ContainsFunc(strings.Fields(h.names), func(name string) bool { return words[name] }) {
			tail += h.code
			maps.Copy(words, goWords(h.code))
		}
	}
	tail += "\n// names are the errors that the session met, as C calls them.\nvar names = map[syscall.Errno]string{"
	for _, errno := range slices.Sorted(maps.Keys(errnos)) {
		tail += fmt.Sprintf("\n\t%d: %q,", int(errno), errnos[errno])
	}
	tail += "\n}\n"

	head := goHead
	for _, pkg := range goPackages {
		if words[path.Base(pkg)] {
			head += fmt.Sprintf("\t%q\n", pkg)
		}
	}
	head += ")\n\nvar (\n"
	if len(p.used) > 0 {
		head += fmt.Sprintf("\t%s int // descriptors\n\n", strings.Join(p.used, ", "))
	}
	for _, v := range []string{"err error", "count int", "value int", "data []byte", "pair [2]int", "peer syscall.Sockaddr"} {
		if name, _, _ := strings.Cut(v, " "); goWords(main)[name] {
			head += "\t" + v + "\n"
		}
	}
	src, err := format.Source([]byte(head + ")\n\nfunc main() {" + main + "}\n" + tail))
	if err != nil {
		return "", fmt.Errorf("write the session in Go: %w", err)
	}
	return string(src), nil
}

var goPackages = []string{"bufio", "bytes", "fmt", "io", "maps", "net/netip", "os/signal", "slices", "strings", "syscall", "unsafe"}

// goTemplate returns the function's template, changed where a step needs
// something else.
func (p *program) goTemplate(s step) string {
	template := s.function.golang
	fd := s.args.int(0)
	switch name := s.function.name; {
	case s.err != nil && slices.Contains([]string{"fileno", "gettimeout", "makefile", "readline"}, name) && !p.filed[fd]:
		// These answer without the kernel, unless the descriptor is no socket.
		template = "_, err = syscall.GetsockoptInt({FD}, syscall.SOL_SOCKET, syscall.SO_TYPE)\nanswer(err, 0)"
	case s.asks("getsockopt", unix.SO_TYPE):
		template = strings.ReplaceAll(template, "err, value)", "err, typeName(value))")
	case s.asks("getsockopt", unix.SO_ERROR):
		template = strings.ReplaceAll(template, "err, value)", "err, number(syscall.Errno(value)))")
	case s.function.name == "getsockopt" && credentialsOf(s.args.int(1), s.args.int(2)) != nil:
		template = "peerCred({FD})"
	case s.asks("getsockopt", unix.SO_LINGER):
		template += " // NOTE: package syscall reads the first of its two numbers alone"
	case s.asks("setsockopt", unix.SO_LINGER) && s.args[3].(value).ints() == 2:
		template = strings.ReplaceAll(template, "SetsockoptInt", "SetsockoptLinger")
		template = strings.ReplaceAll(template, "{VALUE}", fmt.Sprintf("&syscall.Linger{Onoff: %d, Linger: %d}", s.args[3].(value).parts...))
	case name == "setsockopt" && s.args[3].(value).ints() != 1:
		template = strings.ReplaceAll(template, "SetsockoptInt", "SetsockoptString")
	case name == "settimeout" || name == "setblocking":
		p.timed[fd] = true
	case name == "makefile":
		p.filed[fd] = true
	case name == "accept" && p.timed[fd] && s.err == nil:
		template = strings.ReplaceAll(template, "answer(", "setTimeout({new}, none) // the kernel hands on the listener's\nanswer(")
	case name == "close" && p.timed[fd] && s.err == nil:
		template += "\ndelete(timeouts, {FD})"
	}
	if errors.As(s.err, new(*late)) && s.function.name != "sendall" && s.function.name != "readline" {
		template = strings.ReplaceAll(template, "answer(err", "answer(late({FD}, err)")
	}
	return template
}

// goWords are the names in a piece of a Go program. Text in strings and comments
// doesn't count.
func goWords(text string) map[string]bool {
	words := map[string]bool{}
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(text))
	s.Init(file, []byte(text), nil, 0)
	for {
		_, kind, name := s.Scan()
		switch kind {
		case token.EOF:
			return words
		case token.IDENT:
			words[name] = true
		}
	}
}

// lateCall is where a helper asks whether a call was late.
var lateCall = lazy(`late\([^,]*, err\)`)

// noGoName are the constants that package syscall lacks.
func noGoName(name string) bool { return name == "SO_REUSEPORT" }

func (p *program) goConstant(set constants, v any) string {
	if v == nil {
		return "0"
	}
	return constant(set, v.(int), func(name string) string {
		switch {
		case strings.HasPrefix(name, "POLL"):
			return name
		case noGoName(name):
			return fmt.Sprintf("%#x /* %s */", set[name], name)
		}
		return "syscall." + name
	})
}

// constant writes v with the names of set: the name of v, or those of its bits.
func constant(set constants, v int, spell func(string) string) string {
	if name := set.name(v); name != strconv.Itoa(v) {
		return spell(name)
	}
	bits, rest := []string{}, v
	for _, name := range set.names() {
		if bit := set[name]; bit != 0 && rest&bit == bit {
			bits, rest = append(bits, spell(name)), rest&^bit
		}
	}
	if rest != 0 || len(bits) == 0 {
		return strconv.Itoa(v)
	}
	return strings.Join(bits, "|")
}

func (p *program) goOption(v any) string { return p.goConstant(p.optionSet(), v) }

func (p *program) goValue(v any) string {
	val := v.(value)
	if val.ints() == 1 {
		return fmt.Sprint(val.parts[0])
	}
	return strconv.Quote(string(val.pack()))
}

func (p *program) goAddress(v any) string {
	switch sa := v.(type) {
	case *unix.SockaddrInet4:
		return fmt.Sprintf("&syscall.SockaddrInet4{Addr: [4]byte{%s}, Port: %d}", numbers(sa.Addr[:]), sa.Port)
	case *unix.SockaddrInet6:
		zone := ""
		if sa.ZoneId != 0 {
			zone = fmt.Sprintf(", ZoneId: %d", sa.ZoneId)
		}
		return fmt.Sprintf("&syscall.SockaddrInet6{Addr: [16]byte{%s}, Port: %d%s}", numbers(sa.Addr[:]), sa.Port, zone)
	case *unix.SockaddrUnix:
		return fmt.Sprintf("&syscall.SockaddrUnix{Name: %q}", sa.Name)
	}
	return "nil"
}

func numbers(b []byte) string {
	var s []string
	for _, c := range b {
		s = append(s, strconv.Itoa(int(c)))
	}
	return strings.Join(s, ", ")
}

func (p *program) goBytes(v any) string {
	d := v.(data)
	if d.times == 1 {
		return "[]byte(" + strconv.Quote(d.unit) + ")"
	}
	return fmt.Sprintf("bytes.Repeat([]byte(%q), %d)", d.unit, d.times)
}

func (p *program) goBacklog(v any) string {
	if v == nil {
		return "syscall.SOMAXCONN"
	}
	return literal(p, v)
}

// goBool is setblocking's argument as a timeout.
func (p *program) goBool(v any) string {
	if v == 1 {
		return "none"
	}
	return "0"
}

func (p *program) goSeconds(v any) string { return showSeconds(v.(time.Duration)) }
