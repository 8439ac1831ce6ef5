//go:build unix

package actor

import (
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"socklab/tools/harness/procfs"
	"socklab/tools/harness/recording"
)

// A Program is an actor that runs on its own terminal. Its process leads a session
// and a process group.
type Program struct {
	*terminal
	command string
	cmd     *exec.Cmd
	started time.Time
	reaped  chan struct{} // closed when the process was reaped

	ending sync.Mutex
	end    End // guarded by ending
}

// Start starts a program. cmd has its Path, Args, Dir and Env, and in SysProcAttr
// its permissions. The process is a child of the calling thread, and is killed when
// that thread ends. Terminal events go to rec too, unless rec is nil.
func Start(rec *recording.Recording, name string, cmd *exec.Cmd) (*Program, error) {
	return StartAs(rec, name, cmd.Args, cmd)
}

// StartAs is Start for a program that another program runs. typed is the command
// line that a person would have typed; the transcript shows it.
func StartAs(rec *recording.Recording, name string, typed []string, cmd *exec.Cmd) (*Program, error) {
	t, tty, err := openTerminal(rec, name)
	if err != nil {
		return nil, err
	}
	defer tty.Close()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	sessionLeader(cmd.SysProcAttr)
	p := &Program{terminal: t, command: commandLine(typed), cmd: cmd, reaped: make(chan struct{})}
	t.gone = func() bool { return p.End().How != "" }
	p.transcript.add(started, []byte(p.command), false)
	p.started = time.Now()
	if err := cmd.Start(); err != nil {
		// If the terminal already belongs to another session, ours can't take it
		// (EPERM, TIOCSCTTY in ioctl_tty(2)).
		if leader, has := sessionOn(t.master); has {
			err = fmt.Errorf("%w; its terminal %s belongs to session %d", err, t.tty, leader)
		}
		t.master.Close()
		return nil, fmt.Errorf("start %s: %w", p.command, err)
	}
	go t.read()
	go p.wait()
	return p, nil
}

func (p *Program) Name() string { return p.name }

// Group is the number of the program's process group.
func (p *Program) Group() int { return p.cmd.Process.Pid }

func (p *Program) Role() string { return p.command }

// wait reaps the process.
func (p *Program) wait() {
	p.cmd.Wait()
	how := "SIGKILL" // where an end of the whole run has killed and reaped it already
	if state := p.cmd.ProcessState; state != nil {
		how = strconv.Itoa(state.ExitCode())
		if s, ok := state.Sys().(syscall.WaitStatus); ok && s.Signaled() {
			if how = unix.SignalName(s.Signal()); how == "" {
				how = fmt.Sprintf("SIG%d", s.Signal()) // real-time signals have no name
			}
		}
	}
	ran := time.Since(p.started)
	p.drain()
	p.transcript.add(exited, []byte(how), false)
	p.ending.Lock()
	p.end = End{how, ran}
	p.ending.Unlock()
	close(p.reaped)
}

// drain waits until what the ended program has printed is in its transcript, unless
// somebody else still holds the terminal.
func (p *Program) drain() {
	for _, more := range []time.Duration{grace / 50, grace} {
		select {
		case <-p.silent:
			return
		case <-time.After(more):
		}
		if len(procfs.Holding(p.tty)) > 0 {
			return
		}
	}
}

// Signal sends a signal to the program's whole process group.
func (p *Program) Signal(s syscall.Signal) error {
	if p.End().How != "" && len(procfs.Group(p.cmd.Process.Pid)) == 0 {
		// The number may belong to another group by now.
		return fmt.Errorf("signal %s: %s has ended", unix.SignalName(s), p.name)
	}
	p.transcript.add(signalled, []byte(strings.TrimPrefix(unix.SignalName(s), "SIG")), false)
	if err := syscall.Kill(-p.cmd.Process.Pid, s); err != nil {
		return fmt.Errorf("signal %s: %w", unix.SignalName(s), p.blame(err))
	}
	return nil
}

