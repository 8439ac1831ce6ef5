package socksh

import (
	"errors"
	"fmt"
	"go/format"
	"maps"
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
	text, err := goProgram(sh.steps)
	if err != nil {
		return err
	}
	return sh.save(words, text)
}

func goProgram(steps []step) (string, error) {
	p := &program{vars: map[int]string{}}
	var body strings.Builder
	errnos := map[unix.Errno]bool{}
	for _, s := range steps {
		fmt.Fprintf(&body, "\n\t// %s\n", oneLine(s.line))
		if s.interrupted() {
			fmt.Fprintf(&body, "\t// Left out: a person interrupted it.\n")
			continue
		}
		if errno := s.answer.errno; errno != 0 {
			errnos[errno] = true
		}
		if errno := unix.Errno(0); errors.As(s.answer.err, &errno) {
			errnos[errno] = true
		}
		template := s.function.golang
		if v, ok := last(s.args).(value); ok && len(v.parts) > 1 {
			template = strings.ReplaceAll(template, "{set}", "syscall.SetsockoptString")
		}
		template = strings.ReplaceAll(template, "{set}", "syscall.SetsockoptInt")
		code := p.fill(s, template, func(k *kind, v any) string { return k.golang(p, v) })
		fmt.Fprintf(&body, "\t%s\n", strings.ReplaceAll(code, "\n", "\n\t"))
	}
	main := body.String()

	var tail strings.Builder
	for _, h := range goHelpers {
		if h.name == "" || strings.Contains(main+tail.String(), h.name) {
			tail.WriteString("\n" + h.code)
		}
	}
	tail.WriteString("\n// names are the errors that the session met, as C calls them.\nvar names = map[syscall.Errno]string{\n")
	for _, errno := range slices.Sorted(maps.Keys(errnos)) {
		fmt.Fprintf(&tail, "\t%d: %q,\n", int(errno), errnoName(errno))
	}
	tail.WriteString("}\n")

	var head strings.Builder
	head.WriteString("// This program makes the calls that a socket shell made, and prints the answers.\n//\n//go:debug containermaxprocs=0\npackage main\n\nimport (\n")
	for _, pkg := range []string{"bufio", "fmt", "io", "net/netip", "strconv", "syscall", "time", "unsafe"} {
		if strings.Contains(main+tail.String(), pkg[strings.LastIndex(pkg, "/")+1:]+".") {
			fmt.Fprintf(&head, "\t%q\n", pkg)
		}
	}
	head.WriteString(")\n\nvar (\n")
	if len(p.used) > 0 {
		fmt.Fprintf(&head, "\t%s int // descriptors\n\n", strings.Join(p.used, ", "))
	}
	head.WriteString("\terr error\n\tcount int\n\tdata []byte\n\tpair [2]int\n\tpeer syscall.Sockaddr\n)\n\nfunc main() {")

	src, err := format.Source([]byte(head.String() + main + "}\n" + tail.String()))
	if err != nil {
		return "", fmt.Errorf("write the session in Go: %w", err)
	}
	return string(src), nil
}

func last(a args) any {
	if len(a) == 0 {
		return nil
	}
	return a[len(a)-1]
}

func oneLine(s string) string {
	return clipTo(strings.TrimSpace(s), 100)
}

// noGoName are the constants that package syscall lacks.
func noGoName(name string) bool {
	return name == "SO_REUSEPORT" || strings.HasPrefix(name, "POLL")
}

func (p *program) goConstant(set constants, v any) string {
	if v == nil {
		return "0"
	}
	return constant(set, v.(int), func(name string) string {
		if noGoName(name) {
			return fmt.Sprintf("%#x /* %s */", set[name], name)
		}
		return "syscall." + name
	})
}

// constant writes v with the names of set: its own, or those of its bits.
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
	return strings.Join(bits, " | ")
}

func (p *program) goOption(v any) string { return p.goConstant(p.optionSet(), v) }

