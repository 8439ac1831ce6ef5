package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"socklab/tools/cli"
	"socklab/tools/harness/byhand"
)

const recordUsage = `usage: socklab record FILE.txtar [NAME...]
       socklab record -page FILE.txtar

Do it once by hand, and it becomes a script. Opens a terminal on a network of
its own, on which all ports are free; the same in another terminal opens one
more on the same network. NAME is what the script calls who sits there. In tmux
each further NAME gets a pane. Type the commands that start programs, one a
line, and what you say to them; $ADDR is 127.0.0.1:8000, and our programs are
there by name. Leave each terminal with exit.

When the last one is left, FILE has what was done: what was typed, and before it
an expectation of what had come; how each program ended; what they all saw. nc
with nothing but an address becomes a bare socket. What is typed while the
terminal shows nothing, as a password, is written nowhere. Then the script is
played three times. Where the plays differ, it is mended, or the place is shown.
Then -page writes the beginning of a lesson's page for it, FILE.md.

Programs get whole lines, and ^C, ^\ and ^D: one that draws can't be recorded
so.

Exit codes: 0 the script passed three times, or others are still at it; 1 it did
not, 2 wrong arguments, 3 this system refuses such networks (socklab doctor says
what to type).
`

// unrecorded says what is wrong.
func unrecorded(code int, err error) int {
	fmt.Fprintln(os.Stderr, "socklab record:", cli.Visible(err.Error()))
	return code
}

// pageFor writes the beginning of a script's page.
func pageFor(file string) int {
	name := strings.TrimSuffix(file, ".txtar")
	text, err := os.ReadFile(file)
	var out *os.File
	if err == nil {
		out, err = os.OpenFile(name+".md", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	}
	if err == nil {
		_, err = out.WriteString(byhand.Page(filepath.Base(name), string(text)))
		err = errors.Join(err, out.Close())
	}
	if err != nil {
		return unrecorded(1, err)
	}
	return say(cli.Visible(name) + ".md\n")
}
