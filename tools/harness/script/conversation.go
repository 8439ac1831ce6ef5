//go:build unix

package script

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"socklab/tools/harness/actor"
	"socklab/tools/harness/drawn"
	"socklab/tools/harness/procfs"
)

var expectUsage = Usage{
	Name:    "expect",
	Args:    "[-t=DURATION] [-for=DURATION] [-q] [-plain] NAME PATTERN",
	Summary: "wait for text, and consume it",
	Detail: `The match is consumed, and all text before it. Each named group of PATTERN
becomes a variable. The command fails at once when NAME has ended.

  - -q: PATTERN is literal text.
  - -plain: leave out sequences that begin with ESC, such as those that set colours.

What the terminal echoes of the script's typing never matches. Nor does a line
that a program with a line editor of its own (readline(3)) repeats exactly as it
was typed. Other repetitions, by a program whose terminal has its echo off, count
as the program's words; a failure says so.

At least the last 32 KiB of text that was not consumed are kept, and at most 64
KiB. Older text is forgotten.`,
	Negated: `fails when text that matches comes within -for=DURATION, or has come already and is not consumed. It consumes nothing. It needs -for, which expect without ! refuses. Where a program still works at the end, it watches on until all programs wait, for 3 seconds at most.`,
	Example: `expect alice '^hello (?P<who>\w+)$'`,
	run:     (*command).expect,
}

// How long ! expect watches programs that still work when its time is over, and how
// often it looks: where the machine is busy, what they have to say comes late.
const (
	lateMax   = 3 * time.Second
	lateEvery = 10 * time.Millisecond
)

func (c *command) expect() {
	until := c.waiting()
	absence := c.flags.Duration("for", 0, "")
	quoted := c.flags.Bool("q", false, "")
	plain := c.flags.Bool("plain", false, "")
	c.parse(2, 2)
	p := c.participant(c.args[0])
	compile := actor.NewPattern
	if *quoted {
		compile = actor.NewLiteral
	}
	pattern, err := compile(c.args[1])
	if err != nil {
		c.ts.Fatalf("expect %s: pattern: %v%s", p.Name(), err, ofSyntax(err))
	}
	if *plain {
		pattern = pattern.Plain()
	}
	if c.neg != (*absence > 0) {
		c.ts.Fatalf("expect %s: -for says how long ! expect watches; they go together", p.Name())
	}
	if c.neg {
		end, _ := c.deadlineFor(*absence, false)
		watched := time.Until(end)
		if watched < *absence-time.Second {
			c.ts.Fatalf("! expect %s: -for=%s is longer than the test may take (go test -timeout moves it)", p.Name(), *absence)
		}
		m, came := p.Absent(pattern, watched)
		for late, busy := time.Now().Add(lateMax), true; !came && busy && time.Now().Before(late); {
			busy = c.busy() // then look once more: it may have spoken before it waited
			m, came = p.Absent(pattern, lateEvery)
		}
		if came {
			f := &Failure{Command: c.called(), Subject: p.Name(), Kind: WrongBytes, Blamed: p.Name(), Why: say("%s said %q, which must not come for %s", p.Name(), m.Text, *absence)}
			if note := maybeTyped(p, m.Text); note != "" {
				f.Notes = []Phrase{say("%s", note)}
			}
			c.fail(f, c.settled())
		}
		return
	}
	deadline, waited := until()
	forgotten := p.Forgotten() // text that is forgotten later has been compared with the pattern
	var m actor.Match
	var miss *actor.Miss
	c.waitFor(deadline, &waited, func(until time.Time) bool {
		miss = nil
		m, err = p.Expect(pattern, until)
		if !errors.As(err, &miss) || miss.Ended {
			return true
		}
		waited.untilIdle = waited.untilIdle || len(miss.Text) > 0 // -t was for the silence, which is over
		if program, is := p.Actor.(*actor.Program); is && len(miss.Text) > 0 {
			waited.speaker = program
		}
		return false
	})
	if miss != nil && miss.Open {
		m, err = p.Expect(pattern.AsItIs(), time.Now())
		c.ts.Logf("note: what comes next might have changed this match, so it waited %s: end the pattern in $, or in what follows", waited)
	} else if miss != nil {
		c.missed(p, miss, forgotten, waited)
	}
	c.ts.Check(err)
	if program, is := p.Actor.(*actor.Program); is && c.captured != nil {
		c.people.learn(program, func(host string) []procfs.Listener { return c.sides[host].Listeners() })
	}
	p.use(c.at, m)
	if note := maybeTyped(p, m.Text); note != "" {
		c.ts.Logf("note: %s", note)
	}
	for name, value := range m.Groups {
		if slices.Contains(reserved, name) {
			c.ts.Fatalf("expect %s: the group %q has the name of a variable that the script needs", p.Name(), name)
		}
		c.knowVar(name + "=")
		c.ts.Setenv(name, value)
	}
}

var sendUsage = Usage{
	Name:    "send",
	Args:    "[-n] [-keys] [-times=N] NAME TEXT [END]",
	Summary: "type a line on a terminal, or write bytes to a socket",
	Detail: `On a program's terminal it types TEXT and Enter.

  - -n: leave out Enter.
  - -keys: decode Go's escapes in TEXT and leave out Enter; '\x1b[A' is UP.

To a socket it writes TEXT, with Go's escapes decoded and no newline added.

  - -times=N: write TEXT N times over.
  - END: write this once, after TEXT. All of it goes out in one write.`,
	Example: `send mallory 'GET / HTTP/1.1\r\n'`,
	run:     (*command).send,
}

