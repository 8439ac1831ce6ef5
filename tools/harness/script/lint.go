//go:build unix

package script

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/rogpeppe/go-internal/txtar"

	"socklab/tools/harness/actor"
)

// A Problem is something that is wrong with a script, and can be seen without playing
// it.
type Problem struct {
	Line    int // from 1
	Message string
}

// builtin are the commands that testscript itself has.
var builtin = []string{
	"cat", "cd", "chmod", "cmp", "cmpenv", "cp", "env", "exec", "exists", "grep", "kill", "mkdir", "mv", "rm",
	"skip", "stderr", "stdin", "stdout", "stop", "symlink", "ttyin", "ttyout", "unix2dos", "unquote", "wait",
}

// Lint finds what is wrong with a script that can be seen without playing it: unknown
// commands and flags, patterns that are none, actors that are not there, programs that
// nobody reaps, files that nobody uses.
func Lint(text []byte) []Problem {
	l := newLinter()
	archive, sound := l.read(text)
	if !sound {
		return l.problems
	}
	for name, line := range l.running {
		l.line = line
		l.says("%s is never reaped: exited %[1]s, when it has ended", name)
	}
	last := strings.Count(string(archive.Comment), "\n")
	for _, f := range archive.Files {
		last++
		l.line = last
		inAnother := slices.ContainsFunc(archive.Files, func(other txtar.File) bool { return other.Name != f.Name && uses(string(other.Data), f.Name) })
		if !inAnother && !slices.ContainsFunc(l.words, func(word string) bool { return uses(word, f.Name) }) {
			l.says("no command names the file %s", f.Name)
		}
		last += strings.Count(string(f.Data), "\n")
	}
	slices.SortStableFunc(l.problems, func(a, b Problem) int { return a.Line - b.Line })
	return l.problems
}

func newLinter() *linter {
	l := &linter{usages: map[string]*Usage{}, made: map[string]int{}, running: map[string]int{}}
	for _, u := range Usages() {
		l.usages[u.Name] = u
	}
	return l
}

// read reads all commands. Of a script that is not sound nothing can be said, but for one
// whose lines end in CR LF.
func (l *linter) read(text []byte) (archive *txtar.Archive, sound bool) {
	line, why := unsound(text)
	if why != "" {
		l.line = line
		l.says("%s", strings.TrimPrefix(why, "could not tell: "))
		text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
		if _, why = unsound(text); why != "" {
			return nil, false // package txtar may panic
		}
	}
	archive = txtar.Parse(text)
	for i, line := range strings.Split(string(archive.Comment), "\n") {
		l.line = i + 1
		l.command(line)
	}
	return archive, true
}

// A Begun is a name, and the command by which a script makes it.
type Begun struct {
	Name, Command string
	Line          int // from 1
}

// Names are those that a script makes: of actors, of hosts and routers, of variables.
type Names struct {
	Actors, Hosts, Variables []Begun
}

// Named finds the names that a script makes.
func Named(text []byte) Names {
	l := newLinter()
	l.read(text)
	return l.all
}

// Builtin lists the commands that testscript itself has.
func Builtin() []string { return slices.Clone(builtin) }

// Begins reports whether a word behind a command's flags, from 0, names an actor that it
// begins.
func Begins(command string, arg int) bool {
	at, makes := makers[command]
	return makes && at == arg
}

// Takes lists the command's flags, as -t= and -q, and what stands behind them, as NAME.
func (u *Usage) Takes() (flags, places []string) {
	for _, m := range aFlag.FindAllStringSubmatch(u.Args, -1) {
		if m[2] != "" {
			m[1] += "="
		}
		flags = append(flags, "-"+m[1])
	}
	return flags, strings.Fields(aFlag.ReplaceAllString(u.Args, ""))
}

type linter struct {
	usages   map[string]*Usage
	line     int
	words    []string
	made     map[string]int // actors, and the line where each begins
	running  map[string]int // programs that were not reaped yet
	problems []Problem
	all      Names
}

func (l *linter) says(format string, args ...any) {
	l.problems = append(l.problems, Problem{l.line, fmt.Sprintf(format, args...)})
}

func (l *linter) command(line string) {
	words, closed := Split(line)
	if !closed {
		l.says("a quote isn't closed: ' ends a quoted word, '' stands for one ' within it")
	}
	l.words = append(l.words, words...)
	negated, conditional := false, false
	for len(words) > 0 && (words[0] == "!" || words[0] == "?" || strings.HasPrefix(words[0], "[")) {
		negated = negated || words[0] == "!"
		conditional = conditional || words[0][0] == '['
		words = words[1:]
	}
	if len(words) == 0 {
		return
	}
	name, args := words[0], words[1:]
	u := l.usages[name]
	switch {
	case u == nil && slices.Contains(builtin, name):
		l.builtin(name, args)
		return
	case u == nil && name == "sleep":
		l.says("%s", noSleep)
		return
	case u == nil:
		l.says("there is no command %s%s", name, l.meant(name))
		return
	case negated && u.Negated == "":
		l.says("! %s: can't be negated", name)
	}
	args, literal := l.flags(u, args)
	l.actors(name, args, conditional)
	if name == "expect" && len(args) > 1 && !literal && !varies.MatchString(args[1]) {
		if _, err := actor.NewPattern(args[1]); err != nil {
			l.says("expect %s: pattern: %v", args[0], err)
		}
	}
}

