//go:build unix

package script

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// An environment is what the programs of a script inherit.
type environment struct {
	workDir string   // of the script
	vars    []string // names of variables
}

// knowVar remembers the variable of a NAME=VALUE.
func (e *environment) knowVar(assignment string) {
	if name, _, ok := strings.Cut(assignment, "="); ok && !slices.Contains(e.vars, name) {
		e.vars = append(e.vars, name)
	}
}

var envLine = regexp.MustCompile(`(?m)^[ \t]*(?:\[[^]]*\] *)*env +(.*)$`)

// knowScript remembers the variables that a script's env commands set, which
// testscript does not tell.
func (s *session) knowScript(script []byte) {
	for _, line := range envLine.FindAllSubmatch(script, -1) {
		for _, assignment := range bytes.Fields(line[1]) {
			s.knowVar(strings.Trim(string(assignment), "'"))
		}
	}
}

// environ is the environment of the script's programs.
func (s *session) environ() []string {
	var env []string
	for _, name := range s.vars {
		env = append(env, name+"="+s.ts.Getenv(name))
	}
	return append(env, "PWD="+s.ts.MkAbs("."))
}

// lookPath finds a program as a shell does, in the script's PATH. The error says
// why there is none, and what to do.
func (s *session) lookPath(program string) (string, error) {
	var programs []string
	for _, p := range s.t.options.Programs {
		programs = append(programs, p.Name)
	}
	dirs, why := filepath.SplitList(s.ts.Getenv("PATH")), "it is not in PATH; is it installed? (a program of the script is ./%s)"
	if strings.Contains(program, "/") {
		dirs, why = []string{s.ts.MkAbs(".")}, "there is no %s in the script's directory"
		if filepath.IsAbs(program) {
			dirs, why = []string{"/"}, "there is no %s"
		}
	}
	for _, dir := range dirs {
		file := filepath.Join(dir, program)
		path, errHere := exec.LookPath(file)
		if errHere == nil {
			return path, nil
		}
		// A directory that we may not enter has nothing for us.
		switch info, err := os.Stat(file); {
		case err != nil || !errors.Is(errHere, fs.ErrPermission):
		case info.IsDir():
			why = "%s is a directory"
		case info.Mode()&0o111 == 0:
			why = "it may not be executed: `chmod 755 %s` makes it a program, before it is spawned"
		default:
			why = "%s may be executed, but perhaps not by this user, or nothing where it lies (mount(8), noexec)"
		}
	}
	if strings.Contains(why, "%s") {
		why = fmt.Sprintf(why, program)
	}
	return "", errors.New(why + near(program, programs))
}
