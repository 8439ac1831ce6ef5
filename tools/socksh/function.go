//go:build unix

package socksh

import (
	"fmt"
	"strings"
)

// A function is one command of the shell: a socket call.
type function struct {
	name   string
	params []param
	call   func(*shell, args) answer
	golang string // the same call in Go and in Python: see program.go
	python string
}

// A param is one argument of a function.
type param struct {
	kind     *kind
	optional bool
}

// args are a call's arguments as their kinds read them. An optional argument that
// was left out is nil.
type args []any

func (a args) int(i int) int {
	n, _ := a[i].(int)
	return n
}

// params reads a signature such as "FD ADDR [FLAGS]".
func params(signature string) []param {
	var ps []param
	for word := range strings.FieldsSeq(signature) {
		name := strings.Trim(word, "[]")
		ps = append(ps, param{kind: kinds[name], optional: name != word})
	}
	return ps
}

// synopsis is how the function is called.
func (f *function) synopsis() string {
	words := []string{f.name}
	for _, p := range f.params {
		if p.optional {
			words = append(words, "["+p.kind.name+"]")
		} else {
			words = append(words, p.kind.name)
		}
	}
	return strings.Join(words, " ")
}

// makes is how many descriptors the function makes.
func (f *function) makes() int {
	switch f.name {
	case "socket", "accept", "recv_fds":
		return 1
	case "socketpair":
		return 2
	}
	return 0
}

// read turns words into arguments.
func (f *function) read(sh *shell, words []word) (args, error) {
	need := 0
	for _, p := range f.params {
		if !p.optional {
			need++
		}
	}
	if len(words) < need || len(words) > len(f.params) {
		return nil, fmt.Errorf("want %s", f.synopsis())
	}
	a := make(args, len(f.params))
	for i, w := range words {
		v, err := f.params[i].kind.read(sh, a[:i], w)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.params[i].kind.name, err)
		}
		a[i] = v
	}
	return a, nil
}

// find is the function of that name.
func find(name string) (*function, bool) {
	for _, f := range functions {
		if f.name == name {
			return f, true
		}
	}
	return nil, false
}
