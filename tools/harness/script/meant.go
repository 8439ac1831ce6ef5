//go:build unix

package script

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// noSleep is what a script is told that wants to sleep.
const noSleep = "there is no sleep: it is luck. Wait for what happens: expect, accept, exited"

// networks are those of dial and listen.
var networks = []string{"tcp", "tcp4", "tcp6", "udp", "udp4", "udp6", "unix", "unixgram", "unixpacket"}

var aVariable = regexp.MustCompile(`\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:@R)?\})`)

// variables are those that a line names, outside of quotes.
func variables(line string) (names []string) {
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			continue
		}
		part, comment, _ := strings.Cut(part, "#")
		for _, m := range aVariable.FindAllStringSubmatch(part, -1) {
			names = append(names, m[1]+m[2])
		}
		if comment != "" {
			break
		}
	}
	return names
}

// mustBeSet fails a command that names a variable which nobody has set: testscript
// puts nothing in its place.
func (c *command) mustBeSet() {
	for _, name := range variables(c.t.text.lines[c.at]) {
		if !slices.Contains(c.vars, name) && c.ts.Getenv(name) == "" {
			c.ts.Fatalf("%s: nobody has set $%s%s", c.called(), name, near("$"+name, dollars(c.vars)))
		}
	}
}

func dollars(names []string) (all []string) {
	for _, name := range names {
		all = append(all, "$"+name)
	}
	return all
}

// inDoubleQuotes says of words in double quotes that those quote nothing.
func inDoubleQuotes(words []string) string {
	if slices.ContainsFunc(words, func(word string) bool { return strings.HasPrefix(word, `"`) }) {
		return `; quotes are single, as in 'one word', and " is a character like any other`
	}
	return ""
}

// noNetwork is the failure of a command that names no network.
func noNetwork(name string) string {
	return fmt.Sprintf("%q is no network: there are %s%s", name, strings.Join(networks, ", "), near(name, networks))
}
