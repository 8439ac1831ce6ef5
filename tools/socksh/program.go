package socksh

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// A program is the session so far, being written in Go or in Python.
type program struct {
	vars  map[int]string // what a descriptor's variable is called
	used  []string       // every variable, in order of appearance
	level int            // the level of the option being written
}

// newVar is the variable of a new descriptor: the name that the person gave,
// unless another socket has it and is still open.
func (p *program) newVar(name string, fd int) string {
	switch {
	case name == "" && fd < 0:
		name = "fd" // the call failed: there is none
	case name == "":
		name = fmt.Sprintf("fd%d", fd)
	}
	if slices.Contains(reserved, name) {
		name += "_"
	}
	for other, v := range p.vars {
		if v == name && other != fd {
			name = fmt.Sprintf("%s_%d", name, fd)
		}
	}
	p.vars[fd] = name
	if !slices.Contains(p.used, name) {
		p.used = append(p.used, name)
	}
	return name
}

// reserved are names that mean something else in the programs: words of Go and
// of Python, and what the programs call their own.
var reserved = strings.Fields(`
	break case chan const continue default defer else fallthrough for func go goto if import interface
	map package range return select struct switch type var append cap len max min new make nil true false
	and as assert async await class def del elif except finally from global in is lambda nonlocal
	not or pass raise try while with yield None True False print bytes int str repr
	answer number reason got where ended poll reader setTimeout timeoutOf timeouts files names none
	data count peer pair err main attempt fmt syscall bufio io netip strconv time unsafe socket select errno struct`)

// descriptor is the variable of v, or its number when the session never made it.
func (p *program) descriptor(v any) string {
	if name, ok := p.vars[v.(int)]; ok {
		return name
	}
	return fmt.Sprint(v)
}

func (p *program) descriptors(v any) string { return each(v.([]int), p.descriptor) }

func each(fds []int, spell func(any) string) string {
	var names []string
	for _, fd := range fds {
		names = append(names, spell(fd))
	}
	return strings.Join(names, ", ")
}

// optionSet names the options of the level that came before.
func (p *program) optionSet() constants { return options[p.level] }

var placeholder = regexp.MustCompile(`\{[^{}\s]+\}`)

// fill puts a step's arguments into a template.
func (p *program) fill(s step, template string, expression func(*kind, any) string) string {
	values := map[string]string{}
	for i, param := range s.function.params {
		if param.kind.name == "LEVEL" {
			p.level = s.args.int(i)
		}
		values["{"+param.kind.name+"}"] = expression(param.kind, s.args[i])
	}
	for i, key := range []string{"{new}", "{new2}"} {
		if !strings.Contains(template, key) {
			continue
		}
		name, fd := "", -1
		if i < len(s.names) {
			name = s.names[i]
		}
		if i < len(s.answer.new) {
			fd = s.answer.new[i].fd
		}
		values[key] = p.newVar(name, fd)
	}
	return placeholder.ReplaceAllStringFunc(template, func(key string) string {
		if v, ok := values[key]; ok {
			return v
		}
		return key
	})
}

// interrupted says that a person ended the call, which no program can repeat.
func (s step) interrupted() bool { return errors.Is(s.answer.err, unix.EINTR) }
