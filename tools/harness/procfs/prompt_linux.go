package procfs

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// soon is a minute, in milliseconds.
const soon = 60_000

// AtPrompt reports whether a process group waits for what is typed on its terminal,
// and for nothing else that could make it speak: a thread waits in read(2) of the
// terminal, and the others for each other. A program that also waits for a socket
// isn't at its prompt, nor is one of Go's that has set a timer, unless that ends after
// soon (proc_pid_syscall(5); the list of an epoll instance is in proc_pid_fdinfo(5)).
func AtPrompt(pgid int) bool {
	reads := false
	for _, pid := range Group(pgid) {
		for _, task := range List(fmt.Sprintf("%d/task", pid)) {
			call, arguments := waitsIn(pid, task)
			switch {
			case call == unix.SYS_READ && onTerminal(Readlink(fmt.Sprintf("%d/fd/%d", pid, arguments[0]))):
				reads = true
			case call == unix.SYS_FUTEX, call == unix.SYS_WAIT4:
			case call == unix.SYS_EPOLL_PWAIT && (int32(arguments[3]) == -1 || int32(arguments[3]) > soon):
			default:
				return false
			}
		}
		if pollsOthers(pid) {
			return false
		}
	}
	return reads
}

// waitsIn is the system call in which a thread waits, and its six arguments; -1 if
// it waits in none.
func waitsIn(pid int, task string) (call int, arguments [6]uint64) {
	text, _ := ReadFile(fmt.Sprintf("%d/task/%s/syscall", pid, task))
	fields := strings.Fields(string(text)) // number, arguments, stack pointer, program counter
	if len(fields) < 7 {
		return -1, arguments
	}
	call, err := strconv.Atoi(fields[0])
	if err != nil {
		return -1, arguments
	}
	for i := range arguments {
		arguments[i], _ = strconv.ParseUint(strings.TrimPrefix(fields[1+i], "0x"), 16, 64)
	}
	return call, arguments
}

// pollsOthers reports whether an epoll instance of a process waits for more than the
// process itself.
func pollsOthers(pid int) bool {
	for _, fd := range List(fmt.Sprintf("%d/fd", pid)) {
		if Readlink(fmt.Sprintf("%d/fd/%s", pid, fd)) != "anon_inode:[eventpoll]" {
			continue
		}
		info, err := ReadFile(fmt.Sprintf("%d/fdinfo/%s", pid, fd))
		if err != nil {
			return true
		}
		for line := range strings.Lines(string(info)) {
			fields := strings.Fields(line) // tfd: NUMBER events: ...
			if len(fields) > 1 && fields[0] == "tfd:" &&
				Readlink(fmt.Sprintf("%d/fd/%s", pid, fields[1])) != "anon_inode:[eventfd]" {
				return true
			}
		}
	}
	return false
}

func onTerminal(link string) bool { return strings.HasPrefix(link, "/dev/pts/") || link == "/dev/tty" }
