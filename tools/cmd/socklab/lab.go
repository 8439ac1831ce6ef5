package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"socklab/tools/course/lab"
)

const labUsage = `usage: socklab lab N.M [HOST] [-- COMMAND [ARG...]]

Opens a shell ($SHELL, else sh) on a private network for a lesson, on which all
ports are free. The same in another terminal opens a shell on the same network.
If the lesson's script has hosts, HOST is one of them; without HOST you are
beside them, where their cables end. With COMMAND it runs that in the place of
the shell.

The network ends with the last shell, and all that still runs on it. It needs
Linux, and no root.

Exit codes: the shell's or the command's; 1 failed, 2 wrong arguments, 3 this
system refuses such networks (socklab doctor says what to type).
`

// labs is socklab lab.
func labs(args []string) int {
	if code, is := lab.Keeper(); is {
		return code
	}
	words, command := args, []string(nil)
	if at := slices.Index(args, "--"); at >= 0 {
		if words, command = args[:at], args[at+1:]; len(command) == 0 {
			return misused("lab", labUsage, "want a command behind --")
		}
	}
	for _, w := range words {
		if w == "-h" || w == "-help" || w == "--help" {
			return say(labUsage)
		}
		if strings.HasPrefix(w, "-") {
			return misused("lab", labUsage, "no flag %.100q", w)
		}
	}
	if len(words) > 2 {
		return misused("lab", labUsage, "want a lesson and perhaps a host, got %d words: %.200q; a command stands behind --", len(words), words)
	}
	_, lesson, c, code := lessonOf("lab", labUsage, words[:min(1, len(words))])
	if code != 0 {
		return code
	}
	script, err := fs.ReadFile(c.Files, lesson.Script())
	if err != nil {
		return unlabbed(1, err)
	}
	l, err := lab.Of(lesson.Number, script)
	if err != nil {
		return unlabbed(1, err)
	}
	host := ""
	if len(words) == 2 {
		host = words[1]
		if err := l.Check(host); err != nil {
			return unlabbed(2, err)
		}
	}
	run := lab.Command{Host: host, Args: command, Env: append(os.Environ(), "SOCKLAB_LAB="+strings.Join(words, " "))}
	if command == nil {
		run.Args, run.Terminal = []string{shell()}, true
		run.Env = append(slices.DeleteFunc(run.Env, func(v string) bool { return strings.HasPrefix(v, "PS1=") }),
			"PS1=(lab "+strings.Join(words, " ")+") "+prompt())
	}
	if run.Path, err = exec.LookPath(run.Args[0]); err == nil {
		run.Path, err = filepath.Abs(run.Path)
	}
	if err == nil {
		run.Dir, err = os.Getwd()
	}
	if err != nil {
		return unlabbed(127, err)
	}
	m, err := lab.Join(l)
	if errors.Is(err, lab.ErrRefused) {
		code := unlabbed(3, err)
		fmt.Fprintf(os.Stderr, "socklab lab: hint: %s doctor says what to type; without a lab, type the lesson's other lines\n", c.typed)
		return code
	}
	if err != nil {
		return unlabbed(1, err)
	}
	defer m.Close()
	if command == nil {
		fmt.Fprint(os.Stderr, welcome(c, l, host, m.First))
	}
	code, err = inside(m, run)
	if err != nil {
		return unlabbed(cmp.Or(code, 1), err)
	}
	return code
}

// unlabbed says why there is no lab.
func unlabbed(code int, err error) int {
	fmt.Fprintln(os.Stderr, "socklab lab:", err)
	return code
}

// shell is the learner's.
func shell() string {
	if its := os.Getenv("SHELL"); its != "" {
		if _, err := exec.LookPath(its); err == nil {
			return its
		}
	}
	return "sh"
}

// prompt is that of the learner's shell, as far as it can be known. Whose rc files set
// another has that.
func prompt() string {
	usual := "$ "
	if os.Getuid() == 0 {
		usual = "# "
	}
	return cmp.Or(os.Getenv("PS1"), usual)
}

// welcome says where one is, and how to leave.
func welcome(c setting, l lab.Lab, host string, first bool) string {
	p := newPaper()
	where := "a network of your own; all its ports are free."
	if !first {
		where = "the network of your other terminal."
	}
	var names []string
	for _, h := range l.Hosts {
		names = append(names, h.Name)
		if h.Name == host {
			where = "you are on the host " + host + ", " + h.Cards[0][0].Addr().String() + "."
		}
	}
	if host == "" && names != nil {
		where += " Hosts: " + strings.Join(names, ", ") + "."
	}
	p.line("", "Lab "+l.Lesson+": "+where)
	p.line("", "Leave with exit. In a second terminal: "+c.typed+" lab "+strings.TrimSpace(l.Lesson+" "+host))
	return p.String()
}
