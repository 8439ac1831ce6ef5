//go:build unix

package script

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

// ParseGuests reads each NAME=COMMAND, as -prog has it, into Guests. COMMAND is
// split as a shell does; words that name files may be relative to the current
// directory. The error says what is wrong with the words, or why a command can't
// be run.
func (o *Options) ParseGuests(assignments []string) (Guests, error) {
	guests := Guests{}
	for _, a := range assignments {
		name, line, found := strings.Cut(a, "=")
		if !found {
			return nil, fmt.Errorf("-prog %q: want NAME=COMMAND, as echo-server='python3 my_server.py'", a)
		}
		if _, err := o.program(name); err != nil {
			return nil, fmt.Errorf("-prog %q: %w", a, err)
		}
		if _, twice := guests[name]; twice {
			return nil, fmt.Errorf("-prog %q: there is another command for %s already", a, name)
		}
		words, err := fields(line)
		if err != nil {
			return nil, fmt.Errorf("-prog %q: split as a shell does: %w", a, err)
		}
		if len(words) == 0 {
			return nil, fmt.Errorf("-prog %q: there is no command behind =", a)
		}
		for i := range words {
			words[i] = fromHere(words[i], i == 0)
			if err := there(words[i]); err != nil && i > 0 {
				return nil, fmt.Errorf("-prog %q: %w", a, err)
			}
		}
		if err := o.runnable(words); err != nil {
			return nil, fmt.Errorf("-prog %q: %w", a, err)
		}
		guests[name] = words
	}
	return guests, nil
}

// fromHere makes a word that names a file absolute, because the command runs in
// another directory; in --flag=FILE it makes FILE absolute. The command itself is a
// file only if it has a slash, as in a shell.
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

// fields splits a line as sh(1) does, with its quotes and variables.
func fields(line string) ([]string, error) {
	var words []*syntax.Word
	for word, err := range syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).WordsSeq(strings.NewReader(line)) {
		if err != nil {
			return nil, err
		}
		words = append(words, word)
	}
	return expand.Fields(&expand.Config{Env: expand.FuncEnviron(os.Getenv)}, words...)
}

// sources are the extensions of files that an interpreter or a compiler reads.
var sources = []string{".py", ".rb", ".js", ".mjs", ".ts", ".sh", ".pl", ".php", ".lua", ".jar", ".java", ".go", ".c", ".rs", ".exs", ".jl", ".awk"}

// there says why an argument that looks like a file of the guest can't be read.
func there(word string) error {
	if strings.HasPrefix(word, "-") || strings.ContainsAny(word, " \t\n=:$*") {
		return nil
	}
	first, _, isPath := strings.Cut(word, "/")
	if isPath && strings.Contains(first, ".") && first != "." && first != ".." {
		isPath = false // example.com/of/a/package
	}
	if !isPath && !slices.Contains(sources, filepath.Ext(word)) {
		return nil
	}
	info, err := os.Stat(word)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no %s%s", word, searched(word))
	case err != nil:
		return err
	case info.Mode()&fs.ModeNamedPipe != 0:
		return fmt.Errorf("%s is a named pipe; who opens it waits for whoever writes there", word)
	case filepath.Ext(word) == ".sh":
		return shellReads(word)
	}
	return nil
}

// shellReads says why a shell would misread a file that an editor has saved.
func shellReads(file string) error {
	first := head(file)
	line, _, ended := bytes.Cut(first, []byte("\n"))
	switch {
	case bytes.HasPrefix(first, utf8Mark):
		return fmt.Errorf("%s begins with a byte order mark, which a shell takes for a command; save it as UTF-8 without one", file)
	case ended && bytes.HasSuffix(line, []byte("\r")):
		return fmt.Errorf("the first line of %s ends in CR LF, as on Windows, and to a shell CR is a part of it; save it with line ends of LF alone", file)
	}
	return nil
}

// head is the first 256 bytes of a file, nil if it can't be read.
func head(file string) []byte {
	if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
		return nil // to open a named pipe would block
	}
	f, err := os.Open(file)
	if err != nil {
		return nil
	}
	defer f.Close()
	first, _ := io.ReadAll(io.LimitReader(f, 256))
	return first
}

// runnable says why a command can't be run.
func (o *Options) runnable(words []string) error {
	command := words[0]
	if info, err := os.Stat(command); err == nil && strings.Contains(command, "/") {
		switch {
		case info.IsDir():
			return fmt.Errorf("%s is a directory", command)
		case !info.Mode().IsRegular():
			return fmt.Errorf("%s is no program: it is a %s", command, kind(info.Mode()))
		}
	}
	path, err := exec.LookPath(command)
	_, notOurs := o.program(command)
	switch {
	case notOurs == nil && err != nil, o.holds(filepath.Dir(path)):
		return fmt.Errorf("%s is our own program: name the command of the one to judge", command)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s may not be executed; chmod +x makes it a program, or name what runs it (python3 %[1]s)", command)
	case err != nil && strings.Contains(command, "/"):
		return fmt.Errorf("there is no %s%s", command, searched(command))
	case err != nil:
		return fmt.Errorf("%s is not in PATH; is it installed? (a program of this directory is ./%[1]s)", command)
	case filepath.Base(path) == "env":
		return interpreter(words[1:])
	}
	if err := cmp.Or(elsewhere(words), otherShell(words)); err != nil {
		return err
	}
	return begins(command, path)
}

