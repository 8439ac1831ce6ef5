// Package byhand makes a script of what somebody did by hand, at several terminals.
//
// It reads events of the layer screen (package recording): start, with the words of the
// command as a script has them; out, what a program printed; in, a line that was typed,
// with its \n if it ended in Enter; unseen, a line that was typed while the terminal
// showed nothing, without its text; key; and exit.
package byhand

import (
	"bytes"
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"socklab/tools/harness/recording"
	"socklab/tools/harness/script"
)

// Address is where scripts' servers listen, on their own network.
const Address = "127.0.0.1:8000"

// A writer writes the script.
type writer struct {
	out    strings.Builder
	ours   []string // programs that need not be declared
	actors []*actor
	known  map[string]string // a value that chance chose, and the variable that has it
	notes  []string
	unseen []string // the variables for what was typed unseen
}

// An actor is a program, or a bare socket in its place.
type actor struct {
	name    string
	words   []string
	call    *call  // it is nc, and becomes a bare socket
	waiting []byte // what it printed and nobody has expected yet
	at      int64  // when the last of that came
	times   []bool // which kinds of time it has printed
	ended   string // how
	endedAt int64
	noted   bool // that is in the script
	refused bool // its call
	silent  bool // nothing was said, either way
}

// Script is a script of these events, in the order of their times. The programs ours
// need not be declared. notes say what the script leaves to its reader; ready is false
// if it can't be played before that is done.
func Script(events []recording.Event, ours []string) (text string, notes []string, ready bool) {
	w := &writer{ours: ours, known: map[string]string{}}
	events = slices.Clone(events)
	slices.SortStableFunc(events, func(a, b recording.Event) int { return cmp.Compare(a.At, b.At) })
	for _, e := range events {
		if e.Layer == "screen" {
			w.event(e, events)
		}
	}
	w.ends()
	var head strings.Builder
	if needs := w.needs(); needs != "" {
		fmt.Fprintf(&head, "needs%s\n", needs)
	}
	for _, name := range w.unseen {
		fmt.Fprintf(&head, "# What was typed unseen, as a password, is not written down: put it here.\nenv %s=\n", name)
	}
	return head.String() + w.out.String(), w.notes, w.unseen == nil
}

// needs are the programs that not every machine has.
func (w *writer) needs() (needs string) {
	var all []string
	for _, a := range w.actors {
		if a.call == nil && !slices.Contains(w.ours, a.words[0]) && !slices.Contains(all, a.words[0]) {
			all = append(all, a.words[0])
		}
	}
	for _, one := range all {
		needs += " " + script.Quote(one)
	}
	return needs
}

func (w *writer) line(format string, args ...any) { fmt.Fprintf(&w.out, format+"\n", args...) }

func (w *writer) event(e recording.Event, all []recording.Event) {
	if e.Kind == "start" {
		w.flush()
		w.start(e, all)
		return
	}
	i := slices.IndexFunc(w.actors, func(a *actor) bool { return a.name == e.Actor })
	if i < 0 {
		return
	}
	a := w.actors[i]
	switch e.Kind {
	case "out":
		w.accepts(a)
		const most = 64 << 10 // as many as an expectation sees
		a.waiting = append(a.waiting, e.Text...)
		a.waiting = a.waiting[max(0, len(a.waiting)-most):]
		a.at = e.At
		for kind, t := range times {
			a.times[kind] = a.times[kind] || t.pattern.Match(e.Text)
		}
	case "in":
		w.flush()
		w.accepts(a)
		w.types(a, string(e.Text))
	case "unseen":
		w.flush()
		name := fmt.Sprintf("UNSEEN%d", len(w.unseen)+1)
		w.unseen = append(w.unseen, name)
		w.line("send %s $%s", a.name, name)
	case "key":
		w.flush()
		w.presses(a, string(e.Text))
	case "exit":
		a.ended, a.endedAt = string(e.Text), e.At
	}
}

func (w *writer) start(e recording.Event, all []recording.Event) {
	words, _ := script.Split(string(e.Text))
	if len(words) == 0 {
		return
	}
	a := &actor{name: e.Actor, words: words, call: callOf(words), times: make([]bool, len(times)), silent: true}
	for _, other := range all {
		if other.Actor == a.name && other.At >= e.At {
			a.silent = a.silent && other.Kind != "out" && other.Kind != "in"
			a.refused = a.refused || other.Kind == "exit" && string(other.Text) != "0" && !strings.HasPrefix(string(other.Text), "SIG")
		}
	}
	w.actors = append(w.actors, a)
	if len(w.actors) > 1 {
		w.line("")
	}
	switch {
	case a.call == nil:
		w.line("# %s starts %s.\nspawn %s %s", sentence(a.name), path.Base(words[0]), a.name, e.Text)
	case a.call.listens:
		w.line("# %s listens.\nlisten %s-door tcp %s", sentence(a.name), a.name, a.call.addr)
	case a.refused && a.silent:
		w.line("# %s calls, and is refused.\n! dial %s tcp %s", sentence(a.name), a.name, a.call.addr)
		a.noted = true
	default:
		w.line("# %s calls.\ndial %s tcp %s", sentence(a.name), a.name, a.call.addr)
	}
}

