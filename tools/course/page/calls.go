package page

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	language "socklab/tools/harness/script"
)

// fromCalls is what a diagram is drawn from in place of a transcript: what socket
// shells asked the kernel, and what it answered. It shows all calls of an actor, or
// those on one socket of an actor:
//
//	```mermaid from=2.4-seqpacket/calls:alice,bob
//	```mermaid from=3.9-close/calls:shell.bob,shell.alice
//
// The calls and answers are those of the actors' screens, which each play compares.
// Their order is that of the script.
const fromCalls = "calls:"

// kernel is the party that the shells ask.
const kernel = "kernel"

// A caller is a party of such a diagram.
type caller struct{ actor, socket, name string }

// callersOf are the callers that a fence draws; nil if it draws something else.
func (f fence) callersOf() (callers []caller) {
	_, member, _ := strings.Cut(f.from, "/")
	names, is := strings.CutPrefix(member, fromCalls)
	if !is || names == "" {
		return nil
	}
	several := map[string]int{} // sockets of an actor
	for _, name := range strings.Split(names, ",") {
		actor, socket, _ := strings.Cut(name, ".")
		several[actor]++
		callers = append(callers, caller{actor, socket, actor})
	}
	for i, c := range callers {
		if several[c.actor] > 1 {
			callers[i].name = cmp.Or(c.socket, c.actor)
		}
	}
	return callers
}

// A call is one on an actor's screen: what was typed, and the answer.
type call struct{ typed, answer string }

// screenCalls are the calls of a screen.
func screenCalls(screen []string) (calls []call) {
	for _, line := range screen {
		if typed, is := strings.CutPrefix(line, "» "); is {
			typed, _, _ = strings.Cut(typed, "  # ")
			calls = append(calls, call{typed: typed})
		} else if answer, is := strings.CutPrefix(line, "= "); is && len(calls) > 0 {
			calls[len(calls)-1].answer = answer
		}
	}
	return calls
}

// conversationOfCalls are the calls of a fence's callers as messages to and from the
// kernel.
func (c *checker) conversationOfCalls(stem string, callers []caller) ([]message, error) {
	s, err := c.openScript(stem)
	if err != nil {
		return nil, err
	}
	left := map[string][]call{} // of each actor, those that were not typed yet
	for _, who := range callers {
		screen, err := c.source(stem + "/" + who.actor + ".want")
		if err != nil {
			return nil, err
		}
		left[who.actor] = screenCalls(screen)
	}
	var messages []message
	type waiting struct {
		at            int // of its message
		asked, answer message
	}
	waits := map[string]waiting{} // actors that wait for an answer
	for _, line := range lines(s.archive.Comment) {
		words, _ := language.Split(line)
		if len(words) < 2 {
			continue
		}
		for actor, w := range waits {
			if words[0] == "expect" && slices.Contains(words[1:], actor) {
				if w.at < len(messages)-1 { // others called meanwhile
					messages[w.at] = w.asked
					messages = append(messages, w.answer)
				}
				delete(waits, actor)
			}
		}
		if !slices.Contains([]string{"send", "key", "eof"}, words[0]) {
			continue
		}
		actor := slices.IndexFunc(words[1:], func(word string) bool { return left[word] != nil })
		if actor < 0 {
			continue
		}
		name := words[1+actor]
		if len(left[name]) == 0 {
			continue // its screen was compared before
		}
		typed := left[name][0]
		left[name] = left[name][1:]
		for _, who := range callers {
			if who.actor != name {
				continue
			}
			if asked, answer, both, is := who.asks(typed); is {
				waits[name] = waiting{len(messages), asked, answer}
				messages = append(messages, both)
				break
			}
		}
	}
	for _, who := range callers {
		if !slices.ContainsFunc(messages, func(m message) bool { return m.from == who.name || m.to == who.name }) {
			return nil, fmt.Errorf("%s asks nothing on its screen", strings.TrimSuffix(who.actor+"."+who.socket, "."))
		}
	}
	return messages, nil
}

var (
	madeSocket = regexp.MustCompile(`^[\w, ]+= socket(pair)? `)
	assigned   = regexp.MustCompile(`^(\w+) = `)
	failedCall = regexp.MustCompile(`^(?:-1 )?(?:\d+ )?(E[A-Z]+)(?: \d+)?(?: \([^()]*\))?(?:[:,] )?(.*)$`)
	takesOut   = regexp.MustCompile(`^(recv|read|accept|get|poll)`)
)

// asks is a call as a message, its answer as another, and both as one; false if it is
// not on the caller's socket.
func (who caller) asks(c call) (asked, answer, both message, is bool) {
	typed := c.typed
	if madeSocket.MatchString(typed) {
		return asked, answer, both, false
	}
	made := ""
	if found := assigned.FindStringSubmatch(typed); found != nil {
		typed, made = typed[len(found[0]):], found[1]
	}
	name, rest, _ := strings.Cut(typed, " ")
	socket, rest, _ := strings.Cut(rest, " ")
	switch {
	case who.socket == "":
	case socket == who.socket && who.name == who.socket:
		typed = strings.TrimSpace(name + " " + rest)
	case socket != who.socket && made != who.socket:
		return asked, answer, both, false
	}
	asked = message{who.name, kernel, "->>", typed}
	if typed == "^D" {
		asked.what, asked.arrow = "leaves", "-->>"
	}
	both, said := asked, c.answer
	if failed := failedCall.FindStringSubmatch(said); failed != nil {
		both.arrow, said = "-x", failed[1]
		if failed[2] != "" {
			said += ", " + failed[2]
		}
	} else if takesOut.MatchString(typed) {
		both.from, both.to = kernel, who.name
	}
	answer = message{kernel, who.name, "->>", "= " + said}
	if said != "" {
		both.what += " = " + said
	}
	if r := []rune(both.what); len(r) > messageMax && len([]rune(said)) < messageMax/2 {
		both.what = shortenTo(typed, messageMax-len([]rune(said))-len("… = ")) + " = " + said
	}
	both.what = shortenTo(both.what, messageMax)
	return asked, answer, both, true
}

// callsDrawn draws a fence's calls, with the kernel in the middle.
func (c *checker) callsDrawn(f fence) ([]string, error) {
	stem, _, _ := strings.Cut(f.from, "/")
	callers := f.callersOf()
	messages, err := c.conversationOfCalls(stem, callers)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.from, err)
	}
	var parties []string
	for _, who := range callers {
		parties = append(parties, who.name)
	}
	return draw(slices.Insert(parties, (len(parties)+1)/2, kernel), messages, f.most)
}
