package script

import (
	"cmp"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"socklab/tools/privnet"
	"socklab/tools/programs"
)

// wait is how long a command waits unless its -t says otherwise. On a machine
// that is busy with other things, more makes nothing wrong.
var wait = flag.Duration("wait", 10*time.Second, "how long a script's command waits by default")

var update = flag.Bool("update", false, "rewrite the transcripts in scripts that pass otherwise")

// Main runs a test binary whose scripts may start the programs of socklab, and
// more: called by one of their names, the binary is that program. It never
// returns.
func Main(m *testing.M, more ...programs.Program) {
	// A program under the race detector would otherwise wait 1 s at its exit.
	if os.Getenv("GORACE") == "" {
		os.Setenv("GORACE", "atexit_sleep_ms=0")
	}
	// Scripts wait for each other's programs more than they work, but where they
	// share the host's tables, which are long. (-parallel says otherwise.)
	testing.Init()
	atOnce := 4
	if privnet.Available() {
		atOnce = 8
	}
	flag.Set("test.parallel", strconv.Itoa(atOnce*runtime.GOMAXPROCS(0)))
	mains := map[string]func(){}
	for _, p := range append(more, programs.List...) {
		mains[p.Name] = func() {
			// The flags of the test binary are not the program's.
			flag.CommandLine = flag.NewFlagSet(p.Name, flag.ExitOnError)
			p.Main()
		}
	}
	// testscript gives every program's name to a command of its own, which would
	// hide ours of that name. Under another path to the same file it doesn't.
	for name := range language {
		main, both := mains[name]
		if !both {
			continue
		}
		if filepath.Base(os.Args[0]) == name {
			main()
			os.Exit(0)
		}
		delete(mains, name)
		mains["./"+name] = main
	}
	testscript.Main(privnet.M{Tests: m}, mains)
}

// Run runs every script in dir as a parallel subtest, with the guests that -prog
// names.
func Run(t *testing.T, dir string) {
	guests, err := ParseGuests(asked)
	if err != nil {
		t.Fatalf("could not tell: %v", err)
	}
	if len(guests) > 0 && *update {
		t.Fatal("-update is for our own programs: transcripts of a guest are no model; leave -prog out")
	}
	deadline, _ := t.Deadline()
	Under(t, dir, Play{Deadline: deadline, Update: *update, Guests: guests})
}

// Under runs scripts in dir as parallel subtests of t.
func Under(t *testing.T, dir string, play Play) { RunT(tShim{t}, dir, play) }

// Updating reports whether the run was asked to rewrite transcripts (-update).
func Updating() bool { return *update }

// Play is how scripts are played.
type Play struct {
	Only     string        // the stem of one script; all of them, if empty
	Deadline time.Time     // the end of all waits; zero is none
	Wait     time.Duration // how long a command waits by default; zero is as -wait says
	Rest     time.Duration // how long all may be at rest until a wait by default is over; zero is for ever
	Update   bool          // rewrite transcripts in scripts that pass otherwise
	Guests   Guests        // who plays instead of our programs
}

// RunT is Run for any T.
func RunT(t testscript.T, dir string, play Play) {
	params := testscript.Params{
		Dir:                 dir,
		Deadline:            play.Deadline,
		UpdateScripts:       play.Update,
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Cmds:                commands(),
		Condition:           play.condition,
		Setup:               play.setup,
	}
	if play.Only != "" {
		params.Dir, params.Files = "", []string{filepath.Join(dir, play.Only+".txtar")}
	}
	testscript.RunT(&stage{T: t, dir: dir}, params)
}

type tShim struct{ *testing.T }

func (t tShim) Run(name string, f func(testscript.T)) {
	t.T.Run(name, func(t *testing.T) { f(tShim{t}) })
}

func (t tShim) Verbose() bool { return testing.Verbose() }

// seats are as many as scripts that shall pass may be played at once.
var seats = make(chan struct{}, 4*runtime.GOMAXPROCS(0))

func (t tShim) Parallel() {
	t.T.Parallel()
	seats <- struct{}{}
	t.T.Cleanup(func() { <-seats })
}

// ours are the variables that are no script's to set by a pattern.
var ours = []string{"WORK", "PATH", "HOME", "TMPDIR", "TERM", "ADDR", "HOST", "PORT"}

// setup gives a script its network and an empty cast.
func (play Play) setup(env *testscript.Env) error {
	network, err := privnet.Join()
	if err != nil {
		return fmt.Errorf("a network for the script: %w", err)
	}
	c := &cast{t: env.T().(*stage), network: network, workDir: env.WorkDir, guests: play.Guests, wait: cmp.Or(play.Wait, *wait), rest: play.Rest}
	if !play.Deadline.IsZero() {
		// Leave time to end everybody and to say what happened.
		c.deadline = play.Deadline.Add(-max(time.Until(play.Deadline)/8, 3*time.Second))
	}
	env.Values[castKey{}] = c
	env.Setenv("ADDR", network.Addr())
	env.Setenv("HOST", network.Host)
	env.Setenv("PORT", fmt.Sprint(network.Port))
	env.Setenv("TERM", "dumb")
	env.Setenv("LANG", "C.UTF-8")
	// So that exec go builds without compiling Go itself anew.
	if cache, err := os.UserCacheDir(); err == nil && os.Getenv("GOCACHE") == "" {
		env.Setenv("GOCACHE", filepath.Join(cache, "go-build"))
	} else {
		env.Setenv("GOCACHE", os.Getenv("GOCACHE"))
	}
	if len(play.Guests) > 0 {
		dir, err := play.Guests.seat(env.WorkDir)
		if err != nil {
			return fmt.Errorf("make place for the guests: %w", err)
		}
		env.Setenv("PATH", dir+":"+env.Getenv("PATH"))
	}
	for _, v := range env.Vars {
		c.knowVar(v)
	}
	script, err := os.ReadFile(c.t.file())
	if err != nil {
		return err
	}
	c.knowScript(script)
	env.Defer(func() { c.finish(script) })
	return nil
}

func (play Play) condition(cond string) (bool, error) {
	if name, is := strings.CutPrefix(cond, "ours:"); is {
		_, guest := play.Guests[name]
		return !guest, known(name)
	}
	switch cond {
	case "privnet":
		return privnet.Available(), nil
	case "netem":
		return privnet.Available() && privnet.HasNetem(), nil
	case "rawsocket":
		// CAP_NET_RAW (raw(7)): root has it, and everybody on a private network.
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP)
		if err == nil {
			unix.Close(fd)
		}
		return err == nil, nil
	case "race":
		return raceEnabled, nil
	case "tcp6":
		l, err := net.Listen("tcp6", "[::1]:0")
		if err == nil {
			l.Close()
		}
		return err == nil, nil
	}
	return false, fmt.Errorf("there are ours:PROGRAM, privnet, netem, tcp6, rawsocket, race and testscript's own")
}

// file is the script that a stage plays.
func (t *stage) file() string {
	file := filepath.Join(t.dir, t.name)
	if _, err := os.Stat(file + ".txt"); err == nil {
		return file + ".txt"
	}
	return file + ".txtar"
}