// searched is where a relative name was looked for.
func searched(name string) string {
	here, err := os.Getwd()
	if err != nil || filepath.IsAbs(name) {
		return ""
	}
	return " in " + here + ", where relative names are looked up"
}

// elsewhere says why a command that works in the current directory fails in the
// script's, which is another and empty.
func elsewhere(words []string) error {
	const where = "a guest runs in the script's directory, not in this one"
	isDir := func(name string) bool {
		info, err := os.Stat(name)
		return err == nil && info.IsDir()
	}
	name, args := filepath.Base(words[0]), words[1:]
	switch {
	case name == "go" && len(args) > 1 && args[0] == "run" && !slices.Contains(args, "-C") && isDir(args[len(args)-1]):
		return fmt.Errorf("%s, where go finds no go.mod; go run -C %s . finds it", where, quote(args[len(args)-1]))
	case name == "cargo" && len(args) > 0 && args[0] == "run" && !slices.ContainsFunc(args, func(arg string) bool { return strings.HasPrefix(arg, "--manifest-path") }):
		return fmt.Errorf("%s, where cargo finds no Cargo.toml; add --manifest-path=Cargo.toml, and -- at the end", where)
	}
	if at := slices.Index(args, "-m"); strings.HasPrefix(name, "python") && at >= 0 && at+1 < len(args) {
		module := strings.ReplaceAll(args[at+1], ".", "/")
		if _, err := os.Stat(module + ".py"); err == nil {
			return fmt.Errorf("%s, where python finds no module %s; name the file: %s %s.py", where, args[at+1], name, module)
		}
		if _, err := os.Stat(filepath.Join(module, "__main__.py")); err == nil {
			return fmt.Errorf("%s, where python finds no module %s; name its directory: %s ./%s", where, args[at+1], name, module)
		}
	}
	return nil
}

// otherShell says that a file for bash would be read by sh, which is not bash on
// many systems.
func otherShell(words []string) error {
	shell := filepath.Base(words[0])
	if shell != "sh" && shell != "dash" {
		return nil
	}
	for _, file := range words[1:] {
		line, _, _ := bytes.Cut(head(file), []byte("\n"))
		if strings.HasPrefix(string(line), "#!") && strings.HasSuffix(strings.TrimRight(string(line), " \r"), "bash") {
			return fmt.Errorf("the first line of %s asks for bash, and %s is another shell: bash %[1]s", file, shell)
		}
		if !strings.HasPrefix(file, "-") {
			break
		}
	}
	return nil
}

// begins says why the system can't run a file, by its first bytes (execve(2)).
func begins(command, path string) error {
	first := head(path)
	line, _, _ := bytes.Cut(first, []byte("\n"))
	asks, isScript := strings.CutPrefix(string(line), "#!")
	asked := strings.Fields(asks)
	switch {
	case isEmpty(path):
		return fmt.Errorf("%s is empty", command)
	case len(first) == 0:
		return nil // it may be executable and not readable
	case bytes.HasPrefix(first, append(utf8Mark, "#!"...)):
		return fmt.Errorf("%s begins with a byte order mark, and so not with #!; save it as UTF-8 without one", command)
	case !isScript && isText(first):
		return fmt.Errorf("%s has no #! line, and sh would read it as its own language; name what runs it (python3 %[1]s), or begin it with #! and that (#!/usr/bin/env python3)", command)
	case !isScript || len(asked) == 0:
		return nil
	case strings.HasSuffix(asks, "\r"):
		return fmt.Errorf("the first line of %s ends in CR LF, as on Windows, and the system looks for a program %q; save it with line ends of LF alone", command, asked[len(asked)-1]+"\r")
	}
	if _, err := os.Stat(asked[0]); err != nil {
		return fmt.Errorf("the first line of %s asks for %s, which is not there", command, asked[0])
	}
	if filepath.Base(asked[0]) == "env" {
		if err := interpreter(asked[1:]); err != nil {
			return fmt.Errorf("the first line of %s: %w", command, err)
		}
	}
	return nil
}

func isEmpty(file string) bool {
	info, err := os.Stat(file)
	return err == nil && info.Size() == 0
}

