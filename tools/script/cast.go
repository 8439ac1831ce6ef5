package script

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"socklab/tools/actor"
	"socklab/tools/packets"
	"socklab/tools/privnet"
	"socklab/tools/tap"
)

// A cast is everything that belongs to one run of a script.
type cast struct {
	t        *stage
	ts       *testscript.TestScript // once a command has run
	network  *privnet.Net
	workDir  string        // of the script
	deadline time.Time     // the last moment for any wait; zero is none
	wait     time.Duration // how long a command waits by default
	rest     time.Duration // how long everybody may be at rest before that; zero is for ever
	guests   Guests

	players   []*player
	listeners map[string]net.Listener
	taps      map[string]*tap.Tap
	hosts     map[string]*privnet.Host
	recording *packets.Recording                    // of the network's packets, while there is one
	ports     []int                                 // that the kernel chose, as the script shows them
	vars      []string                              // names of variables that programs inherit
	subject   string                                // whom the script spoke of last
	settled   bool                                  // nobody is about to end
	tables    map[*actor.Program][]actor.Connection // as they were then
	told      bool                                  // the report of a failure is in the log
}

// A player is an actor and what the script did with it.
type player struct {
	actor.Actor
	guest  string // the command that plays it instead of our program, or ""
	asked  string // to end: the signal or the key
	reaped bool
}

// unreaped is true of a program whose end the script did not assert.
func (p *player) unreaped() bool {
	_, isProgram := p.Actor.(*actor.Program)
	return isProgram && !p.reaped
}

type castKey struct{}

// castOf finds the cast of a running script.
func castOf(ts *testscript.TestScript) *cast {
	c := ts.Value(castKey{}).(*cast)
	c.ts = ts
	return c
}

// enter adds an actor under a name that is free.
func (c *cast) enter(a actor.Actor) *player {
	p := &player{Actor: a}
	c.players = append(c.players, p)
	return p
}

// player finds an actor by its name.
func (c *cast) player(name string) *player {
	var names []string
	c.subject = name
	for _, p := range c.players {
		if p.Name() == name {
			return p
		}
		names = append(names, p.Name())
	}
	if len(names) == 0 {
		c.ts.Fatalf("no actor %q: there is none yet; spawn or dial one", name)
	}
	c.ts.Fatalf("no actor %q: there are %s", name, strings.Join(names, ", "))
	return nil
}

