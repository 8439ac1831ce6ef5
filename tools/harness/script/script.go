//go:build unix

package script

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"socklab/tools/harness/need"
	"socklab/tools/harness/netns"
	"socklab/tools/harness/recording"
	"socklab/tools/harness/supervise"
)

// reserved are the variables that an expect group may not capture into.
var reserved = []string{"WORK", "PATH", "HOME", "TMPDIR", "TERM", "ADDR", "HOST", "PORT"}

// Run plays the script name of fsys, a txtar archive in the language that the
// package comment describes. All waits end some time before ctx's deadline
// (supervise.Reserve): 3 to 15 s, and half of a short one. When ctx is cancelled, the
// script ends before its next command.
//
// The error says why the script could not begin: it can't be read, or there is no
// place for temporary files. Whatever happens later is in the Result.
func Run(ctx context.Context, fsys fs.FS, name string, o Options) (Result, error) {
	source, err := fs.ReadFile(fsys, name)
	if err != nil {
		return Result{}, fmt.Errorf("read the script: %w", err)
	}
	dir, err := os.MkdirTemp("", "socklab-script-")
	if err != nil {
		return Result{}, fmt.Errorf("a folder for a copy of the script: %w", err)
	}
	defer os.RemoveAll(dir)
	o.File = cmp.Or(o.File, name)
	o.Wait = cmp.Or(o.Wait, DefaultWait)
	switch private := netns.Available(); {
	case o.Network == "private" && !private:
		return Result{Verdict: NotJudged, Skipped: true, Reason: need.Missing("privnet")}, nil
	case o.Network == "host" && private:
		return Result{}, errors.New("network host: this process has private networks; one that supervise.M starts with Network host has none")
	case o.Network != "" && !slices.Contains([]string{"auto", "private", "host"}, o.Network):
		return Result{}, fmt.Errorf("network %q: want auto, private or host", o.Network)
	}
	base := path.Base(name)
	t := &testT{ctx: ctx, name: strings.TrimSuffix(base, path.Ext(base)), options: o}
	params := testscript.Params{
		Files:               []string{filepath.Join(dir, base)},
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Cmds:                commands(),
		Condition:           t.condition,
		Setup:               t.setup,
		ContinueOnError:     o.Continue,
		WorkdirRoot:         o.Keep,
	}
	if size := o.Limits.Folder; size > 0 {
		if params.WorkdirRoot, err = os.MkdirTemp("", "script"); err != nil {
			return Result{}, fmt.Errorf("a folder for the script: %w", err)
		}
		defer removeAll(params.WorkdirRoot)
		unmount, err := netns.Folder(params.WorkdirRoot, size)
		if err != nil {
			return Result{}, err
		}
		defer unmount()
	}
	t.group = o.Limits.group()
	defer t.group.End()
	if deadline, ok := ctx.Deadline(); ok {
		params.Deadline = deadline
		t.end = deadline.Add(-supervise.Reserve(time.Until(deadline)))
	}
	_, why := unsound(source)
	if why == "" {
		t.text = newText(source, t.name, params.Files[0], &o)
		source = t.text.played
	}
	if o.Begins != nil {
		o.Begins(header(t.name, source))
	}
	// Package txtar panics at some texts; others would fail for what can't be seen.
	if why != "" {
		t.fail(why)
		return t.finished(), nil
	}
	if err := t.text.writeCopy(); err != nil {
		return Result{}, fmt.Errorf("a copy of the script: %w", err)
	}
	// The script's thread gets a network of its own and ends with the script.
	done := make(chan struct{})
	go func() {
		defer close(done)
		testscript.RunT(t, params)
	}()
	<-done
	return t.finished(), nil
}

// removeAll removes a folder, and what a script has left in it without permission to
// enter.
func removeAll(dir string) {
	filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if entry != nil && entry.IsDir() {
			os.Chmod(path, 0o700)
		}
		return nil
	})
	os.RemoveAll(dir)
}

