//go:build unix

package script

import "strings"

// A Part is an actor of a script, from the line that brings it in to the one that
// waits for its end, or to the script's last.
type Part struct {
	Actor       string
	First, Last int // lines, from 1
}

// Cast are the actors that a script brings in, in its order, as its text tells.
func Cast(script []byte) (all []Part) {
	lines := commandsOf(script)
	negated := func(line int) bool {
		_, command := marked(strings.Split(string(script), "\n")[line], 1)
		return strings.HasPrefix(command, "!")
	}
	for i, words := range lines {
		if len(words) < 2 {
			continue
		}
		name, args := words[0], words[1:]
		for len(args) > 0 && strings.HasPrefix(args[0], "-") {
			args = args[1:]
		}
		switch {
		case len(args) == 0:
		case name == "accept" && len(args) > 1:
			all = append(all, Part{args[1], i + 1, len(lines)})
		case name == "spawn" || name == "dial" && !negated(i):
			all = append(all, Part{args[0], i + 1, len(lines)})
		case name == "exited" && !negated(i):
			for j := range all {
				if all[j].Actor == args[0] {
					all[j].Last = i + 1
				}
			}
		}
	}
	return all
}
