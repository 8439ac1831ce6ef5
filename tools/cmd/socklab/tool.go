//go:build unix

package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"socklab/tools/course/programs"
	"socklab/tools/harness/entry"
	"socklab/tools/harness/script"
)

const toolUsage = `usage: socklab tool [NAME [ARG...]]

Runs one of our programs, as go tool does in a checkout. Without a name it lists
them.
`

// tool is socklab tool.
func tool(args []string) int {
	if len(args) == 0 {
		p := newPaper()
		for _, program := range programs.List {
			p.line(fmt.Sprintf("  %-12s  ", program.Name), strings.ReplaceAll(program.Summary, "`", ""))
		}
		return say(p.String())
	}
	if slices.Contains([]string{"-h", "-help", "--help"}, args[0]) {
		return say(toolUsage)
	}
	i := slices.IndexFunc(programs.List, func(p script.Program) bool { return p.Name == args[0] })
	if i < 0 {
		return misused("tool", toolUsage, "no program %.100q; socklab tool lists them", args[0])
	}
	os.Args = args
	entry.Run(programs.List[i].Main)
	return 0
}
