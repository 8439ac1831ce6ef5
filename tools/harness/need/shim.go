package need

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// reveal are the arguments that make an interpreter print its own path.
var reveal = map[string][]string{
	"python3": {"-c", "import sys; print(sys.executable)"},
	"node":    {"-p", "process.execPath"},
}

// Direct finds interpreters among things that are hidden behind shims of version
// managers (pyenv, asdf). A shim is a shell script that starts a dozen processes to
// choose a version: several times the work of the interpreter. dir, put first in
// PATH, is a folder of links to the interpreters; "" if there is no shim. Each
// interpreter is asked once.
func Direct(things []string) (dir string) {
	links.Lock()
	defer links.Unlock()
	for _, thing := range things {
		if args, is := reveal[thing]; is && !links.made[thing] {
			links.made[thing] = true
			if program := behind(thing, args); program != "" {
				links.add(thing, program)
			}
		}
	}
	return links.dir
}

// links is a folder of links to programs. It is removed with the run's folder.
var links = linkDir{made: map[string]bool{}}

type linkDir struct {
	sync.Mutex
	dir  string
	made map[string]bool
}

func (l *linkDir) add(name, program string) {
	if l.dir == "" {
		dir, err := os.MkdirTemp("", "direct-")
		if err != nil {
			return // the shim works too, only slower
		}
		l.dir = dir
		os.Setenv("PATH", dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
	}
	os.Symlink(program, filepath.Join(l.dir, name))
}

// behind asks an interpreter for its path, if the program in PATH is a shell script.
func behind(name string, args []string) string {
	shim, err := exec.LookPath(name)
	if err != nil || !isShellScript(shim) {
		return ""
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, shim, args...).Output()
	program := strings.TrimSpace(string(out))
	if err != nil || !filepath.IsAbs(program) || isShellScript(program) {
		return ""
	}
	return program
}

func isShellScript(file string) bool {
	f, err := os.Open(file)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 2)
	_, err = f.Read(head)
	return err == nil && bytes.Equal(head, []byte("#!"))
}
