//go:build unix

package tap

import (
	"bytes"
	"net"
	"slices"
)

const (
	splitMost = 1000
	gluedMost = 16 << 20 // bytes that Glues keeps at most
)

// An Examinee is a program in whose place mistakes are made: one that is called, or
// with Calls one that calls.
type Examinee struct {
	Exam  *Exam
	Calls bool

	talks []*talk
}

// A talk is one connection of an examinee.
type talk struct {
	of     *Examinee
	number int      // from 1
	other  net.Conn // to whom it speaks
	pass   func([]byte) error

	said     int // bytes
	answered bool
	kept     []byte
	again    bool // Twice has been made
	over     bool
}

// way is the direction in which the program speaks.
func (e *Examinee) way() direction { return direction(e.Calls) }

// calls counts a connection. ok is false if the program is to hang up on it.
func (e *Examinee) calls() (t *talk, ok bool) {
	e.Exam.mu.Lock()
	defer e.Exam.mu.Unlock()
	e.Exam.now.Calls++
	t = &talk{of: e, number: len(e.talks) + 1}
	e.talks = append(e.talks, t)
	if e.Exam.Mistake == OneCaller && !e.Calls && t.number > 1 {
		e.Exam.makes(1)
		return t, false
	}
	return t, true
}

// begins says to whom the program speaks on this connection, and how it is passed on.
func (t *talk) begins(own, other net.Conn, pass func([]byte) error) {
	e := t.of.Exam
	e.mu.Lock()
	defer e.mu.Unlock()
	t.other, t.pass = other, pass
	e.ending = append(e.ending, func() bool {
		return e.Mistake == Resets && !t.over && hungUp(own) && !hungUp(other)
	})
}

// faults are those by which the mistake is made; the zero value if it is made in
// another way.
func (e *Examinee) faults() (f Faults) {
	switch e.Exam.Mistake {
	case Splits:
		f.Split, f.SplitMost = 1, splitMost
	case Cuts:
		f.Cut = max(e.Exam.Before.Said/2, 1)
	}
	return f
}

// says is what becomes of bytes that the program says.
func (t *talk) says(b []byte) []byte {
	e := t.of.Exam
	e.mu.Lock()
	t.said += len(b)
	if t.first() {
		e.now.Said = t.said
		e.now.Lines = e.now.Lines || bytes.Contains(b, []byte("\n"))
		if !t.answered {
			e.now.First = t.said
		}
	}
	made, earlier := 0, (*talk)(nil)
	switch e.Mistake {
	case Splits:
		made = min(t.said-1, 1)
	case Cuts:
		if t.said > t.of.faults().Cut {
			made = 1
		}
	case SaysNothing:
		b, made = nil, 1
	case Glues:
		t.kept, made = append(t.kept, b...), 1
		b = nil
		if len(t.kept) > gluedMost {
			b, t.kept = t.kept, nil
		}
	case Late:
		b, made = append(t.kept, b...), 1
		b, t.kept = b[:len(b)-1], bytes.Clone(b[len(b)-1:])
	case NoNewline:
		made = bytes.Count(b, []byte("\n"))
		b = bytes.ReplaceAll(b, []byte("\n"), nil)
	case BareNewline:
		b, t.kept = append(t.kept, b...), nil
		made = bytes.Count(b, []byte("\r\n"))
		b = bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
		if bytes.HasSuffix(b, []byte("\r")) {
			b, t.kept = b[:len(b)-1], []byte("\r")
		}
	case Twice:
		b, made = t.twice(b)
	case WrongCaller:
		for _, other := range t.of.talks[:t.number-1] {
			if !t.of.Calls && other.other != nil && !other.over && !hungUp(other.other) {
				earlier = other
				break
			}
		}
		if earlier != nil {
			made = 1
		}
	}
	e.makes(made)
	e.mu.Unlock()
	if earlier != nil {
		earlier.pass(b)
		return nil
	}
	return b
}

// makes counts mistakes.
func (e *Exam) makes(n int) {
	if !e.over {
		e.made += n
	}
}

// first reports whether this is the first connection on which a program says
// something, of all.
func (t *talk) first() bool {
	e := t.of.Exam
	if e.speaker == nil {
		e.speaker = t
	}
	return e.speaker == any(t)
}

// twice repeats the first line; where there was no line, as many bytes as the first
// answer had.
func (t *talk) twice(b []byte) (out []byte, made int) {
	if t.again {
		return b, 0
	}
	t.kept = append(t.kept, b...)
	end := bytes.IndexByte(t.kept, '\n') + 1
	if first := t.of.Exam.Before.First; end == 0 && !t.of.Exam.Before.Lines && len(t.kept) >= first {
		end = first
	}
	if end == 0 {
		return b, 0
	}
	t.again = true
	rest := len(t.kept) - end // of b, behind what is said twice
	return slices.Concat(b[:len(b)-rest], t.kept[:end], b[len(b)-rest:]), 1
}

// hears notes that the other side has said something.
func (t *talk) hears() {
	e := t.of.Exam
	e.mu.Lock()
	defer e.mu.Unlock()
	if t.said > 0 {
		t.answered, e.now.Answered = true, true
	}
}

// ends returns what is still to be said when the program has closed, and whether the
// connection is to be reset then.
func (t *talk) ends() (rest []byte, reset bool) {
	e := t.of.Exam
	e.mu.Lock()
	defer e.mu.Unlock()
	t.over = true
	if e.Mistake == Resets && !hungUp(t.other) {
		e.makes(1)
		return nil, true
	}
	if e.Mistake == Twice {
		return nil, false
	}
	return t.kept, false
}
