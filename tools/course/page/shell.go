package page

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// commands reports shell commands in a lesson that can't work.
func (c *checker) commands(p *page, fences []fence) {
	for _, f := range fences {
		if f.language != "sh" {
			continue
		}
		commands, closed := splitShell(strings.Join(f.lines, "\n"))
		if !closed {
			c.add(p.file, f.line, "command: a quote isn't closed")
		}
		for _, cmd := range commands {
			c.command(p.file, f.line+cmd.line, cmd.words)
		}
	}
}

// command reports a call of a program or a script that doesn't exist.
func (c *checker) command(file string, line int, words []string) {
	if words[0] == "$" {
		c.add(file, line, "command: $ is a prompt, which nobody types: leave it out")
		words = words[1:]
	}
	for len(words) > 0 && strings.Contains(words[0], "=") {
		words = words[1:]
	}
	if len(words) == 0 {
		return
	}
	programs := c.programs()
	if family, _, ok := strings.Cut(words[0], "-"); ok && !slices.Contains(programs, words[0]) &&
		slices.ContainsFunc(programs, func(p string) bool { return strings.HasPrefix(p, family+"-") }) {
		c.add(file, line, "command: no program %s: tools/cmd has %s", words[0], list(programs))
	}
	i := slices.Index(words, "go")
	if i < 0 || i+1 == len(words) {
		return
	}
	args := words[i+2:]
	switch words[i+1] {
	case "tool":
		i := slices.IndexFunc(args, func(s string) bool { return !strings.HasPrefix(s, "-") })
		if i >= 0 && !slices.Contains(programs, args[i]) && !slices.Contains(goTools, args[i]) {
			c.add(file, line, "command: no tool %s: tools/cmd has %s", args[i], list(programs))
		}
		if i >= 0 && args[i] == "socklab" {
			c.lessonNumbers(file, line, args[i+1:])
		}
	case "run":
		i := slices.IndexFunc(args, func(s string) bool { return strings.HasPrefix(strings.TrimPrefix(s, "./"), "tools/") })
		if i >= 0 {
			c.packageDir(file, line, args[i])
		}
	case "test":
		for i, arg := range args {
			if !strings.HasPrefix(arg, "-") {
				c.packageDir(file, line, arg)
			}
			flag, value, ok := strings.Cut(strings.TrimLeft(arg, "-"), "=")
			if !ok && i+1 < len(args) {
				value = args[i+1]
			}
			if flag == "run" && strings.HasPrefix(arg, "-") {
				c.runs(file, line, value)
			}
		}
	}
}

// lessonNumbers reports arguments that look like a lesson's number and are none.
func (c *checker) lessonNumbers(file string, line int, args []string) {
	stems := stemsIn(c.root, scriptDir, scriptExt)
	for _, arg := range args {
		if lessonNumber.MatchString(arg) && !slices.ContainsFunc(stems, func(stem string) bool { return strings.HasPrefix(stem, arg+"-") }) {
			c.add(file, line, "command: no lesson %s: %s has %s", arg, scriptDir, list(stems))
		}
	}
}

var lessonNumber = regexp.MustCompile(`^\d+\.\d+$`)

// goTools are the tools that come with go itself.
var goTools = []string{"asm", "cgo", "compile", "cover", "fix", "link", "nm", "objdump", "pprof", "trace", "vet"}

func (c *checker) programs() []string {
	var names []string
	entries, _ := fs.ReadDir(c.root, "tools/cmd")
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

// packageDir reports an argument that looks like one of our packages and doesn't
// exist.
func (c *checker) packageDir(file string, line int, arg string) {
	name, local := strings.CutPrefix(arg, "./")
	if !strings.HasPrefix(name, "tools/") {
		return
	}
	if !local {
		c.add(file, line, "command: go takes %s for a package of its own: write ./%s", arg, arg)
	}
	name = strings.TrimSuffix(strings.TrimSuffix(name, "..."), "/")
	if info, err := fs.Stat(c.root, name); err != nil || !info.IsDir() {
		c.add(file, line, "command: no package %s: %s", arg, c.around(name))
	}
}

// runs reports a pattern of go test -run that matches no script.
func (c *checker) runs(file string, line int, pattern string) {
	test, name, ok := strings.Cut(pattern, "/")
	if !ok {
		return
	}
	testRE, err1 := regexp.Compile(test)
	nameRE, err2 := regexp.Compile(name)
	dir, stems := scriptDir, stemsIn(c.root, scriptDir, scriptExt)
	if err1 == nil && testRE.MatchString("TestSurvive") {
		// Scripts that no lesson shows have names of any kind.
		dir, stems = "testdata/survive", nil
		files, _ := fs.Glob(c.root, dir+"/*"+scriptExt)
		for _, f := range files {
			stems = append(stems, strings.TrimSuffix(path.Base(f), scriptExt))
		}
	}
	switch {
	case err1 != nil || err2 != nil:
		c.add(file, line, "command: -run %s isn't a regular expression: write 'TestScripts/STEM$'", pattern)
	case !slices.ContainsFunc([]string{"TestScripts", "TestLessons", "TestBroken", "TestSurvive"}, testRE.MatchString):
		c.add(file, line, "command: -run %s runs no test: write 'TestScripts/STEM$'", pattern)
	case !slices.ContainsFunc(stems, nameRE.MatchString):
		c.add(file, line, "command: -run %s names no script: %s has %s", pattern, dir, list(stems))
	}
}

// shellCommand is one simple command: a program and its arguments.
type shellCommand struct {
	line  int // from 1
	words []string
}

// splitShell splits text at line ends and at ; & | into commands, and those
// into words. It respects quotes, comments and lines continued with a backslash.
// It reports whether every quote is closed.
func splitShell(text string) (commands []shellCommand, closed bool) {
	var cmd shellCommand
	var word strings.Builder
	inWord := false
	line := 1
	endWord := func() {
		if inWord {
			if cmd.words == nil {
				cmd.line = line
			}
			cmd.words = append(cmd.words, word.String())
		}
		word.Reset()
		inWord = false
	}
	endCommand := func() {
		endWord()
		if cmd.words != nil {
			commands = append(commands, cmd)
		}
		cmd = shellCommand{}
	}
	var quote byte
	for i := 0; i < len(text); i++ {
		b := text[i]
		switch {
		case b == '\\' && quote != '\'' && i+1 < len(text):
			i++
			if text[i] == '\n' {
				line++
				continue
			}
			word.WriteByte(text[i])
			inWord = true
		case quote != 0 && b == quote:
			quote = 0
		case quote != 0:
			word.WriteByte(b)
		case b == '\'' || b == '"':
			quote = b
			inWord = true
		case b == '#' && !inWord:
			for i+1 < len(text) && text[i+1] != '\n' {
				i++
			}
		case b == ' ' || b == '\t':
			endWord()
		case strings.IndexByte("\n;&|()", b) >= 0:
			endCommand()
		default:
			word.WriteByte(b)
			inWord = true
		}
		if b == '\n' {
			line++
		}
	}
	endCommand()
	return commands, quote == 0
}
