//go:build unix

package main

import (
	"flag"
	"fmt"
	"os"

	"socklab/tools/harness/script"
)

const lintUsage = `usage: socklab lint FILE.txtar|DIR...

What is wrong with scripts and can be seen without playing them, a line each:
unknown commands and flags, patterns that are none, actors that are not there,
programs that nobody reaps, files that nobody uses.

Exit codes: 0 nothing was found, 1 something was, 2 wrong arguments.
`

// lint is socklab lint.
func lint(args []string) int {
	words, code, ok := parse("lint", lintUsage, flag.NewFlagSet("lint", flag.ContinueOnError), args)
	if !ok {
		return code
	}
	if len(words) == 0 {
		return misused("lint", lintUsage, "want files or folders")
	}
	var b batch
	if err := b.choose(words); err != nil {
		fmt.Fprintln(os.Stderr, "socklab lint:", err)
		return codeMisused
	}
	for _, file := range b.files {
		text, err := os.ReadFile(file)
		if err != nil {
			fmt.Fprintln(os.Stderr, "socklab lint:", err)
			return codeFailed
		}
		for _, p := range script.Lint(text) {
			code = codeFailed
			if say(fmt.Sprintf("%s:%d: %s\n", visible(file), p.Line, visible(p.Message))) != 0 {
				return codeFailed
			}
		}
	}
	return code
}