// setup gives a script its network and a session.
func (t *testT) setup(env *testscript.Env) error {
	if !t.end.IsZero() && !time.Now().Before(t.end) {
		return errors.New("could not tell: the time of the whole test was over before this script's turn came (go test -timeout moves it)")
	}
	if err := t.text.takeCopy(); err != nil {
		return err
	}
	o := &t.options
	if o.Keep != "" {
		t.result.Folder = env.WorkDir
	}
	// Before the thread has a network and processes of its own.
	things := need.OfScript(t.text.played)
	for _, command := range o.Guests {
		things = append(things, command[0])
	}
	direct := need.Direct(things)
	network, err := netns.JoinWithin(o.bounds(env.WorkDir))
	if err != nil {
		return fmt.Errorf("could not tell: a network for the script: %w", err)
	}
	c := &session{
		t: t, network: network, guests: o.Guests, recording: cmp.Or(o.Recording, recording.New()),
		waits:       waits{deadline: t.end, wait: o.Wait, idle: o.Idle, hangs: o.Hangs},
		environment: environment{workDir: env.WorkDir},
	}
	c.unguard = c.guard()
	c.commands = c.recording.Track(recording.Limit{Events: commandsMax})
	env.Values[sessionKey{}] = c
	t.session = c
	if o.Exam != nil {
		c.between, err = newBetween(o.Exam, network, func(socket uint64) (bool, bool) {
			who := c.people.Owner(socket)
			return who.Listens, who.Relay
		})
		if err != nil {
			return fmt.Errorf("could not tell: %w", err)
		}
	}
	if o.Recording != nil && netns.Available() {
		c.recordPackets("", "lo") // where that can't be, the recording has no packets
	}
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
	for _, v := range o.Env {
		name, value, _ := strings.Cut(v, "=")
		env.Setenv(name, value)
	}
	dirs := []string{env.Getenv("PATH")}
	if o.Bin != "" {
		dirs = append([]string{o.Bin}, dirs...)
	}
	if len(o.Guests) > 0 {
		shims, err := o.installShims(env.WorkDir)
		if err != nil {
			return fmt.Errorf("make place for the guests: %w", err)
		}
		dirs = append([]string{shims}, dirs...)
	}
	if direct != "" {
		dirs = append([]string{direct}, dirs...)
	}
	env.Setenv("PATH", strings.Join(dirs, string(filepath.ListSeparator)))
	for _, v := range env.Vars {
		c.knowVar(v)
	}
	c.knowScript(t.text.played)
	env.Defer(func() {
		c.end()
		t.started(env.WorkDir)
		c.finish()
	})
	return nil
}

func (t *testT) condition(cond string) (bool, error) {
	if number, is := strings.CutPrefix(cond, mark); is {
		if line, err := strconv.Atoi(number); err == nil && line > t.session.at {
			t.session.begin(line)
			return true, nil
		}
	}
	if name, is := strings.CutPrefix(cond, "ours:"); is {
		_, guest := t.options.Guests[name]
		_, err := t.options.program(name)
		return !guest, err
	}
	switch cond {
	case "privnet", "netem", "firewall", "resolver", "rawsocket", "tcp6", "ipv6":
		return need.Has(cond), nil
	case "race":
		return raceEnabled, nil
	}
	return false, fmt.Errorf("there are ours:PROGRAM, privnet, netem, firewall, resolver, tcp6, ipv6, rawsocket, race and testscript's own")
}

// finished is the result of a script that has ended.
func (t *testT) finished() Result {
	r := t.result
	r.Log = t.log.String()
	switch {
	case t.failed:
		r.Verdict, r.Skipped = Failed, false
		if r.Failure.Kind == CouldNotTell {
			r.Verdict = NotJudged
		}
		r.Reason = r.Failure.Headline(View{})
	case r.Skipped:
		r.Verdict = NotJudged
	default:
		r.Verdict = Passed
	}
	if t.text != nil {
		r.Played = t.text.played
	}
	if rec := t.options.Recording; rec != nil {
		recordVerdict(rec, r)
	}
	return r
}
