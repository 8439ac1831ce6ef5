package script

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"mvdan.cc/sh/v3/shell"
	"mvdan.cc/sh/v3/syntax"

	"socklab/tools/programs"
)

// Guests are programs that play instead of ours: the name of a program, and
// the command that stands in for it.
type Guests map[string][]string

// asked are the -prog flags of the test binary, as they were typed.
var asked []string

func init() {
	flag.Func("prog", "a `NAME=COMMAND`: scripts start COMMAND where they say the program NAME (may be said for several)", func(s string) error {
		asked = append(asked, s)
		return nil
	})
}

// ParseGuests reads each NAME=COMMAND. COMMAND is split as a shell does; words
// that name files may be relative to the current directory. The error says
// what is wrong with the words, or why a command can't be run.
func ParseGuests(assignments []string) (Guests, error) {
	guests := Guests{}
	for _, a := range assignments {
		name, line, found := strings.Cut(a, "=")
		if !found {
			return nil, fmt.Errorf("-prog %q: want NAME=COMMAND, as echo-server='python3 my_server.py'", a)
		}
		if err := known(name); err != nil {
			return nil, fmt.Errorf("-prog %q: %w", a, err)
		}
		if _, twice := guests[name]; twice {
			return nil, fmt.Errorf("-prog %q: there is another command for %s already", a, name)
		}
		words, err := shell.Fields(line, nil)
		if err != nil {
			return nil, fmt.Errorf("-prog %q: split as a shell does: %w", a, err)
		}
		if len(words) == 0 {
			return nil, fmt.Errorf("-prog %q: there is no command behind =", a)
		}
		for i := range words {
			words[i] = fromHere(words[i], i == 0)
		}
		if err := runnable(words[0]); err != nil {
			return nil, fmt.Errorf("-prog %q: %w", a, err)
		}
		guests[name] = words
	}
	return guests, nil
}

// known demands that name is one of our programs.
func known(name string) error {
	var names []string
	for _, p := range programs.List {
		names = append(names, p.Name)
	}
	if !slices.Contains(names, name) {
		return fmt.Errorf("no program %q; there are %s", name, strings.Join(names, ", "))
	}
	return nil
}

// fromHere makes a word that names a file absolute, for the command runs in
// another directory. So is the value of a --flag=FILE. What names a command
// names a file only with a slash, as in a shell.
func fromHere(word string, isCommand bool) string {
	if flag, value, found := strings.Cut(word, "="); found && strings.HasPrefix(word, "-") {
		return flag + "=" + fromHere(value, false)
	}
	if isCommand && !strings.Contains(word, "/") {
		return word
	}
	info, err := os.Stat(word)
	if err != nil || info.IsDir() && !strings.Contains(word, "/") {
		return word
	}
	abs, err := filepath.Abs(word)
	if err != nil {
		return word
	}
	return abs
}

// runnable says why a command can't be run.
func runnable(command string) error {
	path, err := exec.LookPath(command)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s may not be executed; chmod +x makes it a program, or name what runs it (python3 %[1]s)", command)
	case err != nil && strings.Contains(command, "/"):
		return fmt.Errorf("there is no %s", command)
	case err != nil:
		return fmt.Errorf("%s is not in PATH; is it installed? (a program of this directory is ./%[1]s)", command)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil // may be run and not be read
	}
	defer f.Close()
	first, _ := bufio.NewReader(f).ReadString('\n')
	if line, isScript := strings.CutPrefix(first, "#!"); isScript {
		if fields := strings.Fields(line); len(fields) > 0 {
			if _, err := os.Stat(fields[0]); err != nil {
				return fmt.Errorf("the first line of %s asks for %s, which is not there", command, fields[0])
			}
		}
	}
	return nil
}

// line is the guest's command, "" for our own program.
func (g Guests) line(name string) string {
	var words []string
	for _, word := range g[name] {
		words = append(words, quote(word))
	}
	return strings.Join(words, " ")
}

// guestDir is where a script's PATH finds the guests first.
const guestDir = ".guests"

// seat makes the names of programs mean the guests, for one script: for spawn,
// for exec and for whatever those start. For the guest itself the names mean
// ours again, so that it may be a debugger of ours.
func (g Guests) seat(workDir string) (dir string, err error) {
	dir = filepath.Join(workDir, guestDir)
	if err := os.Mkdir(dir, 0o777); err != nil {
		return "", err
	}
	for name := range g {
		start := fmt.Sprintf("#!/bin/sh\nPATH=${PATH#%s:}\nexec %s \"$@\"\n", quote(dir), g.line(name))
		// A program that another script starts meanwhile would have the file open
		// for writing until it runs, and as long nobody could execute it (ETXTBSY).
		syscall.ForkLock.RLock()
		err := os.WriteFile(filepath.Join(dir, name), []byte(start), 0o777)
		syscall.ForkLock.RUnlock()
		if err != nil {
			return "", err
		}
	}
	return dir, nil
}

// quote writes a word for sh(1).
func quote(word string) string {
	quoted, err := syntax.Quote(word, syntax.LangPOSIX)
	if err != nil {
		return "''" // a NUL, which no argument can have
	}
	return quoted
}