// namedGroup finds the groups of a pattern that become variables.
var namedGroup = regexp.MustCompile(`\(\?P?<([A-Za-z_][A-Za-z0-9_]*)>`)

// varies finds a variable, outside of a pattern's own use of $.
var varies = regexp.MustCompile(`\$(\{|[A-Za-z_])`)

var aFlag = regexp.MustCompile(`\[-([a-z-]+)(=[^\]]*)?\]`)

// flags checks the flags of a command, and returns the words behind them. literal is
// true if one of them says that a pattern is none.
func (l *linter) flags(u *Usage, args []string) (rest []string, literal bool) {
	takes := map[string]bool{}
	var names []string
	for _, m := range aFlag.FindAllStringSubmatch(u.Args, -1) {
		takes[m[1]] = m[2] != ""
		names = append(names, "-"+m[1])
	}
	for len(args) > 0 && strings.HasPrefix(args[0], "-") && len(args[0]) > 1 {
		word := args[0]
		args = args[1:]
		if word == "--" {
			break
		}
		name, _, has := strings.Cut(strings.TrimLeft(word, "-"), "=")
		value, known := takes[name]
		switch {
		case !known && len(names) == 0:
			l.says("%s has no flags, got %s", u.Name, word)
		case !known:
			l.says("%s has no flag %s; it has %s", u.Name, word, strings.Join(names, ", "))
		case value && !has && len(args) > 0:
			args = args[1:]
		}
		literal = literal || name == "q"
	}
	return args, literal
}

// makers are the commands that begin an actor, and which of their words is its name.
var makers = map[string]int{"spawn": 0, "dial": 0, "listen": 0, "accept": 1, "tap": 0}

// speakers are the commands whose first word is an actor.
var speakers = []string{"expect", "send", "key", "signal", "exited", "eof", "screen", "reset", "stream", "faults", "accept"}

func (l *linter) actors(name string, args []string, conditional bool) {
	if slices.Contains(speakers, name) && len(args) > 0 && l.made[args[0]] == 0 && !strings.Contains(args[0], "$") {
		l.says("%s %s: nobody of that name is there yet%s", name, args[0], near(args[0], l.names()))
	}
	if at, makes := makers[name]; makes && len(args) > at && !strings.Contains(args[at], "$") {
		l.made[args[at]] = l.line
		l.all.Actors = append(l.all.Actors, Begun{args[at], name, l.line})
		if name == "spawn" && !conditional {
			l.running[args[at]] = l.line
		}
	}
	if (name == "host" || name == "router") && len(args) > 0 {
		l.all.Hosts = append(l.all.Hosts, Begun{args[0], name, l.line})
	}
	if name == "tap" && len(args) > 2 {
		l.all.Variables = append(l.all.Variables, Begun{args[2], name, l.line})
	}
	if name == "expect" && len(args) > 1 {
		for _, m := range namedGroup.FindAllStringSubmatch(args[1], -1) {
			l.all.Variables = append(l.all.Variables, Begun{m[1], name, l.line})
		}
	}
	if name == "exited" && len(args) > 0 {
		delete(l.running, args[0])
	}
}

func (l *linter) names() (all []string) {
	for name := range l.made {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// builtin checks a command of testscript's.
func (l *linter) builtin(name string, args []string) {
	switch {
	case name == "env":
		for _, arg := range args {
			if name, _, sets := strings.Cut(arg, "="); sets {
				l.all.Variables = append(l.all.Variables, Begun{name, "env", l.line})
			}
		}
	case name == "exec" && len(args) > 0 && path.Base(args[0]) == "sleep":
		l.says("sleep is luck: wait for what happens: expect, accept, exited")
	case slices.Contains([]string{"stdout", "stderr", "grep"}, name):
		for len(args) > 0 && strings.HasPrefix(args[0], "-") {
			args = args[1:]
		}
		if len(args) > 0 && !varies.MatchString(args[0]) {
			if _, err := regexp.Compile(`(?m)` + args[0]); err != nil {
				l.says("%s: pattern: %v", name, err)
			}
		}
	}
}

// meant says which command somebody may have meant.
func (l *linter) meant(name string) string {
	all := slices.Clone(builtin)
	for known := range l.usages {
		all = append(all, known)
	}
	slices.Sort(all)
	return near(name, all)
}

// near says which of some names is most like one, if any is.
func near(name string, names []string) string {
	var like []string
	for _, other := range names {
		if d := levenshtein.ComputeDistance(name, other); d < 3 && d < len(name) {
			like = append(like, other)
		}
	}
	if len(like) == 0 {
		return ""
	}
	// Letters change places more often than they are lost.
	least := func(other string) int {
		longer := len(other) - len(name)
		return 2*levenshtein.ComputeDistance(name, other) + max(longer, -longer)
	}
	return "; did you mean " + slices.MinFunc(like, func(a, b string) int { return least(a) - least(b) }) + "?"
}

// uses reports whether a word names a file, or a folder that it is in.
func uses(word, file string) bool {
	for file = path.Clean(file); file != "." && file != "/"; file = path.Dir(file) {
		if strings.Contains(word, file) {
			return true
		}
	}
	return false
}
