package pcap

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"socklab/tools/harness/script"
)

// A Part says of which side an actor is made, and whom it meets.
type Part struct {
	Server  bool     // the actor is who was called
	Name    string   // of the file, for the script's first line
	Command []string // the program on the other side; nil: a comment stands for it
	Exit    string   // its exit code; "" if it does not end by itself
}

// A step is a line of the conversation, as the actor sees it.
type step struct {
	kind string // expect, send, eof, reset, or exited
	text []byte // of expect and send, or how it exited
}

// Script is a script with an actor that does what one side of the conversation did. It
// fails for a conversation that is Broken.
func (c *Conversation) Script(p Part) (text string, notes []string, err error) {
	if len(c.Broken) > 0 {
		return "", nil, fmt.Errorf("%s: %s", c, strings.Join(c.Broken, "; "))
	}
	if !c.Carries() {
		return "", nil, fmt.Errorf("%s: nobody said anything", c)
	}
	caller, called := c.Halves[0], c.Halves[1]
	mine, other, actor, program := caller, called, "caller", "server"
	if p.Server {
		mine, other, actor, program = called, caller, "server", "client"
	}
	steps, atOnce := c.steps(mine, other)
	notes = c.Notes
	var b strings.Builder
	where := fmt.Sprintf("%s: %s calls %s", oneLine(p.Name), caller.Addr, called.Addr)
	start := "spawn " + program + " " + c.words(p.Command)
	if p.Command == nil {
		start = "# Here it starts: spawn " + program + " COMMAND $ADDR"
	}
	if p.Server {
		fmt.Fprintf(&b, "# An actor in the server's place takes a call (%s).\n", where)
		fmt.Fprintf(&b, "listen door tcp $ADDR\n%s\naccept door %s\n", start, actor)
	} else {
		b.WriteString("# The server starts, and says a line when it takes calls.\n" + start + "\n")
		if p.Command != nil {
			fmt.Fprintf(&b, "expect %s '^.+$'\n", program)
		}
		fmt.Fprintf(&b, "\n# An actor in the client's place calls (%s).\ndial %s tcp $ADDR\n", where, actor)
	}
	b.WriteString("\n# They say what was captured.\n")
	var want strings.Builder
	last := ""
	var run []byte
	flush := func() {
		if last == "expect" {
			fmt.Fprintf(&want, "« %s\n", strconv.Quote(string(run)))
		} else if last == "send" {
			fmt.Fprintf(&want, "» %s\n", strconv.Quote(string(run)))
		}
		last, run = "", nil
	}
	atLine := true // what was expected ended a line
	for _, s := range steps {
		if s.kind != last {
			flush()
		}
		switch s.kind {
		case "expect":
			if pattern := c.pattern(s.text, atLine); pattern != "" {
				fmt.Fprintf(&b, "expect %s %s\n", actor, pattern)
			}
			atLine = bytes.HasSuffix(s.text, []byte("\n"))
			last, run = s.kind, append(run, []byte(c.here(s.text))...)
		case "send":
			fmt.Fprintf(&b, "send %s %s\n", actor, script.Quote(script.Escaped(s.text)))
			last, run = s.kind, append(run, s.text...)
		case "exited":
			fmt.Fprintf(&b, "exited %s %s\n", actor, s.text)
		default:
			fmt.Fprintf(&b, "%s %s\n", s.kind, actor)
		}
	}
	flush()
	if !c.over() {
		b.WriteString("# The capture ends here, and the conversation goes on.\n")
	}
	compares := !atOnce
	if compares {
		fmt.Fprintf(&b, "\n# To the byte, that was all.\nscreen %s\npick stdout '^[«»] \"'\ncmp stdout %s.want\n", actor, actor)
	} else {
		notes = append(notes, "both sides spoke at the same time: in which order is chance, and the script doesn't compare it")
	}
	if p.Command != nil {
		b.WriteString("\n# The program ends, and showed this.\n")
		if p.Exit == "" {
			fmt.Fprintf(&b, "signal %s KILL\nexited %[1]s KILL\n", program)
		} else {
			fmt.Fprintf(&b, "exited %s %s\n", program, p.Exit)
		}
		fmt.Fprintf(&b, "screen %s\ncmp stdout %[1]s.want\n", program)
	}
	if compares {
		fmt.Fprintf(&b, "-- %s.want --\n%s", actor, want.String())
	}
	return b.String(), notes, nil
}

