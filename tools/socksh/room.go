//go:build unix

package socksh

import (
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// roomMark in the environment holds the number of the process that was started
// again while the low descriptors were taken.
const roomMark = "SOCKSH_ROOM"

// roomTo is the last descriptor that is kept free for the person's sockets.
const roomTo = 31

// makeRoom lets the first socket be 3 and the next 4, as in C and Python. Go's
// runtime opens files of its own before main, so the shell takes the low
// numbers, starts again in the same process, and gives them back. Where that
// can't be done the first socket has a higher number. It returns the sockets with
// which the shell was started.
func makeRoom() (given []int) {
	pid := strconv.Itoa(os.Getpid())
	again := os.Getenv(roomMark) == pid
	os.Unsetenv(roomMark)
	if !again {
		startAgain(roomMark + "=" + pid)
		return nil
	}
	// A timer makes the runtime open its poller, while the numbers are taken.
	time.AfterFunc(time.Hour, func() {}).Stop()
	last := 2 + listenFDs(pid)
	for fd := 3; fd <= roomTo; fd++ {
		if _, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE); err == nil && fd <= last {
			given = append(given, fd)
			continue
		}
		unix.Close(fd)
	}
	return given
}

// listenFDs is how many sockets, from 3 on, somebody says to have given to the
// process of this number (sd_listen_fds(3)).
func listenFDs(pid string) int {
	n, err := strconv.Atoi(os.Getenv("LISTEN_FDS"))
	if err != nil || os.Getenv("LISTEN_PID") != pid {
		return 0
	}
	return min(n, roomTo)
}

// startAgain returns only if it fails.
func startAgain(mark string) {
	self, err := os.Executable()
	if err != nil {
		return
	}
	for fd := 3; fd <= roomTo; fd++ {
		// Files that are open already belong to the runtime, which uses them.
		// They stay open across exec, and makeRoom closes them afterwards.
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETFD, 0); err == nil {
			continue
		}
		taken, err := unix.Open(os.DevNull, unix.O_RDONLY, 0)
		if err != nil {
			return
		}
		defer unix.Close(taken)
	}
	// With cgo, a thread's first malloc may make glibc count the processors. For
	// a moment that opens a file, which takes the next number. With one arena for
	// all threads glibc needn't count (mallopt(3)).
	unix.Exec(self, os.Args, append(os.Environ(), mark, "MALLOC_ARENA_MAX=1"))
}
