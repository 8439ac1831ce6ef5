//go:build unix

package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"socklab/tools/course/programs"
	"socklab/tools/harness/lsp"
	"socklab/tools/harness/report"
	"socklab/tools/harness/script"
)

const lspUsage = `usage: socklab lsp

Answers an editor about scripts, on stdin and stdout (Language Server Protocol
3.17): what lint finds, what a command does, which names fit, and "Play" above a
script. Editors start it; tools/editors has an extension for VS Code.

Exit codes: 0 the editor said goodbye (shutdown, then exit), 1 it did not, or
sent what is no message, 2 wrong arguments.
`

// playTime is how long a script may be played for an editor.
const playTime = 2 * time.Minute

// answersEditor is socklab lsp.
func answersEditor(args []string) int {
	words, code, ok := parse("lsp", lspUsage, flag.NewFlagSet("lsp", flag.ContinueOnError), args)
	switch {
	case !ok:
		return code
	case len(words) > 0:
		return misused("lsp", lspUsage, "takes no argument, and %.100q is one", words[0])
	case term.IsTerminal(int(os.Stdin.Fd())):
		return misused("lsp", lspUsage, "stdin is a terminal: an editor starts this")
	}
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // an error of the write
	return lsp.Serve(os.Stdin, os.Stdout, os.Stderr, lsp.Options{Programs: programs.List, Play: playForEditor})
}

// playForEditor plays a script as socklab play does, in a process of its own.
func playForEditor(ctx context.Context, file string) lsp.Played {
	name := visible(filepath.Base(file))
	could := func(err error) lsp.Played {
		return lsp.Played{Message: fmt.Sprintf("%s: could not tell: %s", name, visible(err.Error()))}
	}
	own, err := os.Executable()
	if err != nil {
		return could(err)
	}
	dir, err := os.MkdirTemp("", "socklab-lsp-")
	if err != nil {
		return could(err)
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithTimeout(ctx, playTime)
	defer cancel()
	told := filepath.Join(dir, "report.json")
	cmd := exec.CommandContext(ctx, own, "play", "-timeout", (playTime - 10*time.Second).String(), "-report", "json="+told, file)
	cmd.Dir = filepath.Dir(file)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	var says bytes.Buffer // a line for each script, and what is wrong with the arguments
	cmd.Stderr = &says
	ran := cmd.Run()
	text, err := os.ReadFile(told)
	var plays []report.Play
	if err == nil {
		err = json.Unmarshal(text, &plays)
	}
	if err != nil || len(plays) != 1 {
		first, _, _ := strings.Cut(strings.TrimSpace(says.String()), "\n")
		return could(fmt.Errorf("%s (%v)", cmp.Or(first, "it said nothing"), ran))
	}
	p := plays[0]
	played := lsp.Played{Passed: p.Verdict == script.Passed, Message: fmt.Sprintf("%s: %s", name, p.Verdict)}
	switch {
	case p.Failure != nil:
		played.Line = p.Failure.Line
		played.Message += ": " + visible(p.Failure.Headline(script.View{}))
	case p.Reason != "":
		played.Message += ": " + visible(p.Reason)
	}
	return played
}
