package byhand

import (
	"path"
	"slices"
	"strconv"
	"strings"
)

// A call is what nc does where it has no more than an address: it becomes a bare socket.
type call struct {
	addr       string // as a script has it
	listens    bool
	halfCloses bool // at the end of its input
	taken      bool // somebody has called, and accept is written
	closed     bool // it has ended its half
}

// callOf is the call of a command, or nil.
func callOf(words []string) *call {
	name := path.Base(words[0])
	if !slices.Contains([]string{"nc", "ncat", "netcat"}, name) {
		return nil
	}
	c := &call{halfCloses: name == "ncat"}
	var rest []string
	for _, word := range words[1:] {
		switch word {
		case "-l":
			c.listens = true
		case "-N":
			c.halfCloses = true
		case "-n", "-p", "-4":
		default:
			rest = append(rest, word)
		}
	}
	if len(rest) == 1 && c.listens {
		rest = append([]string{"$HOST"}, rest...)
	}
	if len(rest) != 2 || strings.HasPrefix(rest[0], "-") {
		return nil
	}
	if _, err := strconv.ParseUint(rest[1], 10, 16); err != nil && rest[1] != "$PORT" {
		return nil
	}
	c.addr = rest[0] + ":" + rest[1]
	if c.addr == "$HOST:$PORT" {
		c.addr = "$ADDR"
	}
	return c
}
