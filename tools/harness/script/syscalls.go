//go:build unix

package script

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"time"

	"socklab/tools/harness/procfs"
	"socklab/tools/harness/syscalls"
)

// trace makes a program's command run under strace.
func (c *command) trace(name string, cmd *exec.Cmd) {
	strace, err := c.lookPath("strace")
	if err != nil {
		c.ts.Fatalf("spawn -syscalls %s: strace is not installed (apt-get install strace): say at the script's head: needs strace", name)
	}
	program := append([]string{cmd.Path}, cmd.Args[1:]...)
	c.traced = append(c.traced, name)
	cmd.Path = strace
	cmd.Args = append([]string{"strace"}, syscalls.Arguments(c.traceFile(name), program...)...)
}

// traceFile is where strace writes. It lies beside the script's directory.
func (s *session) traceFile(name string) string { return s.workDir + "/.tmp/" + name + ".strace" }

var syscallsUsage = Usage{
	Name:    "syscalls",
	Args:    "[-t=DURATION] NAME",
	Summary: "write the system calls that a program made on sockets to stdout",
	Detail: `NAME was spawned with -syscalls and has been reaped. Descriptors are named by
their role. What differs from run to run, such as waiting, is left out.`,
	Example: "syscalls server",
	run:     (*command).syscalls,
}

func (c *command) syscalls() {
	until := c.waiting()
	c.parse(1, 1)
	p := c.participant(c.args[0])
	if p.unreaped() {
		c.ts.Fatalf("syscalls %s: it may still make some: `exited %[1]s` comes first", p.Name())
	}
	deadline, waited := until()
	transcript, err := c.readTrace(p.Name(), deadline)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.ts.Fatalf("syscalls %s: they were not recorded: it was started without spawn -syscalls", p.Name())
	case errors.Is(err, errTracing):
		c.fail(&Failure{Command: c.name, Subject: p.Name(), Why: say("strace is still writing"), Waited: &waited.Waited}, nil)
	case err != nil:
		c.ts.Fatalf("syscalls %s: %v", p.Name(), err)
	}
	fmt.Fprint(c.ts.Stdout(), c.normalize(transcript.String()))
}

var errTracing = errors.New("strace is still writing")

// readTrace records the calls of a program that has ended, once.
func (s *session) readTrace(name string, deadline time.Time) (t syscalls.Transcript, err error) {
	if t, done := s.traces[name]; done {
		return t, nil
	}
	file := s.traceFile(name)
	// The tracer ends after the program, when it has written everything.
	if left := procfs.StillRunning(procfs.WithArgument(file), time.Until(deadline)); len(left) > 0 {
		return t, errTracing
	}
	trace, err := os.Open(file)
	if err != nil {
		return t, err
	}
	defer trace.Close()
	if t, err = syscalls.Record(s.recording, name, trace); err == nil {
		if s.traces == nil {
			s.traces = map[string]syscalls.Transcript{}
		}
		s.traces[name] = t
	}
	return t, err
}

// recordTraces records the calls for which the script asked and did not compare: its
// failure may be the reason.
func (s *session) recordTraces() {
	if s.t.options.Recording == nil {
		return
	}
	deadline := time.Now().Add(time.Second)
	for _, name := range s.traced {
		s.readTrace(name, deadline) // what can't be read is not recorded
	}
}