// Ended waits until the program was reaped and its terminal is silent. It fails if a
// process that was left behind still holds the terminal then.
func (p *Program) Ended(deadline time.Time) (End, error) {
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	select {
	case <-p.reaped:
	case <-timer.C:
		return End{}, fmt.Errorf("%s is still running", p.name)
	}
	timer.Reset(grace)
	select {
	case <-p.silent:
	case <-timer.C:
		holders := procfs.Holding(p.tty)
		if len(holders) == 0 {
			holders = procfs.Group(p.cmd.Process.Pid)
		}
		if len(holders) == 0 {
			// Then the end of the output is on its way to us, who are slow.
			timer.Reset(max(grace, time.Until(deadline)))
			select {
			case <-p.silent:
				return p.end, nil
			case <-timer.C:
			}
			return p.end, fmt.Errorf("%s %v, and nobody has its terminal any more, but the end of its output has not come", p.name, p.end)
		}
		return p.end, fmt.Errorf("%s %v, but left a process behind that holds its terminal: %s",
			p.name, p.end, Processes(holders))
	}
	return p.end, nil
}

// Waiting reports whether all threads of the program wait for something. It is true
// of an ended program.
func (p *Program) Waiting() bool { return p.End().How != "" || procfs.Waiting(p.cmd.Process.Pid) }

// Spent is the program's CPU time; 0 if it has ended.
func (p *Program) Spent() time.Duration {
	if p.End().How != "" {
		return 0
	}
	return procfs.Spent(p.cmd.Process.Pid)
}

// AtPrompt reports whether the program has read all that was typed and printed
// something since, and waits for nothing but more of it: it will say nothing else.
func (p *Program) AtPrompt() bool {
	return p.End().How == "" && p.answered() && procfs.AtPrompt(p.cmd.Process.Pid)
}

// Connections lists the program's TCP and UDP sockets, and its children's.
func (p *Program) Connections() []procfs.Connection { return procfs.Connections(p.cmd.Process.Pid) }

// Waits lists the calls on sockets and the terminal in which its threads wait.
func (p *Program) Waits() []procfs.Wait { return procfs.Waits(p.cmd.Process.Pid) }

// Settle waits for the program's end, or up to a second more until it is idle.
func (p *Program) Settle(deadline time.Time) {
	if _, err := p.Ended(deadline); err != nil {
		p.WaitIdle(deadline.Add(time.Second))
	}
}

// WaitIdle waits until the program waits for something, or has ended. A program that
// is about to end has time to do so.
func (p *Program) WaitIdle(deadline time.Time) {
	for idle := 0; idle < 2 && time.Now().Before(deadline); {
		if procfs.Waiting(p.cmd.Process.Pid) {
			idle++
		} else {
			idle = 0
		}
		// Let a program that is about to end use the processor.
		if _, err := p.Ended(time.Now().Add(time.Millisecond)); err == nil {
			return
		}
	}
}

// End is how the program ended, or the zero End while it runs.
func (p *Program) End() End {
	p.ending.Lock()
	defer p.ending.Unlock()
	return p.end
}

// Started is when the program was started.
func (p *Program) Started() time.Time { return p.started }

// State says whether the program runs.
func (p *Program) State() string {
	if end := p.End(); end.How != "" {
		return end.String()
	}
	state := fmt.Sprintf("running for %s", Round(time.Since(p.started)))
	if p.Silence() == StoppedTerminal {
		state += ", its terminal stopped by ^S"
	}
	return state
}

// grace is the time that a program has to end after SIGTERM. The processes that it
// left have as long to end by themselves.
const grace = time.Second

// Stop terminates, then kills, then reaps the program and its process group.
// The error names processes of the group that outlived the program itself.
func (p *Program) Stop() error {
	defer p.master.Close()
	timer := time.NewTimer(grace)
	defer timer.Stop()
	if p.End().How == "" {
		p.Signal(syscall.SIGTERM)
		p.Signal(syscall.SIGCONT)
	}
	select {
	case <-p.reaped:
	case <-timer.C:
		p.Signal(syscall.SIGKILL)
		<-p.reaped
	}
	left := procfs.Group(p.cmd.Process.Pid)
	if len(left) == 0 {
		return nil
	}
	known := Processes(left)
	if killed := procfs.Outlive(left, grace); len(killed) > 0 {
		return fmt.Errorf("%s left processes behind, now killed: %s", p.name, known.Only(killed))
	}
	return nil
}

// commandLine quotes arguments as a person would type them.
func commandLine(args []string) string {
	quoted := make([]string, len(args))
	for i, arg := range args {
		quoted[i] = arg
		if arg == "" || strings.ContainsAny(arg, " \t\n'\"\\$&|;<>()*?[]#`") {
			quoted[i] = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}
