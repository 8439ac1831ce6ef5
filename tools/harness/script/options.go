package script

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"socklab/tools/harness/recording"
	"socklab/tools/harness/tap"
)

// A Program is one that scripts start by its name.
type Program struct {
	Name    string // of the command: one that the system has not
	Summary string // what it does, in a line
	Main    func() // runs it, with os.Args; it returns, or calls os.Exit
	Package string // the import path of its package main, which ends in Name; "" if it has none
	Raw     bool   // it opens raw sockets, and looks at what is not its own (raw(7), packet(7))
}

// Guests are commands that stand in for programs, by the name of the program.
type Guests map[string][]string

// Options are how a script is played. The zero value is ready to use.
type Options struct {
	Programs []Program // those that are ours: scripts may say [ours:NAME], and guests stand in for them
	Bin      string    // the folder where they are (Install); "" if PATH has them
	Guests   Guests    // the programs that are to be judged, in place of ours
	Words    uint64    // the choice of words that programs say; 0 is the script's own
	Env      []string  // variables for scripts and their programs, NAME=VALUE each

	// Network is private (a network namespace of the script's own, or nobody is
	// judged), host (the host's loopback is shared), or auto, as "" is: private
	// where this process can make namespaces. See package supervise.
	Network string

	Wait time.Duration // how long a command waits unless its -t says otherwise; 0 is DefaultWait
	Idle time.Duration // ends such a wait once nobody has done anything for this long; 0: never
	// Hangs, if set, says at which lines Idle ends a wait: where nobody expects a
	// program to hang, silence may be a machine that is busy with something else.
	Hangs func(line int) bool

	// Update, if set, gets the text of a script that passes otherwise, with the
	// transcripts as they are now, if any differs.
	Update func(script []byte) error
	// Lesson, if set, is what to read about an actor of a script whose name is that
	// of its file without the extension; "" if there is nothing to read.
	Lesson func(script, actor string) string

	Limits Limits   // what the programs of the script may use up
	Hidden []string // folders that those programs find empty, where they are kept apart

	Recording *recording.Recording // gets what happens, if set
	// Begins, if set, gets the header of the recording's file before anything is played.
	Begins func(recording.Header)
	// Step, if set, is called before each step, when the recording has it. The step
	// begins when Step returns; meanwhile the recording's clock stands still.
	Step func()

	// Continue plays on behind a failure; the log has what fails then, too.
	Continue bool
	// Keep, if set, is a folder in which the script's own folder is left.
	Keep string

	// Exam, if set, examines the script: relays stand between its programs and whoever
	// they talk to over TCP, and make a mistake in the programs' place. The network
	// must be private.
	Exam *tap.Exam

	File    string    // what reports call the script; its name in fsys if empty
	Verbose bool      // the log shows the steps that passed, too
	Out     io.Writer // gets the log as it grows, if set
}

// Limits are what the programs of a script may use up; 0 is no limit. Guests get those of
// a single process from the shell that starts them (ulimit). Where processes are kept apart
// (package netns), the script's folder has its own size, and programs that go beyond one
// of the others are killed all at once: the script fails.
type Limits struct {
	Processes int   // at once
	Threads   int   // at once, of all processes; then no other begins (where the kernel can have it so: Linux 6.14, or netns.Group)
	Memory    int64 // bytes that are in use, of all processes; one may ask for four times as much
	Written   int64 // bytes that a process writes, wherever to
	Folder    int64 // bytes of the files in the script's folder; then no other can be written to
}

// DefaultWait is how long a command waits unless its -t, or Options, says otherwise.
const DefaultWait = 10 * time.Second

// Sentences are the comments of a script that head its steps.
func Sentences(script []byte) (all []string) {
	script, _, _ = bytes.Cut(script, []byte("\n-- "))
	for line := range strings.Lines(string(script)) {
		if strings.HasPrefix(line, "# ") {
			all = append(all, strings.TrimSpace(line[1:]))
		}
	}
	return all
}

// A Verdict is what became of a script.
type Verdict string

const (
	Passed    Verdict = "passed"
	Failed    Verdict = "failed"
	NotJudged Verdict = "not judged" // the machine lacks something, or the harness could not tell
)

// A Result is a verdict, and what led to it.
type Result struct {
	Verdict Verdict
	Skipped bool     // the script said so before it judged anybody: by needs, or by skip
	Reason  string   // why nobody was judged, in a line
	Started []string // the guests that the script started
	Unseen  []string // of a skipped script, the guests that it would have started
	Folder  string   // of the script, where Options.Keep is set; "" if it has not begun
	Log     string   // for people, safe to print anywhere: the report of a failure
	Failure *Failure // why the script failed; nil if it did not
	Played  []byte   // the script as it was played, with its Words; nil if it could not be read

	before string // the failure, in Log
}

// program is one of Programs, or an error that names those there are.
func (o *Options) program(name string) (Program, error) {
	var names []string
	for _, p := range o.Programs {
		if p.Name == name {
			return p, nil
		}
		names = append(names, p.Name)
	}
	return Program{}, fmt.Errorf("no program %q; there are %s", name, strings.Join(names, ", "))
}
