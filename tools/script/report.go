package script

import (
	"bytes"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"socklab/tools/actor"
)

// fail ends the script: what failed, and then everything that helps to see why.
func (c *cast) fail(format string, args ...any) {
	c.told = true
	c.ts.Fatalf("%s\n\n%s", c.portable(fmt.Sprintf(format, args...)), c.report())
}

// difference shows an expectation beside what came closest to it, with a caret
// under the first byte that is not as expected.
func difference(miss *actor.Miss, onScreen bool) string {
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
	if !near && !onScreen && len(miss.Text) <= widest {
		at, from, line = 0, 0, miss.Text // a stream has no lines, so the last is not the news
	}
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

// tailLines is how much of each transcript a report shows: its end, or what
// followed the first word of a crash.
const tailLines = 20

// report says how every actor is, what each has seen, and where to read.
func (c *cast) report() string {
	// What all said, and how they were, at one moment; the rest takes longer.
	states, screens := make([]string, len(c.players)), make([]string, len(c.players))
	for i, p := range c.players {
		states[i], screens[i] = p.State(), p.Screen()
	}
	var b strings.Builder
	if len(c.players) > 0 {
		b.WriteString("actors\n")
	}
	for i, p := range c.players {
		role := p.Role()
		if p.guest != "" {
			role += fmt.Sprintf(" (%s)", p.guest)
		}
		fmt.Fprintf(&b, "  %-10s %s: %s%s\n", p.Name(), role, states[i], c.door(p))
		if !c.settled {
			continue // how things stand changes by the moment
		}
		for _, n := range c.news(p) {
			fmt.Fprintf(&b, "  %-10s %s\n", "", n.text)
		}
	}
	for i, p := range c.players {
		fmt.Fprintf(&b, "\n%s", p.Name())
		lines := strings.Split(strings.TrimSuffix(screens[i], "\n"), "\n")
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
	if lesson := c.lesson(c.subject); lesson != "" {
		fmt.Fprintf(&b, "\nread %s\n", lesson)
	}
	return c.portable(b.String())
}

// door says where a running program listens, where that can be known.
func (c *cast) door(p *player) string {
	program, ok := p.Actor.(*actor.Program)
	if !ok || program.End().How != "" || runtime.GOOS != "linux" {
		return ""
	}
	if addrs := c.listening(program); len(addrs) > 0 {
		return ", listening on " + strings.Join(addrs, " and ")
	}
	return ", not listening"
}
