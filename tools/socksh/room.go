package socksh

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// roomMark is in the environment of a shell that was started again with the
// low descriptors taken.
const roomMark = "SOCKSH_ROOM"

// roomTo is the last descriptor that is kept free for the person's sockets.
const roomTo = 31

// makeRoom lets the first socket be 3 and the next 4, as in C and Python. Go's
// runtime opens files of its own before main, so the shell takes the low
// numbers, starts again in the same process, and gives them back.
func makeRoom() error {
	if os.Getenv(roomMark) == "" {
		return startAgain()
	}
	os.Unsetenv(roomMark)
	// A timer makes the runtime open its poller, while the numbers are taken.
	time.AfterFunc(time.Hour, func() {}).Stop()
	for fd := 3; fd <= roomTo; fd++ {
		unix.Close(fd)
	}
	return nil
}

func startAgain() error {
	for fd := 3; fd <= roomTo; fd++ {
		// What is open already is the runtime's, which uses it: it is kept
		// open, to be closed on the other side.
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETFD, 0); err == nil {
			continue
		}
		if _, err := unix.Open(os.DevNull, unix.O_RDONLY, 0); err != nil {
			return err
		}
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return unix.Exec(self, os.Args, append(os.Environ(), roomMark+"=1"))
}
