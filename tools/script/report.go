package script

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"socklab/tools/actor"
)

// fail ends the script: what failed, and then everything that helps to see why.
func (c *cast) fail(format string, args ...any) {
	c.told = true
	c.ts.Fatalf("%s\n\n%s", c.portable(fmt.Sprintf(format, args...)), c.report())
}

// missed reports an expectation that was not met: first what came of it, then
// what was expected and what is there.
func (c *cast) missed(p *player, miss *actor.Miss, waited string) {
	program, isProgram := p.Actor.(*actor.Program)
	c.settle()
	var because string
	switch first := c.firstToFail(); {
	case first != nil:
		because = c.lastWords(first)
	case miss.Ended && isProgram:
		because = fmt.Sprintf("%s %v and did not say it", p.Name(), program.End())
	case miss.Ended:
		because = fmt.Sprintf("%s %s and did not get it", p.Name(), p.State())
	default:
		because = fmt.Sprintf("%s did not say it; waited %s", p.Name(), waited)
	}
	c.fail("expect %s: %s\n\n%s", p.Name(), because, difference(miss))
}

// ended reports an actor that ended in another way than expected.
func (c *cast) ended(p *player, end actor.End, want string) {
	switch want {
	case "closed", "reset":
	default:
		if want[0] >= '0' && want[0] <= '9' {
			want = "exit code " + want
		}
	}
	said := ""
	if _, ok := p.Actor.(*actor.Program); ok && end.How != "0" {
		if words := complaint(p.Screen()); words != "" {
			said = "\n\nlast said  " + words
		}
	}
	c.fail("exited %s: expected %s, but it %v%s", p.Name(), want, end, said)
}

// difference shows an expectation beside what came closest to it, with a caret
// under the first byte that is not as expected.
func difference(miss *actor.Miss) string {
	at, wanted, near := miss.Pattern.Nearest(miss.Text)
	var b strings.Builder
	fmt.Fprintf(&b, "expected  %s\n", miss.Pattern)
	if len(miss.Text) == 0 {
		b.WriteString("got       nothing more")
		return b.String()
	}
	if !near {
		// Nothing even begins like it: show the last whole line there is.
		whole := miss.Text[:bytes.LastIndexByte(miss.Text, '\n')+1]
		at = bytes.LastIndexByte(bytes.TrimSuffix(whole, []byte("\n")), '\n') + 1
	}
	from := bytes.LastIndexByte(miss.Text[:at], '\n') + 1
	line := miss.Text[from:]
	if end := bytes.IndexByte(miss.Text[at:], '\n'); end >= 0 {
		line = miss.Text[from : at+end+1]
	}
	const widest = 160
	if before := at - from; before > widest/2 {
		from += before - widest/2
		line = line[before-widest/2:]
	}
	line = line[:min(len(line), widest)]
	fmt.Fprintf(&b, "got       %s\n", escape(line))
	if near {
		fmt.Fprintf(&b, "          %s^ wanted %s", strings.Repeat(" ", columns(escape(miss.Text[from:at]))), wanted)
	} else {
		b.WriteString("          nothing that begins like it")
	}
	return b.String()
}

// escape writes bytes on one line, with what can't be seen made visible.
func escape(b []byte) string {
	return strings.NewReplacer("\n", `\n`, "\t", `\t`).Replace(actor.Visible(b))
}

func columns(s string) int { return len([]rune(s)) }

// settle lets programs that are about to end do so, for a cause is often seen
// a moment after its effect: a connection breaks before its server is reaped.
func (c *cast) settle() {
	deadline := time.Now().Add(time.Second)
	var ends sync.WaitGroup
	for _, p := range c.players {
		if program, ok := p.Actor.(*actor.Program); ok {
			ends.Go(func() { program.Ended(deadline) })
		}
	}
	ends.Wait()
}

// firstToFail is the program that ended badly before any other, unasked. One
// that crashed comes before those that ended in good order to report it: a
// crash takes longer to be over.
func (c *cast) firstToFail() (first *player) {
	var earliest time.Time
	var crashed bool
	for _, p := range c.players {
		program, ok := p.Actor.(*actor.Program)
		if !ok || p.asked || p.reaped {
			continue
		}
		end := program.End()
		if end.How == "" || end.How == "0" {
			continue
		}
		when := program.Started().Add(end.After)
		crash := end.How[0] == 'S' || isCrash(complaint(p.Screen()))
		if first == nil || crash && !crashed || crash == crashed && when.Before(earliest) {
			first, earliest, crashed = p, when, crash
		}
	}
	return first
}

// lastWords says how a program failed, in its own words if it had any.
func (c *cast) lastWords(p *player) string {
	said := fmt.Sprintf("%s %s", p.Name(), p.State())
	if words := complaint(p.Screen()); words != "" {
		said += ": " + words
	}
	return said
}

// complaint finds in a screen the line that says what went wrong: the first of
// a crash, the last of anything else.
func complaint(screen string) (last string) {
	for line := range strings.Lines(screen) {
		line = strings.TrimSpace(line)
		switch {
		case isCrash(line):
			return line
		case line == "", strings.HasPrefix(line, "$ "), strings.Contains(line, "» "), strings.Contains(line, "hint: "):
		default:
			last = line
		}
	}
	return last
}

// isCrash knows how a Go program begins to die.
func isCrash(line string) bool {
	return strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ")
}

// tailLines is how much of each transcript a report shows: its end, or what
// followed the first word of a crash.
const tailLines = 20

// report says how every actor is, what each has seen, and where to read.
func (c *cast) report() string {
	var b strings.Builder
	if len(c.players) > 0 {
		b.WriteString("actors\n")
	}
	for _, p := range c.players {
		fmt.Fprintf(&b, "  %-10s %s: %s\n", p.Name(), p.Role(), p.State())
	}
	for _, p := range c.players {
		fmt.Fprintf(&b, "\n%s", p.Name())
		lines := strings.Split(strings.TrimSuffix(p.Screen(), "\n"), "\n")
		if lines[0] == "" {
			lines[0] = "(nothing)"
		}
		from := max(len(lines)-tailLines, 0)
		if crash := slices.IndexFunc(lines, isCrash); crash >= 0 {
			from = min(from, crash)
		}
		if from > 0 {
			fmt.Fprintf(&b, ", without its first %d lines", from)
		}
		b.WriteString("\n")
		for _, line := range lines[from:min(from+tailLines, len(lines))] {
			const widest = 400
			if len(line) > widest {
				line = fmt.Sprintf("%s… (%d bytes)", strings.ToValidUTF8(line[:widest], ""), len(line))
			}
			b.WriteString("  " + line + "\n")
		}
	}
	lesson := filepath.Join("lessons", c.t.name+".md")
	if _, err := os.Stat(lesson); err == nil {
		fmt.Fprintf(&b, "\nread %s\n", lesson)
	}
	return c.portable(b.String())
}