// sentence begins a sentence with a name.
func sentence(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

// accepts takes the call of a bare socket that listens, before anything is said.
func (w *writer) accepts(a *actor) {
	if a.call != nil && a.call.listens && !a.call.taken {
		a.call.taken = true
		w.line("accept %s-door %[1]s", a.name)
	}
}

func (w *writer) types(a *actor, text string) {
	if a.call != nil {
		w.line("send %s %s", a.name, w.word(script.Escaped([]byte(text)), nil))
		return
	}
	line, enter := strings.CutSuffix(text, "\n")
	flag := ""
	if !enter {
		flag = "-n "
	}
	w.line("send %s%s %s", flag, a.name, w.word(line, nil))
}

func (w *writer) presses(a *actor, key string) {
	switch {
	case a.call != nil && (key == "^C" || key == "^D" && a.call.halfCloses):
		if !a.call.closed && (!a.call.listens || a.call.taken) {
			a.call.closed = true
			w.line("eof %s", a.name)
		}
	case a.call != nil: // nc keeps its half open
	case key == "^D":
		w.line("eof %s", a.name)
	default:
		w.line("key %s %s", a.name, script.Quote(key))
	}
}

// flush expects what has come so far, before something else is done. Who has ended is
// reaped.
func (w *writer) flush() {
	spoke := slices.Clone(w.actors)
	slices.SortStableFunc(spoke, func(a, b *actor) int { return cmp.Compare(a.at, b.at) })
	for _, a := range spoke {
		if a.ended == "" && len(a.waiting) > 0 {
			if pattern := w.pattern(a.waiting); pattern != "" {
				w.line("expect %s %s", a.name, pattern)
			}
		}
		a.waiting = nil
	}
	w.reapsAll()
}

// reapsAll reaps whoever has ended, in that order: the end of one may be why another
// ended.
func (w *writer) reapsAll() {
	all := slices.Clone(w.actors)
	slices.SortStableFunc(all, func(a, b *actor) int { return cmp.Compare(a.endedAt, b.endedAt) })
	for _, a := range all {
		w.reaps(a)
	}
}

func (w *writer) reaps(a *actor) {
	if a.ended == "" || a.noted {
		return
	}
	a.noted = true
	switch {
	case a.call == nil && a.ended == "0":
		w.line("exited %s", a.name)
	case a.call == nil:
		w.line("exited %s %s", a.name, strings.TrimPrefix(a.ended, "SIG"))
	case !strings.HasPrefix(a.ended, "SIG") && (!a.call.listens || a.call.taken):
		w.line("exited %s closed", a.name)
		if !a.call.closed { // nc ends, and with it its own half
			w.line("eof %s", a.name)
		}
	}
}

// ends reaps everybody, and compares what they saw.
func (w *writer) ends() {
	w.reapsAll()
	for _, a := range w.actors {
		if a.ended == "" && a.call == nil {
			w.notes = append(w.notes, a.name+" was still running at the end: there the script kills it")
			w.line("signal %s KILL\nexited %[1]s KILL", a.name)
			a.ended = "SIGKILL"
		}
	}
	shown := false
	for _, a := range w.actors {
		if a.call != nil && a.silent {
			continue
		}
		if !shown {
			w.line("\n# This is what they saw.")
			shown = true
		}
		w.line("screen %s", a.name)
		if a.call != nil { // the order of two closes is chance
			w.line("pick stdout '^[«»] \"'")
		}
		for kind, has := range a.times {
			if has {
				w.line("replace stdout '%s' %s", times[kind].pattern, times[kind].name)
			}
		}
		w.line("cmp stdout %s.want", a.name)
	}
}

// longest is the most of a line that a pattern has, in bytes.
const longest = 200

// pattern is a word that matches the end of a text: its last whole line, or the prompt
// behind it. It has as many lines as it takes to match nowhere before.
func (w *writer) pattern(text []byte) string {
	end := len(bytes.TrimRight(text, "\n"))
	if end == 0 {
		return ""
	}
	whole := end < len(text)
	tail := text[:end]
	if !whole {
		for i := 0; i < 3 && len(tail) > 0; i++ { // half a character may be there
			if r, n := utf8.DecodeLastRune(tail); r != utf8.RuneError || n != 1 {
				break
			}
			tail = tail[:len(tail)-1]
		}
	}
	from := len(tail)
	for from > 0 {
		from = bytes.LastIndexByte(tail[:from-1], '\n') + 1
		if line := append([]byte("\n"), tail[from:]...); !bytes.Contains(append([]byte("\n"), tail[:len(tail)-1]...), line) {
			break
		}
	}
	last, begin, finish := tail[from:], "^", ""
	if len(last) == 0 {
		return ""
	}
	if len(last) > longest {
		last, begin = last[len(last)-longest:], ""
		for len(last) > 0 && !utf8.RuneStart(last[0]) {
			last = last[1:]
		}
	}
	if whole {
		finish = "$"
	}
	return w.word(string(last), &edges{begin, finish})
}

// edges stand around a pattern.
type edges struct{ begin, end string }

// A chance is a kind of text that is another in each play.
type chance struct {
	name    string
	pattern *regexp.Regexp
}

// times are another in each play, and transcripts don't take them out.
var times = []chance{
	{"DATE", regexp.MustCompile(`\b\d{4}[-/]\d\d[-/]\d\d\b`)},
	{"TIME", regexp.MustCompile(`\b\d\d:\d\d:\d\d(?:[.,]\d+)?`)},
	{"DURATION", regexp.MustCompile(`\b\d+(?:\.\d+)?(?:ns|µs|us|ms|s)\b`)},
}

// ports are those that a kernel chooses by itself; transcripts take them out.
var ports = regexp.MustCompile(`((?:\d+\.\d+\.\d+\.\d+|\[[0-9a-f:.]+\]):)(3276[89]|327[7-9]\d|32[89]\d\d|3[3-9]\d{3}|[45]\d{4}|6[0-5]\d{3})\b`)

// A span is a part of a text that chance chose.
type span struct {
	from, to int
	kind     string
	pattern  string
}

// spans finds what chance chose, in order.
func spans(text string) (all []span) {
	for _, at := range ports.FindAllStringSubmatchIndex(text, -1) {
		all = append(all, span{at[4], at[5], "port", `\d+`})
	}
	for _, t := range times {
		for _, at := range t.pattern.FindAllStringIndex(text, -1) {
			all = append(all, span{at[0], at[1], strings.ToLower(t.name), strings.ReplaceAll(t.pattern.String(), `\b`, "")})
		}
	}
	slices.SortFunc(all, func(a, b span) int { return a.from - b.from })
	kept := all[:0]
	for _, s := range all {
		if len(kept) == 0 || s.from >= kept[len(kept)-1].to {
			kept = append(kept, s)
		}
	}
	return kept
}

// word is a text as a word of the script, or a pattern if there are edges. The script's
// own address, and what a pattern has found before, are variables in it. A pattern finds
// what chance chose, as a named group.
func (w *writer) word(text string, pattern *edges) string {
	literal, suffix := func(s string) string { return s }, ""
	quoted := ""
	if pattern != nil {
		literal, suffix = func(s string) string { return script.Literal([]byte(s)) }, "@R"
		quoted = pattern.begin
	}
	var b strings.Builder
	flush := func() {
		if quoted != "" {
			b.WriteString(forced(quoted, pattern != nil))
			quoted = ""
		}
	}
	plain := func(s string) {
		for i, part := range strings.Split(s, Address) {
			if i > 0 {
				flush()
				b.WriteString("${ADDR" + suffix + "}")
			}
			quoted += literal(part)
		}
	}
	from := 0
	for _, s := range spans(text) {
		value := text[s.from:s.to]
		name, known := w.known[value]
		if !known && pattern == nil {
			continue
		}
		plain(text[from:s.from])
		from = s.to
		if known {
			flush()
			b.WriteString("${" + name + suffix + "}")
			continue
		}
		name = fmt.Sprintf("%s%d", s.kind, len(w.known)+1)
		w.known[value] = name
		quoted += "(?P<" + name + ">" + s.pattern + ")"
	}
	plain(text[from:])
	if pattern != nil {
		quoted += pattern.end
	}
	flush()
	if b.Len() == 0 {
		return "''"
	}
	return b.String()
}

// forced is Quote, with quotes around every pattern.
func forced(text string, always bool) string {
	if always {
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	}
	return script.Quote(text)
}
