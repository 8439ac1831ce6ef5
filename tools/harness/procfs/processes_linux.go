package procfs

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Group lists the living processes of a process group (proc_pid_stat(5)).
func Group(pgid int) (pids []int) {
	for _, pid := range Pids() {
		if of, err := unix.Getpgid(pid); err != nil || of != pgid {
			continue
		}
		if stat := Stat(strconv.Itoa(pid)); len(stat) > 0 && stat[0] != "Z" {
			pids = append(pids, pid)
		}
	}
	return pids
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

// Holding lists the processes, in any session, that have a file open, such as a
// terminal (proc_pid_fd(5)). In another mount namespace another file may have the
// same name: each instance of devpts has its own /dev/pts/0.
func Holding(file string) (pids []int) {
	var ours unix.Stat_t
	dir, err := root()
	if err != nil || unix.Stat(file, &ours) != nil {
		return nil
	}
	for _, pid := range Pids() {
		fds := fmt.Sprintf("%d/fd", pid)
		if slices.ContainsFunc(List(fds), func(fd string) bool {
			var theirs unix.Stat_t
			return Readlink(fds+"/"+fd) == file && unix.Fstatat(dir, fds+"/"+fd, &theirs, 0) == nil &&
				theirs.Dev == ours.Dev && theirs.Ino == ours.Ino
		}) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// Arguments is the command line of a process (proc_pid_cmdline(5)); empty once
// it has ended.
func Arguments(pid int) []string {
	line, err := ReadFile(fmt.Sprintf("%d/cmdline", pid))
	if err != nil || len(line) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(line), "\x00"), "\x00")
}

// processes lists the processes whose file of that name in /proc satisfies
// wanted.
func processes(file string, wanted func([]byte) bool) (pids []int) {
	for _, pid := range Pids() {
		if pid == os.Getpid() {
			continue
		}
		if data, err := ReadFile(fmt.Sprintf("%d/%s", pid, file)); err == nil && wanted(data) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// StillRunning waits up to d for processes that are not our children, and
// returns those that have not ended.
func StillRunning(pids []int, d time.Duration) (left []int) {
	return outlast(pids, d, func(int) {})
}

// Outlive waits up to d, then kills the processes that have not ended, and
// returns them.
func Outlive(pids []int, d time.Duration) (killed []int) {
	return outlast(pids, d, func(fd int) {
		unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0)
		waitReadable(fd, d)
	})
}

// outlast waits up to d for processes. It calls late with the pidfd
// (pidfd_open(2)) of each that has not ended.
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

// waitReadable waits up to d for a pidfd, which is readable once its process has
// ended.
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

// Waiting reports whether every thread of a process group is asleep or stopped (state
// S or T in proc_pid_stat(5)), so that the group is not about to end.
func Waiting(pgid int) bool {
	pids := Group(pgid)
	for _, pid := range pids {
		for _, task := range List(fmt.Sprintf("%d/task", pid)) {
			stat := Stat(fmt.Sprintf("%d/task/%s", pid, task))
			if len(stat) == 0 || stat[0] != "S" && stat[0] != "T" {
				return false
			}
		}
	}
	return len(pids) > 0
}

// Spent is the CPU time of the living processes of a group (proc_pid_stat(5),
// utime and stime, in ticks of 10 ms).
func Spent(pgid int) (all time.Duration) {
	for _, pid := range Group(pgid) {
		stat := Stat(strconv.Itoa(pid))
		if len(stat) < 13 {
			continue // it is gone
		}
		for _, ticks := range stat[11:13] {
			n, _ := strconv.Atoi(ticks)
			all += time.Duration(n) * 10 * time.Millisecond
		}
	}
	return all
}