var nameShape = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*$`)

// free demands that a new actor's name is one, and not in use.
func (c *cast) free(name string) {
	if !nameShape.MatchString(name) {
		c.ts.Fatalf("%q can't name an actor: want letters, digits, - and _", name)
	}
	_, isListener := c.listeners[name]
	_, isTap := c.taps[name]
	_, isHost := c.hosts[name]
	if isListener || isTap || isHost || slices.ContainsFunc(c.players, func(p *player) bool { return p.Name() == name }) {
		c.ts.Fatalf("there is an actor %q already", name)
	}
}

// patience is how long a wait was, in words.
type patience struct {
	words     string
	cut       bool // by the end of the test, not by the script
	byDefault bool // the script did not say how long
}

func (w patience) String() string { return w.words }

// until is the absolute deadline of a wait of d, and what to call it.
func (c *cast) until(d time.Duration, isDefault bool) (time.Time, patience) {
	deadline := time.Now().Add(d)
	if !c.deadline.IsZero() && c.deadline.Before(deadline) {
		return c.deadline, patience{"until the test's own deadline (go test -timeout moves it)", true, isDefault}
	}
	if isDefault {
		return deadline, patience{fmt.Sprintf("for %s (the default; -t=30s waits longer)", d), false, true}
	}
	return deadline, patience{fmt.Sprintf("for %s", d), false, false}
}

// knowVar remembers the variable of a NAME=VALUE.
func (c *cast) knowVar(assignment string) {
	if name, _, ok := strings.Cut(assignment, "="); ok && !slices.Contains(c.vars, name) {
		c.vars = append(c.vars, name)
	}
}

var envLine = regexp.MustCompile(`(?m)^[ \t]*(?:\[[^]]*\] *)*env +(.*)$`)

// knowScript remembers the variables that a script's env commands set, which
// testscript does not tell.
func (c *cast) knowScript(script []byte) {
	for _, line := range envLine.FindAllSubmatch(script, -1) {
		for _, assignment := range bytes.Fields(line[1]) {
			c.knowVar(strings.Trim(string(assignment), "'"))
		}
	}
}

// environ is the environment of the script's programs.
func (c *cast) environ() []string {
	var env []string
	for _, name := range c.vars {
		env = append(env, name+"="+c.ts.Getenv(name))
	}
	return append(env, "PWD="+c.ts.MkAbs("."))
}

// lookPath finds a program as a shell does, in the script's PATH.
func (c *cast) lookPath(program string) (string, error) {
	dirs := filepath.SplitList(c.ts.Getenv("PATH"))
	if strings.Contains(program, "/") {
		dirs = []string{c.ts.MkAbs(".")}
		if filepath.IsAbs(program) {
			dirs = []string{"/"}
		}
	}
	err := error(fs.ErrNotExist)
	for _, dir := range dirs {
		path, errHere := exec.LookPath(filepath.Join(dir, program))
		if errHere == nil {
			return path, nil
		}
		// A directory that we may not enter has nothing for us.
		if _, there := os.Stat(filepath.Join(dir, program)); there == nil && errors.Is(errHere, fs.ErrPermission) {
			err = fs.ErrPermission
		}
	}
	return "", err
}

// finish ends whoever is left when the script is over, gives its network back,
// and fails a script that passed but left something behind. before is the
// script as it was: goldens of a script that failed stay as they were.
func (c *cast) finish(before []byte) {
	if c.t.failed || c.t.skipped {
		c.restore(before)
	}
	if c.t.failed && !c.told && c.ts != nil && len(c.players) > 0 {
		c.calm()
		c.ts.Logf("%s", c.report())
	}
	if !c.t.failed && !c.t.skipped && slices.ContainsFunc(c.players, (*player).unreaped) {
		c.settle()
	}
	var wrong []string
	for _, p := range c.players {
		if p.unreaped() {
			wrong = append(wrong, fmt.Sprintf("%s was never reaped (%s): the script needs an `exited %[1]s`",
				p.Name(), p.State()+c.door(p)))
		}
	}
	stopped := make([]error, len(c.players))
	var stops sync.WaitGroup
	for i, p := range c.players {
		stops.Go(func() { stopped[i] = p.Stop() })
	}
	stops.Wait()
	for _, err := range stopped {
		if err != nil {
			wrong = append(wrong, err.Error())
		}
	}
	for _, l := range c.listeners {
		l.Close()
	}
	for _, t := range c.taps {
		t.Stop()
	}
	if c.recording != nil {
		c.recording.Stop()
	}
	// Whoever was started in this script has its directory in the environment.
	// Look until nobody is left: a process may fork while we look.
	for range 10 {
		left := actor.WithEnv("WORK=" + c.workDir)
		if len(left) == 0 {
			break
		}
		if left = actor.Outlive(left, time.Second); len(left) > 0 {
			wrong = append(wrong, fmt.Sprintf("the script left processes behind, now killed: %v", left))
		}
	}
	c.network.Leave()
	if len(wrong) > 0 && !c.t.failed && !c.t.skipped {
		c.t.failed = true
		c.logf("FAIL: %s: %s\n%s", c.t.file(), c.portable(strings.Join(wrong, "\n")), c.report())
		c.restore(before)
		c.t.FailNow()
	}
}

// restore puts a script back as it was when it did not pass: by the time it
// fails, -update may have rewritten transcripts in it.
func (c *cast) restore(before []byte) {
	if now, err := os.ReadFile(c.t.file()); err == nil && !bytes.Equal(now, before) {
		os.WriteFile(c.t.file(), before, 0o666)
		c.logf("%s put back as it was, for the script did not pass", c.t.file())
	}
}

// logf writes to the script's log, also when no command of ours has run.
func (c *cast) logf(format string, args ...any) {
	if c.ts != nil {
		c.ts.Logf(format, args...)
	} else {
		c.t.Log(fmt.Sprintf(format, args...))
	}
}
