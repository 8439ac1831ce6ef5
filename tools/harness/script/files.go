//go:build unix

package script

import (
	"fmt"
	"math"
	"regexp"
	"strings"
)

// pattern reads a pattern in which ^ and $ are the ends of a line.
func (c *command) pattern(text string) *regexp.Regexp {
	p, err := regexp.Compile("(?m)" + text)
	if err != nil {
		c.ts.Fatalf("%s: pattern: %v", c.name, err)
	}
	return p
}

var pickUsage = Usage{
	Name:    "pick",
	Args:    "[-once] [-part] FILE PATTERN",
	Summary: "write the lines of a file that match to stdout",
	Detail: `FILE may be stdout or stderr: what the last command wrote. The $ of PATTERN stands
before the newline, as in a plain regexp. With pick and replace a script removes
what differs from run to run before it compares.

  - -once: write equal lines once.
  - -part: write each match, on a line of its own.`,
	Example: `pick -once stdout 'RST$'`,
	run:     (*command).pick,
}

func (c *command) pick() {
	once := c.flags.Bool("once", false, "")
	part := c.flags.Bool("part", false, "")
	c.parse(2, 2)
	text, pattern := c.ts.ReadFile(c.args[0]), c.pattern(c.args[1])
	var picked []string
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if *part {
			picked = append(picked, pattern.FindAllString(line, -1)...)
		} else if pattern.MatchString(line) {
			picked = append(picked, line)
		}
	}
	seen := map[string]bool{}
	for _, line := range picked {
		if !*once || !seen[line] {
			fmt.Fprintln(c.ts.Stdout(), line)
		}
		seen[line] = true
	}
}

var replaceUsage = Usage{
	Name:    "replace",
	Args:    "FILE PATTERN TEXT [PATTERN TEXT]...",
	Summary: "write a file to stdout, with each match replaced",
	Detail: `FILE and PATTERN are those of pick. In TEXT, ${1} is what the first group matched.
Each further PATTERN is applied to the result of the one before.`,
	Example: `replace stdout '[0-9]+ callers' 'N callers'`,
	run:     (*command).replace,
}

func (c *command) replace() {
	c.parse(3, math.MaxInt)
	text, changes := c.ts.ReadFile(c.args[0]), c.args[1:]
	if len(changes)%2 != 0 {
		c.misused()
	}
	for i := 0; i < len(changes); i += 2 {
		text = c.pattern(changes[i]).ReplaceAllString(text, changes[i+1])
	}
	fmt.Fprint(c.ts.Stdout(), text)
}
