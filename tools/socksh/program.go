//go:build unix

package socksh

import (
	"errors"
	"fmt"
	"go/doc"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/sys/unix"
)

// A program is the session so far, being written in Go or in Python.
type program struct {
	vars  map[int]string // what a descriptor's variable is called
	used  []string       // every variable, in order of appearance
	gone  map[int]bool   // the descriptors that were closed
	timed map[int]bool   // those that had a timeout
	filed map[int]bool   // those that had a file put over them
	level int            // the level of the option being written
}

// newProgram is a program without a line, or the reason why there can be none.
func (sh *shell) newProgram() (*program, error) {
	if len(sh.steps) == 0 {
		return nil, errors.New("there is nothing to write yet: the session made no call")
	}
	if sh.size > sessionMax {
		return nil, errors.New("the session has become too long to be written as a program")
	}
	return &program{vars: map[int]string{}, gone: map[int]bool{}, timed: map[int]bool{}, filed: map[int]bool{}}, nil
}

// newVar returns the variable of a new descriptor: the name that the person gave.
// It returns another if that word has a meaning in the program, or if another
// open socket has it.
func (p *program) newVar(name string, fd int) string {
	if name == "" {
		name = fmt.Sprintf("fd%d", fd)
	}
	delete(p.vars, fd)
	delete(p.gone, fd)
	for taken := true; taken; {
		taken = token.IsKeyword(name) || doc.IsPredeclared(name) || reserved()[name]
		for other, v := range p.vars {
			if v == name && p.gone[other] {
				delete(p.vars, other)
			} else if v == name {
				taken = true
			}
		}
		if taken {
			name += "_"
		}
	}
	p.vars[fd] = name
	p.use(name)
	return name
}

func (p *program) use(name string) {
	if !slices.Contains(p.used, name) {
		p.used = append(p.used, name)
	}
}

// lazy compiles a pattern when it is first used: few sessions ask for a program.
func lazy(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

// reserved are other words that have a meaning in the programs.
var reserved = sync.OnceValue(func() map[string]bool {
	text := `_ init main failed err count value data pair peer names kind e
		and as assert async await class def del elif except finally from global in is lambda nonlocal
		not or pass raise try while with yield None True False
		OSError TypeError ValueError bytes getattr isinstance repr str tuple
		errno failure number os passed select socket struct timeout
		` + strings.Join(goPackages, " ")
	for _, h := range goHelpers {
		text += " " + h.names
	}
	set := map[string]bool{}
	for name := range strings.FieldsSeq(text) {
		set[path.Base(name)] = true
	}
	return set
})

// descriptor returns the variable of v, or its number if the session did not make
// it.
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

var placeholder = lazy(`\{[^{}\s]+\}`)

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
		switch {
		case i >= s.function.makes():
		case i < len(s.new) && i < len(s.names):
			values[key] = p.newVar(s.names[i], s.new[i])
		case i < len(s.new):
			values[key] = p.newVar("", s.new[i])
		default: // the call failed
			values[key] = "failed"
			p.use("failed")
		}
	}
	if s.function.name == "close" && s.err == nil {
		fd := s.args.int(0)
		p.gone[fd] = true
		delete(p.timed, fd)
		delete(p.filed, fd)
	}
	return placeholder().ReplaceAllStringFunc(template, func(key string) string {
		if v, ok := values[key]; ok {
			return v
		}
		return key
	})
}

// interrupted says that a person ended the call, which no program can repeat.
func (s step) interrupted() bool { return errors.Is(s.err, unix.EINTR) }

// oneLine is the line of a step, fit for a comment.
func (s step) oneLine() string {
	line := []rune(strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) || r == unicode.ReplacementChar {
			return '?'
		}
		return r
	}, strings.TrimSpace(s.line)))
	if len(line) > 100 {
		return string(line[:100]) + "..."
	}
	return string(line)
}

// asks says that the step is about an option of SOL_SOCKET.
func (s step) asks(function string, option int) bool {
	return s.function.name == function && s.args.int(1) == unix.SOL_SOCKET && s.args.int(2) == option
}
