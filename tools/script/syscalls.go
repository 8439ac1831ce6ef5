package script

import (
	"fmt"
	"os"
	"os/exec"
	"time"

	"socklab/tools/actor"
	"socklab/tools/syscalls"
)

// trace makes a program's command run under strace.
func (c *command) trace(name string, cmd *exec.Cmd) {
	strace, err := c.lookPath("strace")
	if err != nil {
		c.ts.Fatalf("spawn -syscalls %s: strace is not installed (apt-get install strace): guard the script with [!exec:strace] skip", name)
	}
	program := append([]string{cmd.Path}, cmd.Args[1:]...)
	cmd.Path = strace
	cmd.Args = append([]string{"strace"}, syscalls.Arguments(c.traceFile(name), program...)...)
}

// traceFile is where strace writes. It lies beside the script's directory.
func (c *cast) traceFile(name string) string { return c.workDir + "/.tmp/" + name + ".strace" }

// syscalls writes the system calls that a program made on sockets.
func (c *command) syscalls() {
	until := c.waits()
	c.parse(1, 1)
	p := c.player(c.args[0])
	if p.unreaped() {
		c.ts.Fatalf("syscalls %s: it may still make some: `exited %[1]s` comes first", p.Name())
	}
	deadline, waited := until()
	file := c.traceFile(p.Name())
	// The tracer ends after the program, when it has written everything.
	if left := actor.StillRunning(actor.WithArgument(file), time.Until(deadline)); len(left) > 0 {
		c.fail("syscalls %s: strace is still writing; waited %s", p.Name(), waited)
	}
	trace, err := os.Open(file)
	if err != nil {
		c.ts.Fatalf("syscalls %s: nobody recorded them: it was not started with spawn -syscalls", p.Name())
	}
	defer trace.Close()
	text, err := syscalls.Transcript(trace)
	if err != nil {
		c.ts.Fatalf("syscalls %s: %v", p.Name(), err)
	}
	fmt.Fprint(c.ts.Stdout(), c.portable(text))
}