func (p *program) goValue(v any) string {
	val := v.(value)
	if n, ok := val.parts[0].(int); ok && len(val.parts) == 1 {
		return strconv.Itoa(n)
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

func (p *program) goBytes(v any) string { return "[]byte(" + strconv.Quote(string(v.([]byte))) + ")" }

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

func (p *program) goSeconds(v any) string {
	switch d := v.(time.Duration); d {
	case none:
		return "none"
	case 0:
		return "0"
	default:
		return fmt.Sprintf("%d*time.Microsecond", d.Microseconds())
	}
}

// goHelpers are what the calls of a program need; each comes along when its
// name is called, those without a name always.
var goHelpers = []struct{ name, code string }{
	{"", `// answer prints what the kernel answered, as the shell does.
func answer(err error, values ...any) {
	if err != nil {
		fmt.Println("= -1", reason(err))
		return
	}
	text := "= 0"
	for i, v := range values {
		switch v := v.(type) {
		case []byte:
			text += " " + strconv.Quote(string(v))
			continue
		case syscall.Sockaddr:
			text += ", " + where(v)
		default:
			text += fmt.Sprint(", ", v)
		}
		if i == 0 {
			text = "= " + text[len("= 0, "):]
		}
	}
	fmt.Println(text)
}

// reason is an error as its name, number and words.
func reason(err error) string {
	errno, ok := err.(syscall.Errno)
	if !ok {
		return err.Error()
	}
	return fmt.Sprintf("%s %d (%s)", names[errno], int(errno), errno.Error())
}

// where is an address in words.
func where(sa syscall.Sockaddr) string {
	switch sa := sa.(type) {
	case *syscall.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port)).String()
	case *syscall.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(sa.Addr), uint16(sa.Port)).String()
	case *syscall.SockaddrUnix:
		if sa.Name != "" && sa.Name != "@" {
			return sa.Name
		}
		return "no name"
	}
	return "no address"
}
`},
	{"got(", `// got is what was received: the kernel says how much of b it filled.
func got(b []byte, n int) []byte { return b[:min(max(n, 0), len(b))] }
`},
	{"number(", `// number prints an error as connect_ex returns it.
func number(err error) {
	if errno, ok := err.(syscall.Errno); ok {
		fmt.Printf("= %d %s (%s)\n", int(errno), names[errno], errno.Error())
		return
	}
	fmt.Println("= 0")
}
`},
	{"files[", `// files are the buffers that makefile puts over sockets.
var files = map[int]*bufio.Reader{}

// A reader is a socket as something to read from.
type reader int

func (r reader) Read(p []byte) (int, error) {
	n, err := syscall.Read(int(r), p)
	if n == 0 && err == nil {
		return 0, io.EOF
	}
	return max(n, 0), err
}

// ended says that the end of a stream is no failure.
func ended(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}
`},
	{"imeout", `// none is the timeout of calls that wait for ever.
const none = time.Duration(1<<63 - 1)

var timeouts = map[int]time.Duration{}

// setTimeout says how long calls may wait: for ever, not at all, or for a time
// that the kernel keeps.
func setTimeout(fd int, d time.Duration) error {
	timeouts[fd] = d
	if err := syscall.SetNonblock(fd, d == 0); err != nil {
		return err
	}
	if d == none {
		d = 0
	}
	tv := syscall.NsecToTimeval(int64(d))
	if err := syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &tv); err != nil {
		return err
	}
	return syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_SNDTIMEO, &tv)
}

// timeoutOf is the timeout of fd, in seconds.
func timeoutOf(fd int) string {
	d, ok := timeouts[fd]
	if !ok || d == none {
		return "none"
	}
	return strconv.FormatFloat(d.Seconds(), 'f', -1, 64)
}
`},
	{"poll(", `// poll waits until one of the descriptors has an event, or for a time.
func poll(events int16, d time.Duration, fds ...int) {
	type pollFd struct {
		fd      int32
		events  int16
		revents int16
	}
	var ps []pollFd
	for _, fd := range fds {
		ps = append(ps, pollFd{fd: int32(fd), events: events})
	}
	var limit *syscall.Timespec
	if d != 1<<63-1 {
		ts := syscall.NsecToTimespec(int64(d))
		limit = &ts
	}
	n, _, errno := syscall.Syscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&ps[0])), uintptr(len(ps)),
		uintptr(unsafe.Pointer(limit)), 0, 0, 0)
	if errno != 0 {
		answer(errno)
		return
	}
	fmt.Print("= ", n)
	for _, p := range ps {
		text := ""
		for i, name := range []string{"POLLIN", "POLLPRI", "POLLOUT", "POLLERR", "POLLHUP", "POLLNVAL"} {
			if p.revents&(1<<i) != 0 {
				text += "|" + name
			}
		}
		if text != "" {
			fmt.Printf(", %d %s", p.fd, text[1:])
		}
	}
	fmt.Println()
}
`},
}
