package page

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"

	language "socklab/tools/harness/script"
)

const (
	minPhases, maxPhases     = 3, 6
	minCommands, maxCommands = 15, 45
)

// script is one parsed script.
type script struct {
	file    string
	data    []byte
	archive *txtar.Archive
}

func (c *checker) openScript(stem string) (*script, error) {
	file := scriptFile(stem)
	data, err := c.read(file)
	if err != nil {
		return nil, err
	}
	// NOTE: txtar.Parse panics on such a short marker, and testscript does too.
	if i := slices.Index(lines(data), "-- --"); i >= 0 {
		return nil, fmt.Errorf("line %d of %s is -- --: a member has a name, as in -- alice.want --", i+1, file)
	}
	archive := txtar.Parse(data)
	return &script{file, data, archive}, text(file, archive.Comment)
}

// readScript reads a script. If it can't be read, it returns nil, and reports the
// problem unless the script doesn't exist.
func (c *checker) readScript(stem string) *script {
	if !c.exists(scriptFile(stem)) {
		return nil
	}
	s, err := c.openScript(stem)
	if err != nil {
		c.add(scriptFile(stem), 0, "text: %v", err)
		return nil
	}
	return s
}

// script reports a script that is too short or too long, has no phases, sleeps, or
// has unused members.
func (c *checker) script(s *script) {
	c.ends(s.file, s.archive.Comment)
	var args []string
	phases, commands := 0, 0
	empty := 0 // line of a phase that has had no command yet
	for i, line := range lines(s.archive.Comment) {
		if strings.HasPrefix(line, "#") {
			if empty > 0 {
				c.add(s.file, empty, "script: no command follows this phase: say it in one line, or remove it")
			}
			if !strings.HasPrefix(line, "# ") || strings.TrimSpace(line[1:]) == "" {
				c.add(s.file, i+1, "script: %.200q isn't a phase: write # and what happens in it, one sentence", line)
			}
			phases++
			empty = i + 1
			continue
		}
		words, closed := language.Split(line)
		if !closed {
			c.add(s.file, i+1, "script: a quote isn't closed: ' ends a quoted argument, '' stands for one ' within it")
		}
		if len(words) == 0 {
			continue
		}
		if !guards(words) {
			commands++
		}
		empty = 0
		args = append(args, words...)
		if sleeps(words) {
			c.add(s.file, i+1, "script: sleep is luck: expect what you wait for")
		}
	}
	if empty > 0 {
		c.add(s.file, empty, "script: no command follows this phase: say it in one line, or remove it")
	}
	if phases < minPhases || phases > maxPhases {
		c.add(s.file, 0, "script: %d phases (lines that begin with #): a script has %d to %d", phases, minPhases, maxPhases)
	}
	if commands < minCommands || commands > maxCommands {
		c.add(s.file, 0, "script: %d command lines: a script has %d to %d", commands, minCommands, maxCommands)
	}
	for _, f := range s.archive.Files {
		if !slices.ContainsFunc(args, func(arg string) bool { return naming(arg, f.Name) }) {
			c.add(s.file, s.memberLine(f.Name), "script: no command names the member %s: use it, as in cmp stdout %s, or remove it", f.Name, f.Name)
		}
	}
}

func (s *script) memberLine(name string) int {
	for i, line := range lines(s.data) {
		inner, ok := strings.CutPrefix(line, "-- ")
		if inner, closed := strings.CutSuffix(inner, " --"); ok && closed && strings.TrimSpace(inner) == name {
			return i + 1
		}
	}
	return 0
}

// guards reports whether a command only checks whether the script can be played.
func guards(words []string) bool {
	return words[0] == "needs" || len(words) > 1 && strings.HasPrefix(words[0], "[") && slices.Contains(words, "skip")
}

// sleeps reports whether a command waits for a time instead of an event.
func sleeps(words []string) bool {
	for len(words) > 0 && (words[0] == "!" || words[0] == "?" || strings.HasPrefix(words[0], "[")) {
		words = words[1:]
	}
	if len(words) == 0 {
		return false
	}
	if words[0] != "exec" && words[0] != "spawn" {
		return words[0] == "sleep"
	}
	return slices.ContainsFunc(words[1:], func(arg string) bool { return holds(arg, "sleep", "") })
}

// naming reports whether arg names the member or a directory of it, as a whole or as
// a part such as $WORK/nginx.conf.
func naming(arg, member string) bool {
	member = path.Clean(member)
	if holds(arg, member, "") {
		return true
	}
	for dir := path.Dir(member); dir != "." && dir != "/"; dir = path.Dir(dir) {
		if holds(arg, dir, "/") {
			return true
		}
	}
	return false
}

// holds reports whether name is in arg and is not part of a longer name. end may
// follow it.
func holds(arg, name, end string) bool {
	for from := 0; ; {
		i := strings.Index(arg[from:], name)
		if i < 0 {
			return false
		}
		before, after := arg[:from+i], arg[from+i+len(name):]
		after = strings.TrimPrefix(after, end)
		if (before == "" || !nameByte(before[len(before)-1])) &&
			(after == "" || !nameByte(after[0]) && after[0] != '/') {
			return true
		}
		from += i + 1
	}
}

func nameByte(b byte) bool {
	return b >= 0x80 || b == '.' || b == '_' || b == '-' ||
		'0' <= b && b <= '9' || 'A' <= b && b <= 'Z' || 'a' <= b && b <= 'z'
}
