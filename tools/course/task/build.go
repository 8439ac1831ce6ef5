package task

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"socklab/tools/harness/need"
)

// Own is a reader's program, ready to be judged.
type Own struct {
	File    string
	Command []string // that runs it
	Broken  string   // or the words of the compiler
	Missing string   // or what this machine lacks
}

// Build makes ready the program in a file. What is compiled lies in dir.
func Build(file, dir string) Own {
	own := Own{File: file}
	if runner := need.Runner(file); runner != "" {
		if _, err := exec.LookPath(runner); err != nil {
			own.Missing = fmt.Sprintf("needs %s", runner)
		}
		own.Command = []string{runner, file}
		return own
	}
	binary := filepath.Join(dir, strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)))
	cmd := exec.Command("go", "build", "-o", binary, filepath.Base(file))
	cmd.Dir = filepath.Dir(file)
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=", "CGO_ENABLED=0")
	own.Command = []string{binary}
	if _, err := exec.LookPath("go"); err != nil {
		own.Missing = "needs go"
	} else if out, err := cmd.CombinedOutput(); err != nil {
		if own.Broken = strings.ReplaceAll(string(out), "# command-line-arguments\n", ""); own.Broken == "" {
			own.Broken = err.Error()
		}
	}
	return own
}
