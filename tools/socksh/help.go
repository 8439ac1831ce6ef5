//go:build unix

package socksh

import (
	_ "embed"
	"errors"
	"fmt"
	"strings"
)

// helpText holds a paragraph for each function, under its name.
//
//go:embed help.txt
var helpText string

// help lists the functions, or explains one.
func (sh *shell) help(words []word) error {
	switch len(words) {
	case 0:
		for _, f := range functions {
			fmt.Fprintln(sh.out, f.synopsis())
		}
		fmt.Fprint(sh.out, helpList)
		return nil
	case 1:
		name := words[0].text
		if name == "quit" {
			name = "exit"
		}
		text, ok := helpOn(name)
		if !ok {
			return fmt.Errorf("help: %s: no such function; help lists them", clip(name))
		}
		if f, ok := find(name); ok {
			text = f.synopsis() + "\n" + text
		}
		fmt.Fprint(sh.out, text)
		return nil
	}
	return errors.New("help: want help, or help FUNCTION")
}

const helpList = `go [FILE]          the session so far as a Go program
python [FILE]      the session so far as a Python program
help [FUNCTION]    what a function does
exit               leave, as ^D does
FD is a number or a name: s = socket AF_INET SOCK_STREAM
ADDR is 127.0.0.1:8000, [::1]:8000, a path, or @NAME
BYTES are quoted as in Go, and may be repeated: "x"*1000
`

// helpOn is what helpText has under a name.
func helpOn(name string) (string, bool) {
	_, rest, ok := strings.Cut("\n"+helpText, "\n# "+name+"\n")
	if !ok {
		return "", false
	}
	text, _, _ := strings.Cut(rest, "\n# ")
	return strings.TrimRight(text, "\n") + "\n", true
}
