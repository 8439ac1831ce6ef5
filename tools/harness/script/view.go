package script

import (
	"regexp"
	"strings"
	"time"
)

// A View is how much of a failure is written. The zero value leaves nothing out.
type View struct {
	NoChance bool // without what differs from run to run: times, processes, stacks, how much was cut
	NoLimits bool // without how long waits were, and how many callers were waiting: the machine decides that, too
}

func (v View) time(d time.Duration) string {
	if v.NoChance {
		return "TIME"
	}
	return d.String()
}

// What programs, the system and testscript say is text, and so is the chance in it:
// it is found by these patterns, and by these alone.
var (
	durations = regexp.MustCompile(`\b\d+(\.\d+)?(µs|ms|s)\b`)
	pids      = regexp.MustCompile(`\(process \d+\)`)
	// How much a kernel's buffer takes, as a socket shell says it.
	amounts = regexp.MustCompile(`([=…] |… \(|and |after )[1-9]\d{3,6}( bytes| of \d+ bytes| "|\n|$)`)
	stack   = regexp.MustCompile(`^(goroutine \d+ |\[signal )`)
)

// foreign is a text that is not ours.
func (v View) foreign(text string) string {
	if !v.NoChance {
		return text
	}
	text = durations.ReplaceAllString(text, "TIME")
	text = amounts.ReplaceAllString(text, "${1}N$2")
	return pids.ReplaceAllString(text, "(process PID)")
}

// transcript is the end of one, without the stack of a crash: in Go the lines from
// its head on, in Python those below "Traceback" that are indented.
func (v View) transcript(lines []string) (shown []string) {
	inStack := false
	for _, line := range lines {
		switch {
		case !v.NoChance:
		case stack.MatchString(line):
			return append(shown, "STACK")
		case inStack && strings.HasPrefix(line, " "):
			if !strings.HasPrefix(shown[len(shown)-1], "  STACK") {
				shown = append(shown, "  STACK")
			}
			continue
		default:
			inStack = strings.HasPrefix(line, "Traceback ")
		}
		shown = append(shown, v.foreign(line))
	}
	return shown
}
