package actor

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// sessionLeader puts a process in charge of its terminal. It is killed when
// the thread that started it ends, so that it can't outlive the run.
func sessionLeader() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Setctty: true, Pdeathsig: syscall.SIGKILL}
}

// sessionOn is the session whose terminal has that master, if any.
func sessionOn(master *os.File) (leader int, has bool) {
	leader, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGSID)
	return leader, err == nil
}

// group lists the living processes of a process group (proc_pid_stat(5)).
func group(pgid int) (pids []int) {
	if syscall.Kill(-pgid, 0) != nil {
		return nil
	}
	return processes("stat", func(stat []byte) bool {
		// After the name in parentheses: state, parent, group.
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		return len(fields) >= 3 && fields[0] != "Z" && fields[2] == strconv.Itoa(pgid)
	})
}

// WithEnv lists the processes, besides our own, that were started with a
// variable in their environment (proc_pid_environ(5)). A daemon that has left
// its group and its session still has it.
func WithEnv(assignment string) []int {
	return processes("environ", func(environ []byte) bool {
		return bytes.Contains(append([]byte{0}, environ...), []byte("\x00"+assignment+"\x00"))
	})
}

// WithArgument lists the processes that were started with an argument
// (proc_pid_cmdline(5)).
func WithArgument(arg string) []int {
	return processes("cmdline", func(cmdline []byte) bool {
		return bytes.Contains(append([]byte{0}, cmdline...), []byte("\x00"+arg+"\x00"))
	})
}

// processes lists those whose file of that name in /proc is as wanted. (Plain
// reads: a glob over /proc costs milliseconds.)
func processes(file string, wanted func([]byte) bool) (pids []int) {
	proc, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer proc.Close()
	names, _ := proc.Readdirnames(-1)
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil || pid == os.Getpid() {
			continue
		}
		if data, err := os.ReadFile("/proc/" + name + "/" + file); err == nil && wanted(data) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// StillRunning waits for processes that are not our children to end, and
// returns those that have not after d.
func StillRunning(pids []int, d time.Duration) (left []int) {
	return outlast(pids, d, func(int) {})
}

// Outlive is StillRunning, and then kills those that are left.
func Outlive(pids []int, d time.Duration) (killed []int) {
	return outlast(pids, d, func(fd int) {
		unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0)
		waitReadable(fd, d)
	})
}

// outlast waits for processes, and calls late with the pidfd (pidfd_open(2)) of
// each that has not ended after d.
func outlast(pids []int, d time.Duration, late func(fd int)) (left []int) {
	deadline := time.Now().Add(d)
	for _, pid := range pids {
		fd, err := unix.PidfdOpen(pid, 0)
		if err != nil {
			continue // it is gone
		}
		if !waitReadable(fd, time.Until(deadline)) {
			left = append(left, pid)
			late(fd)
		}
		unix.Close(fd)
	}
	return left
}

// waitReadable waits for a pidfd, which is readable once its process ended.
func waitReadable(fd int, d time.Duration) bool {
	deadline := time.Now().Add(d)
	for {
		wait := max(time.Until(deadline).Milliseconds(), 0)
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(wait))
		if err != unix.EINTR {
			return n > 0
		}
	}
}

// waiting reports whether every thread of a process group waits for something
// (state S in proc_pid_stat(5)), so that it is not about to end.
func waiting(pgid int) bool {
	pids := group(pgid)
	for _, pid := range pids {
		stats, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
		for _, file := range stats {
			stat, err := os.ReadFile(file)
			if err != nil || !bytes.HasPrefix(stat[bytes.LastIndexByte(stat, ')')+1:], []byte(" S")) {
				return false
			}
		}
	}
	return len(pids) > 0
}

// spent is how long the processors have worked for a process group
// (proc_pid_stat(5), utime and stime, in ticks of 10 ms).
func spent(pgid int) (all time.Duration) {
	for _, pid := range group(pgid) {
		stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		if len(fields) < 13 {
			continue // it is gone
		}
		for _, ticks := range fields[11:13] {
			n, _ := strconv.Atoi(ticks)
			all += time.Duration(n) * 10 * time.Millisecond
		}
	}
	return all
}
