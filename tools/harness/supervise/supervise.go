//go:build unix

// Package supervise runs the tests of a binary in two processes. The outer one
// starts the inner one in new namespaces, which scripts' networks need, and outlives
// it. So a run leaves no process and no file behind, for whatever reason it ends. It
// passes only if its tests have reported success.
package supervise

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"
	"syscall"
	"time"

	"socklab/tools/harness/netns"
)

// marker is an environment variable of the inner process. Its value is the space in
// which that process runs (netns.Spaces).
const marker = "SOCKLAB_SPACE"

// workers is an environment variable: the space of a fuzz test's worker processes.
const workers = "SOCKLAB_WORKERS"

// whyNot is an environment variable: the reasons why better spaces were refused.
const whyNot = "SOCKLAB_NO_SPACE"

// refused is the exit code of an inner process that can't use its space, and so has
// run no test.
const refused = 97

// Tests is the part of *testing.M that M needs: Run runs the tests and returns an
// exit code.
type Tests interface{ Run() int }

// An Interrupter is Tests that end in their own way at a signal, such as ^C. It
// returns the exit code, soon; then the process ends.
type Interrupter interface {
	Interrupted(syscall.Signal) int
}

// M runs a test binary's tests.
type M struct {
	Tests
	Network string // auto (also ""), private or host: see netns.Spaces
	// Before, if set, is called in the outer process before the tests start, with
	// the run's folder. It returns variables (NAME=VALUE) for the tests'
	// environment.
	Before func(dir string) []string
}

// Run parses the flags, runs the tests and returns their exit code. It is 1 if the
// tests ended without reporting one, 2 if Network has no known value.
func (m M) Run() int {
	if !flag.Parsed() {
		flag.Parse()
	}
	spaces, err := netns.Spaces(m.Network)
	if err != nil {
		fmt.Println(err)
		return 2
	}
	// A fuzz test starts workers of this binary. It talks to them through
	// descriptors that the outer process would use for itself.
	if f := flag.Lookup("test.fuzzworker"); f != nil && f.Value.String() == "true" {
		if err := furnish(os.Getenv(workers)); err != nil {
			fmt.Println("could not tell:", err)
			return 1
		}
		return m.Tests.Run()
	}
	if space := os.Getenv(marker); space != "" {
		// Processes that the tests start are not part of this run.
		os.Unsetenv(marker)
		if why := os.Getenv(whyNot); why != "" {
			os.Unsetenv(whyNot)
			netns.Refused(why)
		}
		return m.inner(space)
	}
	code, err := m.outer(spaces)
	if err != nil {
		fmt.Println(err)
	}
	return code
}

// outer runs this binary again, in the best space that works.
func (m M) outer(spaces []string) (code int, err error) {
	dir, err := newFolder()
	if err != nil {
		return 1, fmt.Errorf("could not tell: a folder for the run: %w", err)
	}
	defer func() { err = errors.Join(err, dir.remove()) }()
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGHUP)
	defer signal.Stop(signals)
	env := append(os.Environ(), "TMPDIR="+dir.path)
	if os.Getenv("GOTMPDIR") != "" {
		env = append(env, "GOTMPDIR="+dir.path)
	}
	if m.Before != nil {
		env = append(env, m.Before(dir.path)...)
	}
	var failed []error
	for _, space := range spaces {
		code, err := run(space, env, signals)
		if err == nil {
			return code, nil
		}
		if !errors.Is(err, errSpace) {
			return 1, err
		}
		failed = append(failed, err)
		env = append(env, whyNot+"="+strings.ReplaceAll(errors.Join(failed...).Error(), "\n", "; "))
	}
	return 1, fmt.Errorf("-network: %w", errors.Join(failed...))
}

// errSpace says that a space was refused, and that no test has run.
var errSpace = errors.New("new namespaces")

