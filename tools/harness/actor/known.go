//go:build unix

package actor

import (
	"fmt"
	"slices"
	"strings"

	"socklab/tools/harness/procfs"
)

// Known are processes with their command lines, read while they lived.
type Known []knownProcess

type knownProcess struct {
	pid     int
	command string
}

// Processes reads the command lines of processes.
func Processes(pids []int) (all Known) {
	for _, pid := range pids {
		all = append(all, knownProcess{pid, commandLine(procfs.Arguments(pid))})
	}
	return all
}

// Only returns the processes with these numbers.
func (k Known) Only(pids []int) Known {
	return slices.DeleteFunc(slices.Clone(k), func(p knownProcess) bool { return !slices.Contains(pids, p.pid) })
}

// String lists the first few processes.
func (k Known) String() string {
	const most = 5
	var names []string
	for _, p := range k[:min(len(k), most)] {
		name := p.command
		if name == "" {
			name = "one"
		}
		const widest = 120
		if len(name) > widest {
			name = strings.ToValidUTF8(name[:widest], "") + "…"
		}
		names = append(names, fmt.Sprintf("%s (process %d)", strings.ReplaceAll(Visible([]byte(name)), "\n", `\n`), p.pid))
	}
	if more := len(k) - most; more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}
