//go:build unix

package script

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"socklab/tools/harness/netns"
	"socklab/tools/harness/procfs"
)

// ulimits are the lines of sh(1) that limit a guest.
func (l Limits) ulimits() string {
	if l == (Limits{}) {
		return ""
	}
	lines := "ulimit -c 0\n"
	if l.Memory > 0 {
		// A thread's stack counts as data, however little of it is used: a thousand of a
		// mebibyte each have room.
		lines += fmt.Sprintf("ulimit -s 1024\nulimit -d %d\n", 4*l.Memory>>10)
	}
	if l.Folder > 0 {
		lines += fmt.Sprintf("ulimit -f %d\n", l.Folder>>9)
	}
	return lines
}

// bounds are those of the script's programs.
func (o *Options) bounds(writable string) netns.Bounds {
	b := netns.Bounds{Hidden: o.Hidden, Threads: o.Limits.Threads}
	if len(o.Guests) > 0 {
		b.Writable, b.Only = writable, o.Limits.Folder > 0
	}
	return b
}

// group is where the kernel can keep the script's programs within the limits; nil where it
// can't, or where there are none. What the guard counts is less: the kernel counts the
// folder too, and what it keeps itself for the programs.
func (l Limits) group() *netns.Group {
	if l.Threads == 0 && l.Memory == 0 {
		return nil
	}
	memory := l.Memory
	if memory > 0 {
		memory += memory/4 + l.Folder
	}
	return netns.NewGroup(l.Threads, memory)
}

// often is how long the guard waits between two looks.
var often = 100 * time.Millisecond

// guard looks after the limits until stop is called.
func (s *session) guard() (stop func()) {
	l := s.t.options.Limits
	if !netns.Apart() || l.Processes == 0 && l.Memory == 0 && l.Written == 0 {
		return func() {}
	}
	stopped, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(often)
		defer tick.Stop()
		for {
			select {
			case <-stopped:
				return
			case <-tick.C:
			}
			if s.exceeds() {
				return
			}
		}
	}()
	return func() {
		close(stopped)
		<-ended
	}
}

// exceeds reports whether a limit is exceeded. Then all programs are killed.
func (s *session) exceeds() bool {
	l := s.t.options.Limits
	what := l.exceeded(s.network.Processes())
	if _, memory := s.t.group.Hit(); memory && what == "" {
		what = l.tooMuchMemory()
	}
	if what != "" && s.over.CompareAndSwap(nil, &what) {
		s.network.Kill()
	}
	return what != ""
}

// exceeded says which limit processes are beyond; "" if none.
func (l Limits) exceeded(pids []int) string {
	if l.Processes > 0 && len(pids) > l.Processes {
		return fmt.Sprintf("more than %d processes at once", l.Processes)
	}
	var memory int64
	for _, pid := range pids {
		memory += resident(pid)
		if l.Written > 0 && written(pid) > l.Written {
			return fmt.Sprintf("more than %d MB written by a process", l.Written>>20)
		}
	}
	if l.Memory > 0 && memory > l.Memory {
		return l.tooMuchMemory()
	}
	return ""
}

func (l Limits) tooMuchMemory() string { return fmt.Sprintf("more than %d MB of memory", l.Memory>>20) }

// resident is the memory of a process that no other has (proc_pid_statm(5)).
func resident(pid int) int64 {
	text, _ := procfs.ReadFile(fmt.Sprintf("%d/statm", pid))
	fields := strings.Fields(string(text))
	if len(fields) < 3 {
		return 0
	}
	all, _ := strconv.ParseInt(fields[1], 10, 64)
	shared, _ := strconv.ParseInt(fields[2], 10, 64)
	return (all - shared) * int64(os.Getpagesize())
}

// written is how much a process has written to files, sockets and terminals
// (proc_pid_io(5)).
func written(pid int) int64 {
	text, _ := procfs.ReadFile(fmt.Sprintf("%d/io", pid))
	_, after, _ := bytes.Cut(text, []byte("wchar: "))
	number, _, _ := bytes.Cut(after, []byte("\n"))
	n, _ := strconv.ParseInt(string(number), 10, 64)
	return n
}

// judgedBy makes it the failure that a limit was exceeded, if one was.
func (s *session) judgedBy(f *Failure) {
	if l := s.t.options.Limits; l.Processes > 0 || l.Memory > 0 || l.Written > 0 {
		s.exceeds() // the guard may come late
	}
	what := s.over.Load()
	if threads, _ := s.t.group.Hit(); threads && what == nil {
		more := fmt.Sprintf("more than %d threads at once", s.t.options.Limits.Threads)
		what = &more
	}
	if what == nil {
		return
	}
	f.Kind, f.Why = TooMuch, say("the programs of the script used %s, and were killed", *what)
	f.Cause, f.Waited, f.Blamed, f.Errno, f.Notes, f.Differs, f.Besides = "", nil, "", "", nil, nil, Phrase{}
}