// steps are what a side did, and when: it sent once it had received what its
// acknowledgements say. atOnce is true if the other side spoke before it had heard
// what comes first in the steps.
func (c *Conversation) steps(mine, other *Half) (steps []step, atOnce bool) {
	heard, ended := 0, false
	upTo := func(ack int) {
		if to := min(max(ack, heard), len(other.Data)); to > heard {
			steps = append(steps, step{"expect", other.Data[heard:to]})
			heard = to
		}
		if other.FIN && !ended && ack > len(other.Data) {
			ended = true
			steps = append(steps, step{"exited", []byte("closed")})
		}
	}
	sent := 0
	begin := -1 // of the write
	for i, p := range mine.pieces {
		if begin < 0 {
			begin = sent
			upTo(p.ack)
		}
		last := i == len(mine.pieces)-1
		if p.push || last || mine.pieces[i+1].ack > p.ack {
			for _, theirs := range other.pieces {
				if theirs.end > heard && theirs.ack >= 0 && theirs.ack < p.end {
					atOnce = true
				}
			}
			steps = append(steps, step{"send", mine.Data[begin:p.end]})
			begin = -1
		}
		sent = p.end
	}
	if mine.FIN {
		upTo(mine.endAck)
		steps = append(steps, step{"eof", nil})
	}
	upTo(len(other.Data))
	switch {
	case other.RST && !(mine.FIN && other.FIN):
		steps = append(steps, step{"exited", []byte("reset")})
	case other.FIN && !ended:
		steps = append(steps, step{"exited", []byte("closed")})
	}
	if mine.RST && !(mine.FIN && other.FIN) && !other.RST {
		steps = append(steps, step{"reset", nil})
	}
	return steps, atOnce
}

// longest is the most of a text that a pattern has, in bytes.
const longest = 120

// pattern is a word that matches a text, or the end of a long one. The server's address
// is the script's own. It is "" if no pattern can: half a character.
func (c *Conversation) pattern(text []byte, atLine bool) string {
	// An expectation waits for the rest of a character.
	for cut := 1; cut <= 3 && cut <= len(text); cut++ {
		if tail := text[len(text)-cut:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				text = text[:len(text)-cut]
			}
			break
		}
	}
	if len(text) > longest {
		text, atLine = text[len(text)-longest:], false
		for len(text) > 0 && !utf8.RuneStart(text[0]) {
			text = text[1:]
		}
		if at := bytes.IndexByte(text, '\n'); at >= 0 && at < len(text)-1 {
			text, atLine = text[at+1:], true
		}
	}
	if len(text) == 0 {
		return ""
	}
	word := ""
	if atLine {
		word = "^"
	}
	parts := bytes.Split(text, []byte(c.Halves[1].Addr.String()))
	for i, part := range parts {
		if i > 0 {
			word = script.Quote(word)
			return c.joined(word, parts[i:])
		}
		word += script.Literal(part)
	}
	return "'" + strings.ReplaceAll(word, "'", "''") + "'"
}

func (c *Conversation) joined(word string, parts [][]byte) string {
	for _, part := range parts {
		word += "${ADDR@R}"
		if len(part) > 0 {
			word += script.Quote(script.Literal(part))
		}
	}
	return word
}

// here is a text with the server's address as transcripts show the script's own.
func (c *Conversation) here(text []byte) string {
	return strings.ReplaceAll(string(text), c.Halves[1].Addr.String(), "127.0.0.1:8000")
}

var variable = regexp.MustCompile(`\$(?:ADDR|HOST|PORT)\b|\$\{(?:ADDR|HOST|PORT)\}`)

// words is a command as a script has it, with the server's address as the script's own.
func (c *Conversation) words(command []string) string {
	var all []string
	for _, word := range command {
		word = strings.ReplaceAll(word, c.Halves[1].Addr.String(), "$ADDR")
		made, from := "", 0
		for _, at := range variable.FindAllStringIndex(word, -1) {
			if at[0] > from {
				made += script.Quote(word[from:at[0]])
			}
			made += word[at[0]:at[1]]
			from = at[1]
		}
		if from < len(word) || word == "" {
			made += script.Quote(word[from:])
		}
		all = append(all, made)
	}
	return strings.Join(all, " ")
}

// oneLine is a text without what a comment can't have.
func oneLine(text string) string {
	quoted := strconv.Quote(text)
	return quoted[1 : len(quoted)-1]
}