func (c *command) send() {
	bare := c.flags.Bool("n", false, "")
	keys := c.flags.Bool("keys", false, "")
	times := c.flags.Int("times", 1, "")
	c.parse(2, 3)
	p, text, end := c.participant(c.args[0]), c.args[1], ""
	if *keys {
		decoded, err := unescape(text)
		if err != nil {
			c.ts.Fatalf("send %s: %v", p.Name(), err)
		}
		if *bare || *times != 1 || len(c.args) == 3 {
			c.ts.Fatalf("send %s: -keys types TEXT alone, so there is no -n, -times or END", p.Name())
		}
		program := c.program(p)
		for key, b := range map[string]string{"^C": "\x03", `^\`: "\x1c"} {
			if strings.Contains(decoded, b) {
				p.sends(key)
			}
		}
		deadline, waited := c.deadlineFor(c.wait, false)
		c.undone(p, program.Keys(decoded, deadline), deadline, waited)
		return
	}
	if _, ok := p.Actor.(*actor.Socket); ok {
		decoded, err := unescape(text)
		if err == nil && len(c.args) == 3 {
			end, err = unescape(c.args[2])
		}
		if err != nil {
			c.ts.Fatalf("send %s: %v", p.Name(), err)
		}
		const most = 64 << 20
		if *times < 1 || *times > most/max(len(decoded), 1) {
			c.ts.Fatalf("send %s: -times=%d: want from 1 up, and no more than %d bytes in all", p.Name(), *times, most)
		}
		text = strings.Repeat(decoded, *times) + end
	} else if *times != 1 || len(c.args) == 3 {
		c.ts.Fatalf("send %s: -times and END are for sockets", p.Name())
	}
	deadline, waited := c.deadlineFor(c.wait, false)
	err := p.Send(text, !*bare, deadline)
	if _, ok := p.Actor.(*actor.Socket); ok && errors.Is(err, os.ErrDeadlineExceeded) {
		c.unsent(p, waited)
	}
	c.undone(p, err, deadline, waited)
}

// unescape decodes Go's escapes in text.
func unescape(text string) (string, error) {
	s, err := strconv.Unquote(`"` + strings.NewReplacer(`\\`, `\\`, `\"`, `\"`, `"`, `\"`).Replace(text) + `"`)
	if err != nil {
		return "", fmt.Errorf(`%q has an escape that Go does not know; \\ is a backslash`, text)
	}
	return s, nil
}

var eofUsage = Usage{
	Name:    "eof",
	Args:    "NAME",
	Summary: "end the input of a program (^D), or half-close a socket",
	Detail: `^D ends the input at the beginning of a line only. Within a line it hands over
what was typed of it. A NAME that has already ended with code 0 is no failure.`,
	Example: "eof alice",
	run:     (*command).eof,
}

func (c *command) eof() {
	c.parse(1, 1)
	p := c.participant(c.args[0])
	deadline, waited := c.deadlineFor(c.wait, true)
	err := p.CloseWrite(deadline)
	if errors.Is(err, actor.ErrEnded) {
		// A program that has exited with 0 meanwhile has no input left to end.
		if end, _ := p.Ended(c.deadline()); end.How == "0" {
			return
		}
	}
	c.undone(p, err, deadline, waited)
	if p.Silence() == actor.HandedOver {
		c.ts.Logf("note: %s", actor.HandedOver)
	}
}

var screenUsage = Usage{
	Name:    "screen",
	Args:    "[-drawn] NAME",
	Summary: "write an actor's transcript to stdout",
	Detail: `For a program, » marks what was typed. For a socket, » marks what it sent and «
what it received.

  - -drawn: write what a program's terminal shows now, as rows of text without
    colours. A program may draw, as top(1) does: TERM is dumb, so env TERM=xterm
    before it is started. Wait for the end of what it draws.

Every transcript shows $ADDR as 127.0.0.1:8000, on every network. Ports that the
kernel chose are shown as 50001, 50002 and so on, in the order in which the
script first shows them.`,
	Example: "screen alice",
	run:     (*command).screen,
}

func (c *command) screen() {
	asDrawn := c.flags.Bool("drawn", false, "")
	c.parse(1, 1)
	p := c.participant(c.args[0])
	if !*asDrawn {
		fmt.Fprint(c.ts.Stdout(), c.normalize(p.Screen()))
		return
	}
	c.name = "screen -drawn"
	c.program(p) // who has a terminal
	events := c.recording.Events()
	for _, e := range events {
		if e.Kind == "dropped" && e.Layer == "screen" && e.Actor == p.Name() {
			c.ts.Fatalf("%s %s: it has printed more than is kept: %s of the beginning are gone", c.name, p.Name(), e.Text)
		}
	}
	rows, err := drawn.Now(events, p.Name())
	if err != nil {
		c.ts.Fatalf("%s %s: %v", c.name, p.Name(), err)
	}
	for _, row := range rows {
		fmt.Fprintln(c.ts.Stdout(), c.normalize(actor.Visible([]byte(row))))
	}
}