// isText reports whether the first bytes of a file are text, not machine code.
func isText(first []byte) bool {
	return !slices.ContainsFunc(first, func(b byte) bool { return b < ' ' && !strings.ContainsRune("\t\n\f\r\x1b", rune(b)) })
}

// interpreter looks for the program that env(1) is to run.
func interpreter(args []string) error {
	for _, arg := range args {
		if strings.HasPrefix(arg, "-") || strings.Contains(arg, "=") {
			continue
		}
		if _, err := exec.LookPath(arg); err != nil {
			return fmt.Errorf("%s is not in PATH; is it installed?", arg)
		}
		return nil
	}
	return nil
}

// kind names the type of a special file, which can't be run.
func kind(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeNamedPipe != 0:
		return "named pipe"
	case mode&fs.ModeSocket != 0:
		return "socket"
	}
	return "device"
}

// line is the command of a guest as a shell takes it, "" for our own program.
func (g Guests) line(name string) string {
	var words []string
	for _, word := range g[name] {
		words = append(words, quote(word))
	}
	return strings.Join(words, " ")
}

// guestDir is where a script's PATH finds the guests first.
const guestDir = ".guests"

// installShims puts a shell script for each guest (-prog) into a folder that
// becomes the first of the script's PATH. So the name of a program means the guest
// for spawn, for exec and for what those start. The guest itself finds none of
// our programs, which could do its work. Each shim leaves a mark when it runs.
func (o *Options) installShims(workDir string) (dir string, err error) {
	dir = filepath.Join(workDir, guestDir)
	marks := marksIn(workDir)
	if err := os.MkdirAll(marks, 0o777); err != nil {
		return "", err
	}
	for name := range o.Guests {
		start := fmt.Sprintf("#!/bin/sh\n: >%s\n%sexec %s \"$@\"\n",
			quote(filepath.Join(marks, name)), o.surroundings()+o.Limits.ulimits(), o.Guests.line(name))
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

// marksIn is where the shims of a script leave their marks.
func marksIn(workDir string) string { return filepath.Join(workDir, guestDir, "started") }

// started adds the guests that were started to those that a spawn started.
func (t *testT) started(workDir string) {
	entries, _ := os.ReadDir(marksIn(workDir)) // none, if there are no guests
	for _, e := range entries {
		t.start(e.Name())
	}
}

// start notes that the script has started a guest, if it is one.
func (t *testT) start(program string) {
	if _, guest := t.options.Guests[program]; guest && !slices.Contains(t.result.Started, program) {
		t.result.Started = append(t.result.Started, program)
	}
}

// wouldStart lists the guests that a script speaks of where it can start them:
// in its commands, and in the files that it holds, but for those it compares with.
func (g Guests) wouldStart(text *text) (names []string) {
	for _, name := range slices.Sorted(maps.Keys(g)) {
		word := regexp.MustCompile(`(^|[^\w-])` + regexp.QuoteMeta(name) + `($|[^\w-])`)
		if slices.ContainsFunc(text.acting(), func(part string) bool { return word.MatchString(part) }) {
			names = append(names, name)
		}
	}
	return names
}

// lent are variables that languages need to find their own parts. Scripts have none
// of them; guests get them from the environment of the tests.
var lent = []string{
	"HOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH",
	"JAVA_HOME", "CLASSPATH", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "CARGO_HOME", "PYENV_ROOT", "PYENV_VERSION", "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV",
	"NODE_PATH", "NVM_DIR", "GEM_HOME", "GEM_PATH", "RUBYLIB", "PERL5LIB", "DOTNET_ROOT", "GOPATH", "GOMODCACHE", "ASDF_DATA_DIR", "MISE_DATA_DIR",
}

// surroundings are the lines of sh(1) that set a guest's environment.
func (o *Options) surroundings() string {
	var b strings.Builder
	set := func(name, value string) { fmt.Fprintf(&b, "export %s=%s\n", name, quote(value)) }
	for _, name := range lent {
		if value, is := os.LookupEnv(name); is {
			set(name, value)
		}
	}
	path := slices.DeleteFunc(filepath.SplitList(os.Getenv("PATH")), o.holds)
	set("PATH", strings.Join(path, string(filepath.ListSeparator)))
	return b.String()
}

// holds reports whether a directory has all our programs. (One of that name may be
// anybody's.)
func (o *Options) holds(dir string) bool {
	return len(o.Programs) > 1 && !slices.ContainsFunc(o.Programs, func(p Program) bool {
		_, err := os.Stat(filepath.Join(dir, p.Name))
		return err != nil
	})
}

// quote writes a word for sh(1).
func quote(word string) string {
	quoted, err := syntax.Quote(word, syntax.LangPOSIX)
	if err != nil { // for a control character it has no words
		return "'" + strings.NewReplacer("'", `'\''`, "\x00", "").Replace(word) + "'" // no argument can have a NUL
	}
	return quoted
}
