//go:build unix

package socksh

import (
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// A kind is a type of argument: how it is read, what completes it, and how Go and
// Python write it.
type kind struct {
	name     string
	read     func(sh *shell, before args, w word) (any, error)
	complete func(sh *shell, before []string) []string
	golang   func(p *program, v any) string
	python   func(p *program, v any) string
}

// sizeMax bounds what one receive asks for, in bytes.
const sizeMax = bytesMax

// none is the timeout of a call that waits for ever.
const none = time.Duration(math.MaxInt64)

// kinds are all there are, by name.
var kinds = byName(
	&kind{name: "FD", read: readFD, complete: openNames,
		golang: (*program).descriptor, python: (*program).socket},
	&kind{name: "FDS", read: readFDs, complete: openNames,
		golang: (*program).descriptors, python: (*program).sockets},
	named("FAMILY", families),
	named("TYPE", types),
	named("PROTOCOL", protocols),
	named("LEVEL", levels),
	named("FLAGS", flags),
	named("HOW", directions),
	withRead(named("EVENTS", events), readEvents),
	&kind{name: "OPTION", read: readOption, complete: completeOption,
		golang: (*program).goOption, python: (*program).pyOption},
	&kind{name: "VALUE", read: readValue, golang: (*program).goValue, python: (*program).pyValue},
	&kind{name: "ADDR", read: func(_ *shell, _ args, w word) (any, error) { return address(w) },
		golang: (*program).goAddress, python: (*program).pyAddress},
	&kind{name: "BYTES", read: readBytes, golang: (*program).goBytes, python: (*program).pyBytes},
	&kind{name: "SIZE", read: number(0, sizeMax), golang: literal, python: literal},
	&kind{name: "BACKLOG", read: number(math.MinInt32, math.MaxInt32), golang: (*program).goBacklog, python: literal},
	&kind{name: "0|1", read: number(0, 1), golang: (*program).goBool, python: (*program).pyBool},
	&kind{name: "SECONDS", read: readSeconds, golang: (*program).goSeconds, python: (*program).pySeconds},
)

func byName(all ...*kind) map[string]*kind {
	m := map[string]*kind{}
	for _, k := range all {
		m[k.name] = k
	}
	return m
}

func literal(_ *program, v any) string {
	if v == nil {
		return "0"
	}
	return fmt.Sprint(v)
}

// named is the kind of a set of constants. Left out, it is 0.
func named(name string, set constants) *kind {
	return &kind{
		name:     name,
		read:     func(_ *shell, _ args, w word) (any, error) { return set.value(w) },
		complete: func(*shell, []string) []string { return set.names() },
		golang:   func(p *program, v any) string { return p.goConstant(set, v) },
		python:   func(p *program, v any) string { return p.pyConstant(set, v) },
	}
}

func withRead(k *kind, read func(*shell, args, word) (any, error)) *kind {
	k.read = read
	return k
}

// readEvents reads what fits into poll's 16 bits.
func readEvents(_ *shell, _ args, w word) (any, error) {
	v, err := events.value(w)
	if err == nil && v != int(int16(v)) {
		err = fmt.Errorf("%s: poll has 16 bits for events", clip(w.text))
	}
	return v, err
}

// readFD reads a number, or a name that was given to an answer.
func readFD(sh *shell, _ args, w word) (any, error) {
	if fd, ok := sh.names[w.text]; ok && !w.quoted {
		return fd, nil
	}
	fd, err := strconv.ParseInt(w.text, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("%s: want a descriptor: a number, or a name given as in s = socket AF_INET SOCK_STREAM", clip(w.text))
	}
	return int(fd), nil
}

func readFDs(sh *shell, _ args, w word) (any, error) {
	var fds []int
	for part := range strings.SplitSeq(w.text, ",") {
		fd, err := readFD(sh, nil, word{text: part, quoted: w.quoted})
		if err != nil {
			return nil, err
		}
		fds = append(fds, fd.(int))
	}
	return fds, nil
}

func openNames(sh *shell, _ []string) []string { return sh.known() }

// readOption reads an option of the level before it.
func readOption(_ *shell, before args, w word) (any, error) {
	level := before.int(1)
	set, ok := options[level]
	if !ok {
		n, err := strconv.Atoi(w.text)
		if err != nil {
			return nil, fmt.Errorf("%s: level %d has no names here; want a number", clip(w.text), level)
		}
		return n, nil
	}
	n, err := set.value(w)
	if err != nil {
		return nil, fmt.Errorf("%w (of %s)", err, levels.name(level))
	}
	return n, nil
}

func completeOption(_ *shell, before []string) []string {
	if len(before) < 2 {
		return nil
	}
	return options[levels[before[1]]].names()
}

// A value is what an option is set to: numbers and IPv4 addresses. The kernel
// takes them one after the other, as a struct in C holds them.
type value struct {
	parts []any // int or netip.Addr
}

// ints is how many numbers v is, 0 when there are addresses too.
func (v value) ints() int {
	for _, part := range v.parts {
		if _, ok := part.(int); !ok {
			return 0
		}
	}
	return len(v.parts)
}

func readValue(_ *shell, _ args, w word) (any, error) {
	var v value
	for part := range strings.SplitSeq(w.text, ",") {
		if n, err := strconv.ParseInt(part, 10, 32); err == nil && !w.quoted {
			v.parts = append(v.parts, int(n))
		} else if ip, err := netip.ParseAddr(part); err == nil && ip.Is4() && !w.quoted {
			v.parts = append(v.parts, ip)
		} else {
			return nil, fmt.Errorf("%s: want a number, or several joined by commas as in 1,0", clip(w.text))
		}
	}
	return v, nil
}

func readBytes(_ *shell, _ args, w word) (any, error) {
	if !w.quoted {
		return nil, fmt.Errorf(`%s: a socket takes bytes: write them in quotes, as in "baihuixin" or "\x08\x00"`, clip(w.text))
	}
	return w.data, nil
}

func number(from, to int) func(*shell, args, word) (any, error) {
	return func(_ *shell, _ args, w word) (any, error) {
		n, err := strconv.Atoi(w.text)
		if err != nil || n < from || n > to || w.quoted {
			return nil, fmt.Errorf("%s: want a number from %d to %d", clip(w.text), from, to)
		}
		return n, nil
	}
}

// readSeconds reads seconds as Python's settimeout means them: none waits for
// ever, 0 never waits.
func readSeconds(_ *shell, _ args, w word) (any, error) {
	if w.text == "none" || w.text == "None" {
		return none, nil
	}
	s, err := strconv.ParseFloat(w.text, 64)
	if err != nil || math.IsNaN(s) || s < 0 || s > 1e6 || w.quoted {
		return nil, fmt.Errorf("%s: want seconds such as 1.5, or 0, or none", clip(w.text))
	}
	d := time.Duration(s * float64(time.Second))
	if s > 0 {
		d = max(d, time.Microsecond) // the kernel counts no finer
	}
	return d, nil
}

func showSeconds(d time.Duration) string {
	if d == none {
		return "none"
	}
	return strconv.FormatFloat(d.Seconds(), 'f', -1, 64)
}
