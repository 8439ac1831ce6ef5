//go:build unix

// Package scripttest plays scripts (package script) under go test:
//
//	func TestMain(m *testing.M) {
//		scripttest.Main(m, script.Options{Programs: programs})
//	}
//
//	func TestScripts(t *testing.T) { scripttest.Run(t, "testdata/scripts") }
//
// It is the only package of the harness that has flags, and registers them when
// Main is called.
package scripttest

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"socklab/tools/harness/binaries"
	"socklab/tools/harness/entry"
	"socklab/tools/harness/need"
	"socklab/tools/harness/netns"
	"socklab/tools/harness/script"
	"socklab/tools/harness/supervise"
)

// options are what Main was given, and where it has put the programs.
var options script.Options

// Main runs a test binary whose scripts are played with o, and never returns. It
// registers and parses flags (RegisterFlags), builds o.Programs that have a
// Package of the module around the current directory, and runs the tests in a
// process of their own (package supervise). A program that can't be built, or need not
// be (programsOf), is this binary: called by its name, it runs its Main.
func Main(m *testing.M, o script.Options) {
	// A program under the race detector would otherwise wait 1 s at its exit.
	if os.Getenv("GORACE") == "" {
		os.Setenv("GORACE", "atexit_sleep_ms=0")
	}
	o.Programs = slices.Clone(o.Programs)
	for i, p := range o.Programs {
		mains[p.Package] = runtime.FuncForPC(reflect.ValueOf(p.Main).Pointer()).Name()
		o.Programs[i].Main = func() { entry.Run(p.Main) }
	}
	script.Dispatch(o.Programs)
	options = o
	RegisterFlags(flag.CommandLine)
	flag.Parse()
	os.Exit(supervise.M{Tests: tests{m}, Network: value[string]("network"), Before: build}.Run())
}

// tests are those of a test binary, in a process that can start programs.
type tests struct{ m *testing.M }

func (t tests) Run() int {
	heed()
	bin, err := os.MkdirTemp("", "bin-")
	if err == nil {
		defer os.RemoveAll(bin)
		err = errors.Join(need.Folder(supervise.TempDir()), install(bin))
	}
	if err != nil {
		fmt.Println("could not tell:", err)
		return 1
	}
	atOnce()
	return run.exitCode(t.m.Run())
}

// heed undoes for our children what we inherited: a shell without job control
// has what it starts in the background ignore ^C, and nohup(1) a hangup. A signal
// that is ignored stays so in every child, and one that has a handler doesn't
// (execve(2)). We ourselves go on to do nothing at them.
func heed() {
	for _, sig := range []os.Signal{syscall.SIGINT, syscall.SIGHUP} {
		if signal.Ignored(sig) {
			signal.Notify(make(chan os.Signal, 1), sig)
		}
	}
}

// atOnce sets how many tests run at once, unless -parallel does. Scripts mostly
// wait, so it is 8 for each CPU; 4 on a shared network, where /proc/net is long
// and slow to read.
func atOnce() {
	said := false
	flag.Visit(func(f *flag.Flag) { said = said || f.Name == "test.parallel" })
	if said {
		return
	}
	n := 4
	if netns.Available() {
		n = 8
	}
	flag.Set("test.parallel", strconv.Itoa(n*runtime.GOMAXPROCS(0)))
}

// These variables tell the inner process where the programs are that the outer one
// has built, or why there are none.
const (
	built   = "SOCKLAB_BUILT"
	sources = "SOCKLAB_BUILT_FROM"
	store   = "SOCKLAB_BUILT_STORE"
	unbuilt = "SOCKLAB_NOT_BUILT"
	broken  = "SOCKLAB_BROKEN"
)

// build builds the programs in the outer process, in dir if they can't be kept. They
// stay as long as that process. It returns the variables for the inner one.
func build(dir string) []string {
	// Its counters go into the profile; those of other binaries don't.
	if counted() {
		return []string{unbuilt + "=coverage is counted in the test binary"}
	}
	var packages []string
	for _, p := range options.Programs {
		if p.Package != "" {
			packages = append(packages, p.Package)
		}
	}
	set, err := programsOf(packages, dir)
	if compile := (*binaries.CompileError)(nil); errors.As(err, &compile) {
		return []string{broken + "=" + err.Error()}
	}
	if err != nil {
		return []string{unbuilt + "=" + err.Error()}
	}
	list := func(paths []string) string { return strings.Join(paths, string(filepath.ListSeparator)) }
	return []string{built + "=" + list(set.Paths), sources + "=" + list(set.Sources), store + "=" + set.Store}
}

// mains are the functions of the programs, by package: what go test has linked.
var mains = map[string]string{}

// programsOf returns the binaries of programs. Who has go test play one script
// (-run TestScripts/NAME) waits for one verdict, after a change of a program perhaps:
// this binary, which was linked a moment ago, plays the program sooner than another is
// built beside it. Then that has no path.
func programsOf(packages []string, dir string) (*binaries.Set, error) {
	set := func(name string) string { return flag.Lookup("test." + name).Value.String() }
	// Only go test sets paniconexit0. What go test -c has made may be older than the sources.
	if set("paniconexit0") == "true" && strings.Contains(set("run"), "/") {
		kept, err := binaries.Kept(packages)
		if err == nil && !slices.ContainsFunc(kept.Stale, func(pkg string) bool { return !binaries.Calls(pkg, mains[pkg]) }) {
			return kept, nil
		}
		if err == nil {
			kept.Close()
		}
	}
	return binaries.Build(packages, dir)
}

// counted reports whether -cover counts what is in this binary. Without -coverpkg it may
// be only what a package without code has, of which a program would complain at its end.
func counted() bool {
	self, err := os.Executable()
	if testing.CoverMode() == "" || len(options.Programs) == 0 || err != nil {
		return false
	}
	program := exec.Command(self)
	program.Args = []string{options.Programs[0].Name, "-h"}
	program.Env = append(os.Environ(), "GOCOVERDIR=")
	said, _ := program.CombinedOutput()
	return !bytes.Contains(said, []byte("program not built with -cover"))
}

// builtFrom are the directories of the programs' sources.
var builtFrom []string

// noteSources opens them while a test runs. So go test knows that the result depends
// on them, and does not take a cached one after they have changed.
var noteSources = sync.OnceFunc(func() {
	for _, dir := range builtFrom {
		if f, err := os.Open(dir); err == nil {
			f.Close()
		}
	}
})

// install fills a folder with the programs: those that were built, and this binary
// under the names of the others.
func install(bin string) error {
	if err := os.Getenv(broken); err != "" {
		return errors.New(err)
	}
	if why := os.Getenv(unbuilt); why != "" && testing.Verbose() {
		fmt.Println("programs are this test binary, which starts slowly:", why)
	}
	paths := filepath.SplitList(os.Getenv(built))
	builtFrom = filepath.SplitList(os.Getenv(sources))
	kept := os.Getenv(store)
	for _, name := range []string{built, sources, store, unbuilt} {
		os.Unsetenv(name) // what the tests start is no part of this run
	}
	if err := script.Install(bin, options.Programs, paths); err != nil {
		return fmt.Errorf("install the programs: %w", err)
	}
	options.Bin = bin
	// Programs are kept for other runs: those of scripts may not change them.
	netns.Protect(kept)
	return nil
}
