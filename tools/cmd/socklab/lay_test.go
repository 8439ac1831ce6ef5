//go:build unix

package main

import (
	"cmp"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"socklab/tools/harness/all"
	"socklab/tools/harness/testexec"
)

// flat is a text without its line ends: a command with a long path is folded.
func flat(text string) string { return strings.Join(strings.Fields(text), " ") }

// TestNowhere is in an empty folder. The binary has the course; nothing is left there.
func TestNowhere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, want := range all.Of([]struct {
		args        string
		code        int
		out, errors string // what they contain
	}{
		{"", 0, "nothing is remembered.\n  " + "socklab" + " init DIR", ""},
		{"list", 0, "  open     1.1 Echo: ", ""},
		{"hint 1.1", 0, "1.1, hint 2 of ", ""},
		{"check 1.1", 0, "passed      1.1 Echo: 5 of 5 steps", "so nothing is remembered; " + "socklab" + " init DIR "},
		{"reset 1.1", 1, "", "socklab reset: there is no course in this folder"},
		{"watch 1.1", 1, "", "socklab watch: watch the files: there is no course in this folder, and -prog names no file; " + "socklab" + " init DIR "},
		{"tool", 0, "  echo-client   sends a text and prints the answer\n", ""},
		{"tool echo-client 127.0.0.1:1 x", 1, "", "echo-client: "},
		{"next", 0, "\nThere is no course in this folder", ""},
		{"read 1.1", 0, "\n    socklab tool echo-server\n", ""},
		{"solution 1.1", 0, "1.1 Echo: Break it\n", ""},
		{"play 1.1", 0, "── The server takes its address, ", ""},
		{"doctor", 0, " lessons can be played.\n", ""},
		{"watch -prog echo-server=cat 1.1", 1, "", "and -prog names no file; "},
		{"tool -h", 0, "usage: socklab tool ", ""},
		{"tool echo-servant", 2, "", "socklab tool: no program \"echo-servant\"; socklab tool lists them\nusage: "},
		{"init", 2, "", "socklab init: want one folder, got 0: []\nusage: "},
		{"init -h", 0, "usage: socklab init DIR\n", ""},
		{"init /dev/null/x", 1, "", "socklab init: mkdir /dev/null: not a directory\n"},
	}, 8) {
		code, out, errors := tell(t, dir, strings.Fields(want.args)...)
		if code != want.code || !strings.Contains(flat(out), flat(want.out)) || !strings.Contains(flat(errors), flat(want.errors)) || (errors == "") != (want.errors == "") {
			t.Errorf("socklab %s: exit code %d\n%s\n%s", want.args, code, out, errors)
		}
	}
	p := seated(t, dir, 80, []string{"NO_COLOR=1"})
	p.sees(`nothing is remembered\.\s+\S+\s+init\s+DIR\s(?s:.*)q.quit`, 1)
	p.types("q")
	p.ends(0)
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("it left %v", left)
	}
}

// TestInit lays the course out, begins a lesson, changes files and puts them back, on a
// machine without Go.
func TestInit(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "my course")
	typed := "socklab"
	step := func(code int, out string, args ...string) {
		t.Helper()
		cmd := testexec.Command(t, args...)
		cmd.Args[0] = "socklab"
		cmd.Dir, cmd.Env = filepath.Dir(dir), append(cmd.Env, "PATH=/usr/bin:/bin")
		if args[0] != "init" {
			cmd.Dir = filepath.Join(dir, "tools")
		}
		got, _ := cmd.CombinedOutput()
		if cmd.ProcessState.ExitCode() != code || !strings.Contains(flat(string(got)), flat(out)) {
			t.Errorf("socklab %q: exit code %d, want %d and %q, got\n%s", args, cmd.ProcessState.ExitCode(), code, out, got)
		}
	}
	step(0, " files are new.\n\n  cd 'my course'  go there\n", "init", "my course")
	if all.Asked() {
		step(0, "Now write greeter:", "check", "1.1")
		step(0, "  open     1.1 Echo", "list")
	}
	// What is changed in Go is not played here, and that is said.
	program, err := os.OpenFile(filepath.Join(dir, "tools/echo/server.go"), os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = program.WriteString("// mine\n")
		err = cmp.Or(err, program.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	step(0, "socklab check: tools/echo/server.go is not as this socklab has it, and is not played here: ", "check", "1.1")
	step(0, "tools/echo/server.go is as it was; ", "reset", "1.1")
	if !all.Asked() {
		return
	}
	step(0, "passed      1.1 Echo", "check", "1.1")
	script, page := filepath.Join(dir, "testdata/scripts/1.2-four-depths.txtar"), filepath.Join(dir, "lessons/1.1-echo.md")
	for file, text := range map[string]string{script: fails, page: "# 1.1 Echo\n"} {
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	step(1, typed+" check -v 1.2 shows all", "check", "1.2")
	step(0, "  lessons/1.1-echo.md is not as this socklab has it, and stays as it is.\n", "init", "my course")
	step(0, "testdata/scripts/1.2-four-depths.txtar is as it was; yours is\nmine/kept/1.2-", "reset", "1.2")
	step(0, "Nothing to put back", "reset", "1.2")
}