// run runs the tests in a space, and returns the exit code that they reported.
func run(space string, env []string, signals <-chan os.Signal) (code int, err error) {
	// Linux kills the child when the thread that started it ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	result, tell, err := os.Pipe()
	if err != nil {
		return 1, fmt.Errorf("could not tell: a pipe for the result: %w", err)
	}
	defer result.Close()
	hear, order, err := os.Pipe()
	if err != nil {
		return 1, fmt.Errorf("could not tell: a pipe for signals: %w", err)
	}
	defer order.Close()
	cmd := netns.Again(space)
	cmd.Env = append(env, marker+"="+space)
	cmd.ExtraFiles = []*os.File{tell, hear}
	// The inner process gets its own session. So signals that the tests' programs
	// send to their process group do not reach us.
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setsid = true
	err = cmd.Start()
	tell.Close()
	hear.Close()
	if err != nil {
		return 1, fmt.Errorf("%w: %w", errSpace, err)
	}
	done := make(chan struct{})
	go func() {
		for {
			select {
			case sig := <-signals:
				order.Write([]byte{byte(sig.(syscall.Signal))})
			case <-done:
				return
			}
		}
	}()
	reported, _ := io.ReadAll(io.LimitReader(result, 1<<10))
	cmd.Wait()
	close(done)
	state := cmd.ProcessState
	if state.ExitCode() == refused && bytes.HasPrefix(reported, []byte("refused: ")) {
		return 1, fmt.Errorf("%w: %s", errSpace, bytes.TrimPrefix(reported, []byte("refused: ")))
	}
	code, err = strconv.Atoi(strings.TrimSpace(string(reported)))
	if err != nil || code != state.ExitCode() {
		return 1, fmt.Errorf("could not tell: the tests ended without a result: %v", state)
	}
	return code, nil
}

// inner runs the tests, and reports their exit code to the outer process.
func (m M) inner(space string) (code int) {
	usersTemp = filepath.Dir(os.TempDir())
	const result, orders = 3, 4 // descriptors that the outer process passes on
	syscall.CloseOnExec(result)
	syscall.CloseOnExec(orders)
	tell := os.NewFile(result, "result")
	end := func(code int) int {
		fmt.Fprintln(tell, code)
		return code
	}
	if err := furnish(space); err != nil {
		fmt.Fprintf(tell, "refused: %v", err)
		return refused
	}
	if f := flag.Lookup("test.fuzz"); f != nil && f.Value.String() != "" {
		os.Setenv(workers, space)
	}
	// Signals for us come through the outer process. A signal that comes directly
	// was sent by a program under test: we catch it and do nothing. (If we ignored
	// it, all programs would inherit that.)
	signal.Notify(make(chan os.Signal, 1), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	signals := make(chan syscall.Signal)
	go func() {
		hear := os.NewFile(orders, "signals")
		for b := []byte{0}; ; {
			if n, err := hear.Read(b); n == 0 || err != nil {
				return
			}
			signals <- syscall.Signal(b[0])
		}
	}()
	var over <-chan time.Time // never, unless there is a timeout
	if limit := timeout(); limit > 0 {
		over = time.After(limit - Reserve(limit)/3)
	}
	go func() {
		why := ""
		select {
		case sig := <-signals:
			if t, ok := m.Tests.(Interrupter); ok {
				code := t.Interrupted(sig)
				netns.Sweep()
				os.Exit(end(code))
			}
			why = fmt.Sprintf("the tests were ended by a signal (%v)", sig)
			if sig == syscall.SIGQUIT {
				pprof.Lookup("goroutine").WriteTo(os.Stdout, 2)
			}
		case <-over:
			why = fmt.Sprintf("the tests' time is over (go test -timeout=%v; more makes nothing wrong)", timeout())
		}
		fmt.Printf("could not tell: %s%s\n", why, unfinished())
		os.Exit(end(1))
	}()
	code = m.Tests.Run()
	if n := netns.Sweep(); n > 0 {
		fmt.Printf("the tests left %d processes behind, now killed\n", n)
	}
	return end(code)
}

// furnish prepares the space in which this process runs.
func furnish(space string) error {
	netns.ReadOnly = judges()
	return netns.Furnish(space)
}

// usersTemp is TempDir in the inner process, "" in the outer.
var usersTemp string

// TempDir is the folder of the user's temporary files. The outer process has made
// the run's folder in it, which is os.TempDir in the inner process.
func TempDir() string { return cmp.Or(usersTemp, os.TempDir()) }

// timeout is go test's -timeout; 0 is none.
func timeout() time.Duration {
	f := flag.Lookup("test.timeout")
	if f == nil {
		return 0
	}
	d, _ := f.Value.(flag.Getter).Get().(time.Duration)
	return d
}

// Reserve is the part of a time limit that is kept for ending what runs and
// reporting. It is an eighth, at least 3 s and at most 15 s, but no more than half.
func Reserve(limit time.Duration) time.Duration {
	return min(max(limit/8, 3*time.Second), 15*time.Second, limit/2)
}
